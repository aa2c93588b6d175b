import { PortableSocket } from '../../src/socket/portable/portable-socket.ts';
import { socketContract } from './socket.contract.ts';

socketContract({ name: 'portable', skip: false, open: (options) => PortableSocket.open(options) });
