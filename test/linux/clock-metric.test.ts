// What the metrics say of this host's clock: what another program hears from the kernel, and nothing if it may not ask.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test, { type TestContext } from 'node:test';
import { scrape } from '../helpers/exposition.ts';
import { peerPath } from '../helpers/peers.ts';
import { BIN, Program } from '../helpers/programs.ts';
import { firstSkip, needsLinuxEngine, needsProgram } from '../helpers/skips.ts';

const skip = firstSkip(needsLinuxEngine(), needsProgram('python3'));

/** The `int status` of struct timex follows modes, offset, freq, maxerror and esterror; STA_UNSYNC is 0x40. */
const ASK_KERNEL = `
import ctypes, struct
timex = ctypes.create_string_buffer(256)
assert ctypes.CDLL(None).adjtimex(timex) >= 0
print(0 if struct.unpack_from("i", timex, 40)[0] & 0x40 else 1)
`;

/** The value of the metric in the first scrape; `undefined` if it isn't there. */
async function scrapedFrom(
  t: TestContext,
  command: readonly string[],
  name: string,
): Promise<number | undefined> {
  const [program = '', ...args] = command;
  const [, url = ''] = await new Program(t, program, args).untilStderr(
    /metrics at (http:\S+\/metrics)\n/,
  );
  return (await scrape(url)).get(name)?.value;
}

const SERVE = [process.execPath, BIN, 'serve', '--port', '0', '--metrics', '0'];
const WATCH = [process.execPath, BIN, 'watch', '127.0.0.1:9', '--listen', '127.0.0.1:0', '--quiet'];

for (const [command, name] of [
  [SERVE, 'echogram_clock_synchronized'],
  [WATCH, 'echogram_watch_clock_synchronized'],
] as const) {
  test(`${name} is what the kernel tells Python`, { skip }, async (t) => {
    const { stdout } = spawnSync('python3', ['-c', ASK_KERNEL], { encoding: 'utf8' });
    assert.match(stdout, /^[01]\n$/);
    assert.equal(await scrapedFrom(t, command, name), Number(stdout));
  });

  test(
    `${name} is left out where a sandbox forbids to ask, and on the portable engine`,
    { skip },
    async (t) => {
      const refuse = ['python3', peerPath('refuse.py'), 'clock_adjtime=EPERM'];
      assert.equal(await scrapedFrom(t, [...refuse, ...command], name), undefined);
      const portable = [...command, '--engine', 'portable'];
      assert.equal(await scrapedFrom(t, portable, name), undefined);
    },
  );
}
