import { bindSocket } from '../../src/socket/linux/bind.ts';
import { loadLibc, unsupportedReason } from '../../src/socket/linux/libc.ts';
import { serveLinux } from '../helpers/served-socket.ts';
import { socketContract } from './socket.contract.ts';

const skip = unsupportedReason() ?? false;

for (const { name, features } of [
  {
    name: 'linux',
    features: { replyFromAsked: false, mirrorTos: false, metadata: false, gro: false, gso: false },
  },
  {
    name: 'linux (everything on)',
    features: { replyFromAsked: true, mirrorTos: true, metadata: true, gro: true, gso: true },
  },
]) {
  socketContract({
    name,
    skip,
    open: async ({ cells, ...options }) => {
      const libc = await loadLibc();
      const bound = bindSocket(libc, { ...options, joinsGroup: false, features });
      return serveLinux(libc, bound, cells);
    },
  });
}
