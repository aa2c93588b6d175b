import { openLinuxProbeChannel, ProbeSockets } from '../../src/socket/linux/open-probe-channel.ts';
import { PortableProbeChannel } from '../../src/socket/portable/portable-probe-channel.ts';
import { needsLinuxEngine } from '../helpers/skips.ts';
import { probeChannelContract } from './probe-channel.contract.ts';

probeChannelContract({
  name: 'linux',
  skip: needsLinuxEngine(),
  open: async (t, options) => {
    const sockets = await ProbeSockets.open(options);
    t.after(() => {
      sockets[Symbol.dispose]();
    });
    return await openLinuxProbeChannel(sockets.data);
  },
});

probeChannelContract({
  name: 'portable',
  skip: false,
  open: async (t, options) => {
    const channel = await PortableProbeChannel.open(options);
    t.after(async () => {
      await channel[Symbol.asyncDispose]();
    });
    return channel;
  },
});
