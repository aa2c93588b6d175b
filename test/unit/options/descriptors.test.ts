// Walks the tables of options: what each descriptor says is what flags, variables, help, documents and the library's
// checks do. A flag of the tests' own shows that a new one needs nothing but its descriptor.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import type { SessionStart } from '../../../src/client/session/session-result.ts';
import { CommandFlags, type Environment } from '../../../src/cli/command-flags.ts';
import type { Given } from '../../../src/cli/given-options.ts';
import { IMPAIR_FLAGS } from '../../../src/cli/flags/impair.ts';
import { MTU_FLAGS } from '../../../src/cli/flags/mtu.ts';
import { LOAD_FLAGS } from '../../../src/cli/flags/load.ts';
import { PING_FLAGS } from '../../../src/cli/flags/ping.ts';
import { REPORT_FLAGS } from '../../../src/cli/flags/report.ts';
import { SEND_FLAGS } from '../../../src/cli/flags/send.ts';
import { SERVE_FLAGS } from '../../../src/cli/flags/serve.ts';
import { readTarget } from '../../../src/cli/flag-values.ts';
import { IMPAIR_OPTIONS } from '../../../src/options/impair.ts';
import { LOAD_OPTIONS } from '../../../src/options/load.ts';
import { MTU_OPTIONS } from '../../../src/options/mtu.ts';
import { SWITCH, wholeNumber, type Kind } from '../../../src/options/kind.ts';
import {
  isDependent,
  longName,
  option,
  type Flag,
  type Option,
  type OptionTable,
} from '../../../src/options/option.ts';
import { parseOptions } from '../../../src/options/parse-options.ts';
import { PING_OPTIONS } from '../../../src/options/ping.ts';
import { SEND_OPTIONS } from '../../../src/options/send.ts';
import { SERVE_OPTIONS, STAMP_OPTIONS } from '../../../src/options/serve.ts';
import { settingsOf } from '../../../src/options/settings.ts';
import { settingsSchema } from '../../../src/options/settings-schema.ts';
import { pingCommand } from '../../../src/report/ping-command.ts';
import { madeResult } from '../../helpers/made-result.ts';
import { repositoryText } from '../../helpers/repository.ts';
import { wrongValueOf } from '../../helpers/thrown.ts';

/** A text that each flag takes, other than its default. */
const EXAMPLES: Readonly<Record<string, string>> = {
  '--allow': '192.0.2.0/24',
  '--backward': 'delay=20ms',
  '--bind': '[2001:db8::7]:5000',
  '--budget': '90s',
  '--budget-bytes': '64MiB',
  '--count': '7',
  '--csv': 'probes.csv',
  '--deny': '192.0.2.0/24,2001:db8::/32',
  '--dscp': 'AF41',
  '--duration': '5s',
  '--drain': '45s',
  '--engine': 'portable',
  '--forward': 'loss=1%',
  '--host': 'host.example',
  '--identity': 'name=node-1,zone=a',
  '--idle-timeout': '2m',
  '--impair': 'loss=10%,delay=50ms±10ms,seed=42',
  '--interface': 'eth0',
  '--interval': '20ms',
  '--jsonl': 'probes.jsonl',
  '--key-file': 'stamp.key',
  '--limit': '500',
  '--max-jitter': '5ms',
  '--max-loss': '1.5%',
  '--max-loss-backward': '1%',
  '--max-loss-forward': '2%',
  '--max-p99': '20ms,50ms',
  '--max-rate': '10Mbit',
  '--max-sources': '64',
  '--min-mtu': '1500',
  '--min-rate': '500',
  '--metrics': '[::1]:9100',
  '--metrics-name': 'echo.example.net',
  '--output': 'page.html',
  '--plan': 'loss=10%,blackout=2s@10s/60s',
  '--port': '7000',
  '--precision': '1%',
  '--protocol': 'stamp',
  '--rate': '500',
  '--report': 'page.html',
  '--retries': '3',
  '--schedule': 'poisson',
  '--size': '100',
  '--source-ports': '4',
  '--flows': '16',
  '--stamp': '8620',
  '--stamp-dscp': 'EF,10',
  '--timeout': '250ms',
  '--to': '192.0.2.7:7000',
  '--ttl': '9',
  '--web': '8080',
  '--web-config': 'web.yml',
  '--web-host': '::1',
  '--web-token': '0123456789abcdef',
  '--web-token-file': 'token',
  '--workers': 'auto',
};

const COMMANDS: Readonly<Record<string, OptionTable>> = {
  impair: IMPAIR_FLAGS,
  mtu: MTU_FLAGS,
  load: LOAD_FLAGS,
  ping: PING_FLAGS,
  send: SEND_FLAGS,
  serve: SERVE_FLAGS,
  report: REPORT_FLAGS,
};

interface Case {
  readonly command: string;
  readonly table: OptionTable;
  readonly name: string;
  readonly option: Option;
  readonly flag: Flag;
  readonly variable: string;
}

function casesOf(command: string, table: OptionTable): Case[] {
  return Object.entries(table).flatMap(([name, option]) =>
    option.flags.map((flag) => {
      const words = longName(flag).slice(2).replaceAll('-', '_').toUpperCase();
      const variable = `ECHOGRAM_${command.toUpperCase()}_${words}`;
      return { command, table, name, option, flag, variable };
    }),
  );
}

const CASES = Object.entries(COMMANDS).flatMap(([command, table]) => casesOf(command, table));

function parse(
  { command, table }: Pick<Case, 'command' | 'table'>,
  words: readonly string[],
  environment: Environment = {},
): Given<OptionTable> {
  const made = new Command(command).exitOverride().configureOutput({ writeErr: () => undefined });
  const flags = new CommandFlags(made, table);
  made.parse(words, { from: 'user' });
  return flags.given(environment);
}

function helpOf(command: string, table: OptionTable): string {
  const made = new Command(command).configureHelp({ helpWidth: 10_000 });
  new CommandFlags(made, table);
  return made.helpInformation();
}

test('each flag that takes a value has an example here', () => {
  const flags = CASES.map(({ flag }) => flag).filter(takesValue);
  const without = flags.map(longName).filter((long) => EXAMPLES[long] === undefined);
  assert.deepEqual(without, [], 'give EXAMPLES a text for each');
});

function takesValue({ syntax }: Flag): boolean {
  return /[<[]/.test(syntax);
}

/** The words that give this flag, and those that it can't stand without. */
function wordsFor({ flag }: Case): readonly string[] {
  const long = longName(flag);
  const needed = flag.needs === undefined ? [] : [flag.needs, EXAMPLES[flag.needs]!];
  return [...needed, long, ...(takesValue(flag) ? [EXAMPLES[long]!] : [])];
}

function environmentFor({ flag, variable, command }: Case): Environment {
  const neededVariable = casesOf(command, COMMANDS[command] ?? {}).find(
    (other) => longName(other.flag) === flag.needs,
  );
  const needed = neededVariable === undefined ? {} : environmentFor(neededVariable);
  return { ...needed, [variable]: takesValue(flag) ? EXAMPLES[longName(flag)]! : 'true' };
}

for (const each of CASES) {
  const { command, name, option, flag, variable } = each;
  const title = `${command} ${longName(flag)}`;

  test(`${title} and ${variable} give the same, which the option accepts`, () => {
    const byFlag = parse(each, wordsFor(each)).values[name];
    const byVariable = parse(each, [], environmentFor(each)).values[name];
    assert.deepEqual(byVariable, byFlag);
    assert.ok(option.kind.accepts(byFlag), String(byFlag));
    assert.notDeepEqual(byFlag, option.default, 'the example is the default');
  });

  test(`${title} stands over ${variable}, which is unset where it is empty`, () => {
    const byFlag = parse(each, wordsFor(each)).values[name];
    // Whatever the variable holds.
    assert.deepEqual(parse(each, wordsFor(each), { [variable]: '\0' }).values[name], byFlag);
    assert.equal(parse(each, [], { [variable]: '' }).values[name], undefined);
  });

  test(`help and docs/cli.md have ${title} with its variable and default`, () => {
    const help = helpOf(command, each.table);
    const line = help.split('\n').find((text) => text.trimStart().startsWith(flag.syntax))!;
    assert.ok(line.includes(flag.help), line);
    assert.match(line, new RegExp(`\\benv: ${variable}\\)`));
    const [first] = option.flags;
    if (flag === first && takesValue(flag) && isDependent(option.default)) {
      assert.ok(line.includes(`default: ${option.default.words}`), line);
    }
    const page = repositoryText('docs/cli.md').replaceAll(/\s+/g, ' ');
    assert.ok(page.includes(`${flag.syntax} `), flag.syntax);
    assert.match(page, new RegExp(`\\b${variable}\\b`));
  });
}

for (const each of CASES.filter(({ flag }) => takesValue(flag))) {
  const { flag, variable, option } = each;
  const read = (flag.text ?? option.kind.text)!;
  test(`${each.command} ${longName(flag)} is written as it is read`, () => {
    const value = read.read('', EXAMPLES[longName(flag)]!);
    assert.deepEqual(read.read('', read.write(value)), value);
  });

  if (!accepts(read, '\0')) {
    test(`a wrong ${variable} is refused by its name, as the flag is by its own`, () => {
      const needed = environmentFor(each);
      const byVariable = wrongValueOf(() => parse(each, [], { ...needed, [variable]: '\0' }));
      const words = [...wordsFor(each).slice(0, -1), '\0'];
      const byFlag = wrongValueOf(() => parse(each, words));
      assert.deepEqual(
        [byVariable.data.option, byFlag.data.option].map(
          (named) => named.replace(/^the host of /, '').split(' ')[0],
        ),
        [variable, longName(flag)],
      );
      assert.equal(byVariable.data.rule, byFlag.data.rule);
    });
  }
}

function accepts(read: { read(name: string, text: string): unknown }, text: string): boolean {
  try {
    read.read('', text);
    return true;
  } catch {
    return false;
  }
}

for (const each of CASES.filter(({ flag }) => !takesValue(flag))) {
  const { variable, name } = each;
  test(`${variable} is true or false`, () => {
    const needed = environmentFor(each);
    assert.deepEqual(
      parse(each, [], { ...needed, [variable]: '1' }).values,
      parse(each, [], { ...needed, [variable]: 'true' }).values,
    );
    for (const off of ['false', '0']) {
      assert.equal(parse(each, [], { ...needed, [variable]: off }).values[name], undefined);
    }
    const { data } = wrongValueOf(() => parse(each, [], { ...needed, [variable]: 'yes' }));
    assert.deepEqual(data, { option: variable, rule: 'true or false', value: 'yes' });
  });
}

test('two variables that can not stand beside each other are refused', () => {
  const { message } = wrongValueOf(() =>
    parse({ command: 'ping', table: PING_FLAGS }, [], {
      ECHOGRAM_PING_INTERVAL: '1s',
      ECHOGRAM_PING_RATE: '5',
    }),
  );
  assert.equal(message, 'ECHOGRAM_PING_RATE must be unset where ECHOGRAM_PING_INTERVAL is set');
});

test('a flag stands over the variable of another that it can not stand beside', () => {
  const ping = { command: 'ping', table: PING_FLAGS };
  const { values } = parse(ping, ['--rate', '500'], { ECHOGRAM_PING_INTERVAL: '1s' });
  assert.equal(values['intervalMs'], 2);
  const { values: flags } = parse(ping, ['--json'], { ECHOGRAM_PING_QUIET: 'true' });
  assert.deepEqual(flags, { json: true });
});

test('a variable that needs another flag is not read without it', () => {
  const { values } = parse({ command: 'ping', table: PING_FLAGS }, [], {
    ECHOGRAM_PING_WEB_TOKEN: 'short',
  });
  assert.deepEqual(values, {});
});

test("what Kubernetes sets for a Service is refused with the remedy, and another command's is not read", () => {
  const serve = { command: 'serve', table: SERVE_FLAGS };
  const link = 'udp://10.96.0.7:10000';
  const { message } = wrongValueOf(() => parse(serve, [], { ECHOGRAM_SERVE_PORT: link }));
  assert.equal(
    message,
    `ECHOGRAM_SERVE_PORT must be what --port takes, got \`${link}\`; Kubernetes sets it for a Service of that name: rename the Service, or set enableServiceLinks: false`,
  );
  const others = { ECHOGRAM_PORT: link, ECHOGRAM_SEND_PORT: '7', ECHOGRAM_ENGINE: 'steam' };
  assert.deepEqual(parse(serve, [], others).values, {});
});

const LIBRARY: Readonly<Record<string, OptionTable>> = {
  impair: IMPAIR_OPTIONS,
  load: LOAD_OPTIONS,
  mtu: MTU_OPTIONS,
  ping: PING_OPTIONS,
  send: SEND_OPTIONS,
  serve: SERVE_OPTIONS,
  stamp: STAMP_OPTIONS,
};

for (const [call, table] of Object.entries(LIBRARY)) {
  for (const [name, { kind, default: value }] of Object.entries(table)) {
    test(`${call}() refuses a ${name} outside its rule, which the message has`, () => {
      const { data } = wrongValueOf(() => parseOptions(table, { [name]: Symbol('nothing') }));
      assert.deepEqual([data.option, data.rule], [name, kind.rule]);
      if (value !== undefined && !isDependent(value)) assert.ok(kind.accepts(value), 'its default');
    });
  }
}

/** The comment before each option of a table, in one line. */
function commentsOf(file: string): Map<string, string> {
  const text = repositoryText(file);
  const found = text.matchAll(
    /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\n {2}(\w+): (?:(?:option|stampKey)\(|[A-Z_]+(?:\.\w+)?,)/g,
  );
  return new Map(
    [...found].map(([, comment = '', name = '']) => [
      name,
      comment.replaceAll(/\s*\n\s*\* ?/g, ' '),
    ]),
  );
}

for (const [call, file] of [
  ['impair', 'src/options/impair.ts'],
  ['load', 'src/options/load.ts'],
  ['mtu', 'src/options/mtu.ts'],
  ['ping', 'src/options/ping.ts'],
  ['send', 'src/options/send.ts'],
  ['serve', 'src/options/serve.ts'],
] as const) {
  test(`what the comments of ${file} say of defaults is so`, () => {
    const comments = commentsOf(file);
    for (const [name, { default: value }] of Object.entries(LIBRARY[call]!)) {
      const comment = comments.get(name);
      assert.ok(comment !== undefined, `${name} has no comment`);
      if (!['string', 'number', 'boolean'].includes(typeof value)) continue;
      const shown = value === 4 * 2 ** 20 ? '4 MiB' : String(value);
      assert.match(
        comment,
        new RegExp(`[Dd]efault,? (?:means )?\`?${shown}\\b|\`${shown}\`, the default`),
        name,
      );
    }
  });
}

test('the schema of results has the settings of the table, and nothing else', () => {
  const schema = JSON.parse(repositoryText('schema/echogram.session-1.json')) as {
    $defs: { sessionConfig: unknown };
  };
  assert.deepEqual(
    schema.$defs.sessionConfig,
    JSON.parse(JSON.stringify(settingsSchema(PING_OPTIONS))),
  );
});

test('the command that measures the same again gives back each option that was given', () => {
  for (const each of casesOf('ping', PING_OPTIONS)) {
    const given: Record<string, unknown> = {
      ...parse(each, wordsFor(each)).values,
      host: '192.0.2.7',
    };
    const parsed = parseOptions(PING_OPTIONS, given);
    const made = madeResult();
    const config = settingsOf(PING_OPTIONS, {
      ...parsed,
      payloadBytes: parsed['payloadBytes'] ?? 64,
    });
    const port = (given['port'] as number | undefined) ?? made.target.port;
    const target = { ...made.target, protocol: parsed.protocol, port };
    const engine = parsed.engine === 'auto' ? 'linux' : parsed.engine;
    const supplied = given as SessionStart['supplied'];
    const start = { ...made, config, target, supplied, tool: { ...made.tool, engine } };
    const [flags = '', asked = ''] = pingCommand(start).slice('echogram ping '.length).split('-- ');
    const words = flags
      .trim()
      .split(' ')
      .map((word) => word.replaceAll("'", ''));
    const again = { ...parse({ command: 'ping', table: PING_FLAGS }, words).values };
    if (each.name === 'port') again['port'] = readTarget(asked).port;
    assert.deepEqual(again[each.name], given[each.name], `${longName(each.flag)}: ${flags}`);
  }
});

/** What a change adds for a new flag: this, its use and its test. */
const PATIENCE: Kind<number> = wholeNumber(1, 9);
const WITH_NEW = {
  ...PING_OPTIONS,
  patience: option(PATIENCE, {
    default: 3,
    engine: 'linux',
    flags: [{ syntax: '-P, --patience <level>', help: 'how patient to be' }],
    place: 'config.patience',
  }),
  isCalm: option(SWITCH, { flags: [{ syntax: '--calm', help: 'be calm' }] }),
};

test('a descriptor is all that a new flag needs', () => {
  const ping = { command: 'ping', table: WITH_NEW };
  assert.deepEqual(parse(ping, ['-P', '5', '--calm']).values, { patience: 5, isCalm: true });
  const variables = { ECHOGRAM_PING_PATIENCE: '6', ECHOGRAM_PING_CALM: '1' };
  assert.deepEqual(parse(ping, [], variables).values, { patience: 6, isCalm: true });
  assert.equal(
    wrongValueOf(() => parse(ping, [], { ECHOGRAM_PING_PATIENCE: '10' })).message,
    'ECHOGRAM_PING_PATIENCE must be a whole number from 1 to 9, got `10`',
  );
  assert.match(
    helpOf('ping', WITH_NEW),
    / -P, --patience <level> +how patient to be \(linux engine\) \(default: 3; env: ECHOGRAM_PING_PATIENCE\)\n/,
  );
  const host = '192.0.2.7';
  const parsed = parseOptions(WITH_NEW, { host, patience: 7 });
  assert.equal(parseOptions(WITH_NEW, { host }).patience, 3);
  assert.equal(
    wrongValueOf(() => parseOptions(WITH_NEW, { host, patience: 0 })).message,
    'patience must be a whole number from 1 to 9, got `0` (number)',
  );
  assert.equal(settingsOf(WITH_NEW, parsed).patience, 7);
  const schema = settingsSchema(WITH_NEW) as { properties: Record<string, unknown> };
  assert.deepEqual(schema.properties['patience'], { type: 'integer', minimum: 1, maximum: 9 });
});

for (const [words, environment, expected] of [
  [['--df', '--no-df'], {}, 'clear'],
  [['--no-df', '--df'], {}, 'set'],
  [['--no-df'], { ECHOGRAM_PING_DF: 'true' }, 'clear'],
  [['--df'], { ECHOGRAM_PING_NO_DF: '1' }, 'set'],
  [[], { ECHOGRAM_PING_NO_DF: 'true' }, 'clear'],
] as const) {
  test(`${words.join(' ')} with ${JSON.stringify(environment)}: the DF bit is ${expected}`, () => {
    const { values } = parse({ command: 'ping', table: PING_FLAGS }, words, environment);
    assert.equal(values['dontFragment'], expected);
  });
}
