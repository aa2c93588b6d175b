// Writes docs/cli.md: the program's own help, command by command. With --check it writes nothing and
// fails where the file is stale. Needs dist/ (npm run build).

import { createProgram } from '../dist/cli/program.js';
import { writePage } from './generated-page.js';

const HEAD = `# The command line

Results go to standard output, messages to standard error.

**Exit codes.** \`send\` and \`demo\` exit with 0 when the reply came and equals the message; with 1 when no reply came, it
differs, or the port is closed. \`ping\` exits with 0 when replies came and every threshold held, with 1 when none came or a
threshold was missed. \`load\` exits with 0 when a rate passed and --min-rate was reached, with 1 when not; \`mtu\` with 0 when it found a limit and --min-mtu held, with 1 when not. All commands exit with 2 for wrong usage or a failure of this host. \`ping --nagios\` has the exit codes
of a Nagios check instead: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.

**Signals.** \`serve\` runs until Ctrl-C. Then it prints its counts on standard error: what it received, answered and refused,
what the system did not send, and on Linux also what the kernel dropped before the server could receive it. \`Ctrl-\\\`
(SIGQUIT) prints what is known so far, of \`serve\`, \`ping\`, \`load\`, \`watch\` and \`impair\`.

**Environment variables.** Each flag is also a variable, with the command in its name: \`ECHOGRAM_SERVE_PORT\`,
\`ECHOGRAM_PING_FLOWS\`. A flag overrides a variable, and an empty variable counts as unset. For a flag without a value the
variable is \`true\` or \`false\`. In Kubernetes, don't name a Service \`echogram-serve\`: it would set
\`ECHOGRAM_SERVE_PORT\`.

Below is the help of each command as the program prints it (\`echogram help serve\`). This page is written by
\`npm run docs:cli\`; \`npm run check\` fails when it is stale.
`;

const COMMANDS = [
  ...['serve', 'send', 'ping', 'load', 'mtu', 'watch', 'impair', 'report', 'history', 'demo'],
];

const pages = await commandPages();
writePage('docs/cli.md', `${HEAD}${pages.join('')}`, 'npm run docs:cli');

async function commandPages() {
  const printed = [];
  const collect = { data: (...lines) => printed.push(...lines) };
  const program = await createProgram(
    { stdout: collect, stderr: collect },
    COMMANDS,
    () => undefined,
  );
  return [program, ...program.commands].map((command) => {
    printed.length = 0;
    // The width of a pipe, whatever terminal this runs in.
    command.configureOutput({ getOutHelpWidth: () => 80 }).outputHelp();
    const name = command === program ? 'echogram' : `echogram ${command.name()}`;
    return `\n## \`${name}\`\n\n\`\`\`text\n${printed.join('\n')}\n\`\`\`\n`;
  });
}
