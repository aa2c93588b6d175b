import { linuxProbeChannels, ProbeSockets } from '../../src/socket/linux/open-probe-channel.ts';
import { PortableProbeChannel } from '../../src/socket/portable/portable-probe-channel.ts';
import { needsArrivalStamps, needsDropCounts, needsLinuxEngine } from '../helpers/linux.ts';
import { needsLinux } from '../helpers/skips.ts';
import { probeChannelContract } from './probe-channel.contract.ts';

probeChannelContract({
  name: 'linux',
  skip: needsLinuxEngine(),
  stampsSkip: needsArrivalStamps(),
  dropsSkip: needsDropCounts(),
  open: async (t, options) => {
    const sockets = await ProbeSockets.open(options);
    t.after(() => {
      sockets[Symbol.dispose]();
    });
    const open = await linuxProbeChannels();
    return open(sockets.data);
  },
});

probeChannelContract({
  name: 'portable',
  skip: false,
  stampsSkip: false,
  dropsSkip: needsLinux(),
  open: async (t, options) => {
    const channel = await PortableProbeChannel.open(options);
    t.after(async () => {
      await channel[Symbol.asyncDispose]();
    });
    return channel;
  },
});
