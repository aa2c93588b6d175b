// Coalesced runs in, groups out (UDP GRO and GSO): whatever the kernel made of what clients sent, each
// gets back its own datagrams, byte for byte and in order, as over node:dgram.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { ANSWER, type DatagramBatch } from '../../src/socket/datagram-batch.ts';
import type { DatagramSocket } from '../../src/socket/datagram-socket.ts';
import { readSocketCounters, SOCKET_CELLS } from '../../src/socket/counters.ts';
import { bindSocket } from '../../src/socket/linux/bind.ts';
import { setOption } from '../../src/socket/linux/socket-options.ts';
import { SOL_SOCKET } from '../../src/socket/linux/constants.ts';
import { PortableSocket } from '../../src/socket/portable/portable-socket.ts';
import { until } from '../helpers/deadline.ts';
import { nonZero } from '../helpers/json-server.ts';
import { cutInto, descriptorsOf, libc, needsLinuxEngine } from '../helpers/linux.ts';
import { firstSkip, needsIPv6 } from '../helpers/skips.ts';
import { serveLinux, servePortable, type ServedSocket } from '../helpers/served-socket.ts';
import { UdpPeer } from '../helpers/udp.ts';

const CLIENTS = 4;

/** Larger than all that one mix holds, so that none is lost. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Not to be answered, as if a rule of admission said so: a payload of this length. */
const REFUSED_BYTES = 77;

/** SO_NO_CHECK (socket(7)): without a checksum the kernel refuses segmented sends, with EINVAL. */
const SO_NO_CHECK = 11;

/** One call to send by one client: datagrams of `bytes`, the last of them of `lastBytes`. */
interface Burst {
  readonly client: number;
  readonly datagrams: number;
  readonly bytes: number;
  readonly lastBytes: number;
}

const SIZES = fc.oneof(
  fc.constantFrom(0, 1, 64, REFUSED_BYTES, 1400, 1401, 1472),
  fc.integer({ min: 0, max: 1500 }),
);

const SINGLE = fc
  .record({ client: fc.nat(CLIENTS - 1), bytes: SIZES })
  .map(({ client, bytes }): Burst => ({ client, datagrams: 1, bytes, lastBytes: bytes }));

const RUN = fc
  .record({
    client: fc.nat(CLIENTS - 1),
    datagrams: fc.integer({ min: 2, max: 40 }),
    bytes: fc.constantFrom(1, 64, REFUSED_BYTES, 500, 1400, 1472),
    shortBy: fc.nat(70),
  })
  .map(({ shortBy, ...run }): Burst => {
    const isRefused = run.bytes === REFUSED_BYTES;
    return { ...run, lastBytes: isRefused ? run.bytes : Math.max(1, run.bytes - shortBy) };
  });

const LARGE = fc.record({ client: fc.nat(CLIENTS - 1), bytes: fc.constantFrom(9000, 65_507) });

const MIX = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: SINGLE },
    { weight: 3, arbitrary: RUN },
    {
      weight: 1,
      arbitrary: LARGE.map(({ client, bytes }): Burst => ({
        client,
        datagrams: 1,
        bytes,
        lastBytes: bytes,
      })),
    },
  ),
  { minLength: 1, maxLength: 90 },
);

/** The payloads of a burst, all different: their octets count from a number of its own. */
function payloadsOf({ datagrams, bytes, lastBytes }: Burst, index: number): Buffer[] {
  return Array.from({ length: datagrams }, (_, datagram) => {
    const length = datagram === datagrams - 1 ? lastBytes : bytes;
    const first = index * 41 + datagram * 7;
    return Buffer.from(Uint8Array.from({ length }, (_octet, at) => first + at * 31 + (at >> 8)));
  });
}

/** Sends the mix, in its order; none is taken before all have arrived. */
async function sendAll(
  mix: readonly Burst[],
  clients: readonly Client[],
  to: DatagramSocket,
): Promise<void> {
  for (const [index, burst] of mix.entries()) {
    const { fd, peer } = clients[burst.client]!;
    const payloads = payloadsOf(burst, index);
    cutInto(fd, payloads.length > 1 ? burst.bytes : 0);
    await peer.send(Buffer.concat(payloads), to.local.port, to.local.address);
  }
}

/** What each client must get back, in this order. */
function expectedEchoes(mix: readonly Burst[]): Buffer[][] {
  const all = mix.map((burst, index) => ({ burst, payloads: payloadsOf(burst, index) }));
  return Array.from({ length: CLIENTS }, (_, client) =>
    all
      .filter(({ burst }) => burst.client === client)
      .flatMap(({ payloads }) => payloads)
      .filter(({ length }) => length !== REFUSED_BYTES),
  );
}

/**
 * Refuses the payloads of `REFUSED_BYTES`; a run's are refused or answered together.
 *
 * @returns how many runs the batch holds
 */
function judge(batch: DatagramBatch): number {
  let runs = 0;
  for (let index = 0; index < batch.count; index++) {
    batch.verdicts[index] = batch.segmentLength(index, 0) === REFUSED_BYTES ? 1 : ANSWER;
    if (batch.datagramsIn(index) > 1) runs++;
  }
  return runs;
}

interface EngineUnderTest {
  readonly name: string;
  /** Opens it on a free port of the address. */
  readonly open: (
    address: string,
    cells: Float64Array,
    notify: (notice: string) => void,
  ) => ServedSocket | Promise<ServedSocket>;
  /** It gets runs whole, as the kernel coalesced them. */
  readonly takesRuns: boolean;
  /** The kernel refuses its segmented sends. */
  readonly isRefused: boolean;
}

function linux(name: string, gro: boolean, gso: boolean, isRefused = false): EngineUnderTest {
  return {
    name,
    takesRuns: gro,
    isRefused,
    open: (address, cells, notify) => {
      const features = {
        replyFromAsked: true,
        mirrorTos: true,
        metadata: false,
        fragments: false,
        gro,
        gso,
      };
      const bound = bindSocket(libc, {
        address,
        port: 0,
        receiveBufferBytes: RECEIVE_BUFFER_BYTES,
        joinsGroup: false,
        features,
      });
      assert.deepEqual(bound.features, features);
      if (isRefused) assert.ok(setOption(libc, bound.fd, SOL_SOCKET, SO_NO_CHECK, 1));
      return serveLinux(libc, bound, cells, notify);
    },
  };
}

const PORTABLE: EngineUnderTest = {
  name: 'the portable engine',
  takesRuns: false,
  isRefused: false,
  open: async (address, cells) => {
    const options = { address, port: 0, receiveBufferBytes: RECEIVE_BUFFER_BYTES, cells };
    return servePortable(await PortableSocket.open(options));
  },
};

const ENGINES: readonly EngineUnderTest[] = [
  PORTABLE,
  linux('GRO and GSO', true, true),
  linux('GSO alone', false, true),
  linux('neither', false, false),
  linux('GRO and GSO, which the kernel then refuses', true, true, true),
];

interface Client {
  readonly peer: UdpPeer;
  readonly fd: number;
}

async function openClients(t: TestContext, address: string): Promise<readonly Client[]> {
  const opening = Array.from({ length: CLIENTS }, async () => {
    const peer = await UdpPeer.open(t, address);
    peer.socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    const [fd] = descriptorsOf(peer.port);
    return { peer, fd: fd! };
  });
  return await Promise.all(opening);
}

/**
 * Sends the mix through an engine and checks what comes back, and what the engine counted.
 *
 * @returns how many runs the engine took whole
 */
async function checkEchoes(
  { socket, start }: ServedSocket,
  cells: Float64Array,
  clients: readonly Client[],
  mix: readonly Burst[],
): Promise<number> {
  const sending = sendAll(mix, clients, socket);
  // The portable engine takes one at a time, so nothing is gained by letting them wait.
  if (socket.engine === 'linux') await sending;
  const batch = socket.createBatch();
  let runs = 0;
  start(() => {
    while (socket.receive(batch) > 0) {
      runs += judge(batch);
      socket.send(batch);
    }
  });
  await sending;
  const expected = expectedEchoes(mix);
  const echoes = expected.flat();
  const counted = (): readonly number[] => {
    const { receivedDatagrams, sentDatagrams, sentBytes } = readSocketCounters(cells);
    return [receivedDatagrams, sentDatagrams, sentBytes];
  };
  const sent = mix.reduce((sum, { datagrams }) => sum + datagrams, 0);
  const bytes = echoes.reduce((sum, { length }) => sum + length, 0);
  await until(() => counted()[0] === sent, `${sent} datagrams to be received`);
  await until(() => counted()[1] === echoes.length, `${echoes.length} to be answered`);
  assert.equal(counted()[2], bytes);
  for (const [client, payloads] of expected.entries()) {
    for (const [index, payload] of payloads.entries()) {
      const echo = await clients[client]!.peer.next();
      assert.ok(echo.payload.equals(payload), `client ${client}, echo ${index}`);
    }
    assert.equal(clients[client]!.peer.unread, 0, `client ${client} got more than it sent`);
  }
  assert.deepEqual(nonZero(readSocketCounters(cells).sendFailed), {});
  return runs;
}

for (const engine of ENGINES) {
  // Over IPv6 the kernel takes no notice of SO_NO_CHECK.
  for (const address of engine.isRefused ? ['127.0.0.1'] : ['127.0.0.1', '::1']) {
    const skip = firstSkip(needsLinuxEngine(), address === '::1' && needsIPv6());

    test(
      `returns random mixes exactly over ${address} with ${engine.name}`,
      { skip },
      async (t) => {
        const clients = await openClients(t, address);
        let runs = 0;
        let refusals = 0;
        await fc.assert(
          fc.asyncProperty(MIX, async (mix) => {
            const cells = new Float64Array(SOCKET_CELLS);
            const notices: string[] = [];
            const served = await engine.open(address, cells, (notice) => notices.push(notice));
            try {
              runs += await checkEchoes(served, cells, clients, mix);
            } finally {
              await served.close();
            }
            refusals += notices.length;
            assert.ok(notices.length <= 1, notices.join('; '));
          }),
          // A smaller mix that fails too would be sought with what this one left at the clients.
          { seed: 862, numRuns: 60, endOnFailure: true },
        );
        assert.deepEqual([runs > 0, refusals > 0], [engine.takesRuns, engine.isRefused]);
      },
    );
  }
}
