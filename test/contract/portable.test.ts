import { PortableSocket } from '../../src/socket/portable/portable-socket.ts';
import { servePortable } from '../helpers/served-socket.ts';
import { socketContract } from './socket.contract.ts';

socketContract({
  name: 'portable',
  skip: false,
  open: async (options) => servePortable(await PortableSocket.open(options)),
});
