import { bindSocket } from '../../src/socket/linux/bind.ts';
import { loadLibc } from '../../src/socket/linux/libc.ts';
import { needsArrivalStamps, needsLinuxEngine } from '../helpers/linux.ts';
import { serveLinux } from '../helpers/served-socket.ts';
import { socketContract } from './socket.contract.ts';

for (const { name, skip, features } of [
  {
    name: 'linux',
    skip: needsLinuxEngine(),
    features: {
      replyFromAsked: false,
      mirrorTos: false,
      metadata: false,
      fragments: false,
      gro: false,
      gso: false,
    },
  },
  {
    name: 'linux (everything on)',
    skip: needsArrivalStamps(),
    features: {
      replyFromAsked: true,
      mirrorTos: true,
      metadata: true,
      fragments: true,
      gro: true,
      gso: true,
    },
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
