// Writes docs/cli.md: the program's own help, command by command. With --check it writes nothing and
// fails where the file is stale. Needs dist/ (npm run build).

import { readFileSync, writeFileSync } from 'node:fs';
import { createProgram } from '../dist/cli/program.js';

const FILE = 'docs/cli.md';

const HEAD = `# The command line

The help of each command as the program prints it (\`echogram help serve\`). This page is written by
\`npm run docs:cli\`; \`npm run check\` fails when it is stale.
`;

const page = `${HEAD}${commandPages().join('')}`;
if (!process.argv.includes('--check')) writeFileSync(FILE, page);
else if (readFileSync(FILE, 'utf8') !== page) {
  process.stderr.write(`${FILE} is not what the program prints; run npm run docs:cli\n`);
  process.exitCode = 1;
}

function commandPages() {
  const printed = [];
  const collect = { data: (...lines) => printed.push(...lines) };
  const program = createProgram({ stdout: collect, stderr: collect }, () => undefined);
  return [program, ...program.commands].map((command) => {
    printed.length = 0;
    // The width of a pipe, whatever terminal this runs in.
    command.configureOutput({ getOutHelpWidth: () => 80 }).outputHelp();
    const name = command === program ? 'echogram' : `echogram ${command.name()}`;
    return `\n## \`${name}\`\n\n\`\`\`text\n${printed.join('\n')}\n\`\`\`\n`;
  });
}
