// Asks the health check of the program that this container runs: exit code 0 if it is well, and 1 if not. Without
// metrics there is nothing to ask, and a container that runs is taken for well.

import { readFileSync } from 'node:fs';
import { get } from 'node:http';

const words = readFileSync('/proc/1/cmdline', 'utf8').split('\0');
const asked = valueOf('--metrics') ?? process.env[`ECHOGRAM_${commandOf(words)}_METRICS`];
const [, host, port] = /^(?:\[?(.*?)\]?:)?(\d+)$/.exec(asked ?? '') ?? [];
process.exitCode = port === undefined || (await isWell(host, port)) ? 0 : 1;

/** Of `… /app/dist/cli/bin.cjs serve --quiet`: SERVE. */
function commandOf(words) {
  const program = words.findIndex((word) => word.endsWith('/bin.cjs'));
  return words[program + 1]?.toUpperCase();
}

/** As `--metrics 9100` or `--metrics=9100`. */
function valueOf(flag) {
  const at = words.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  if (at === -1) return undefined;
  return words[at] === flag ? words[at + 1] : words[at].slice(flag.length + 1);
}

function isWell(host, port) {
  const isAny = host === undefined || host === '0.0.0.0' || host === '::';
  return new Promise((resolve) => {
    get({ host: isAny ? '127.0.0.1' : host, port, path: '/healthz' }, (response) => {
      response.pipe(process.stdout, { end: false });
      resolve(response.statusCode === 200);
    }).on('error', (error) => {
      process.stdout.write(`${error.message}\n`);
      resolve(false);
    });
  });
}
