// Writes docs/cli.md: the program's own help, command by command. With --check it writes nothing and
// fails where the file is stale. Needs dist/ (npm run build).

import { createProgram } from '../dist/cli/program.js';
import { writePage } from './generated-page.js';

const HEAD = `# The command line

The help of each command as the program prints it (\`echogram help serve\`). This page is written by
\`npm run docs:cli\`; \`npm run check\` fails when it is stale.
`;

const COMMANDS = ['serve', 'send', 'ping', 'report', 'demo'];

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
