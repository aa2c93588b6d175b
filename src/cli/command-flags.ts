// SPDX-License-Identifier: MIT
// Creates the flags of a command from the table of its options, and reads the options that were given by flags or
// environment variables. Only this file and program.ts know commander.

import { Option as CommandOption, type Command } from 'commander';
import { createError } from '../errors.ts';
import { SWITCH, wrongText, type ValueText } from '../options/kind.ts';
import {
  isDependent,
  longName,
  type Flag,
  type Option,
  type OptionTable,
  type OptionValues,
} from '../options/option.ts';
import type { Given, Source } from './given-options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A flag of this command. */
interface CommandFlag {
  /** The name of its option. */
  readonly name: string;
  readonly option: Option;
  readonly flag: Flag;
  readonly long: string;
  /** Its name in commander. */
  readonly attribute: string;
  readonly variable: string;
  /** How its value is read; none for a flag without a value. */
  readonly text: ValueText<unknown> | undefined;
  /** True if it may be given without a value. */
  readonly isBare: boolean;
  /** `--no-df`, which is false if `--df` is true; the last of the two counts. */
  readonly isNegated: boolean;
}

export class CommandFlags<Table extends OptionTable> {
  readonly #command: Command;
  readonly #table: Table;
  readonly #flags: readonly CommandFlag[];
  /** The text of each flag's value, keyed by flag. */
  readonly #texts = new Map<string, string>();

  /** Adds the flags of `table` to `command`. */
  constructor(command: Command, table: Table) {
    this.#command = command;
    this.#table = table;
    this.#flags = Object.entries(table).flatMap(([name, option]) =>
      option.flags.map((flag) => commandFlag(command.name(), name, option, flag)),
    );
    for (const flag of this.#flags) command.addOption(this.#commandOption(flag));
  }

  /**
   * The given options. A flag overrides a variable, also the variable of a conflicting flag.
   *
   * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE`
   */
  given(environment: Environment): Given<Table> {
    const flags = this.#flags.filter((flag) => this.#isOnCommandLine(flag));
    const variables = this.#flags.filter(
      (flag) =>
        isSet(flag, environment) &&
        !flags.some((other) => other === flag || areRivals(other, flag)),
    );
    requireNoRivals(variables);
    const isGiven = (long: string | undefined): boolean =>
      long === undefined || [...flags, ...variables].some((flag) => flag.long === long);
    const lonely = flags.find(({ flag }) => !isGiven(flag.needs));
    if (lonely !== undefined) throw this.#lonely(lonely);
    const values: Record<string, unknown> = {};
    const sources = new Map<string, Source>();
    // A variable may be meant for another call.
    for (const flag of variables.filter(({ flag }) => isGiven(flag.needs))) {
      const text = environment[flag.variable]!;
      values[flag.name] = readVariable(flag, text);
      sources.set(flag.name, { name: flag.variable, text });
    }
    for (const flag of flags) {
      const value: unknown = this.#command.getOptionValue(flag.attribute);
      values[flag.name] = typeof value === 'boolean' ? bareValue(flag) : value;
      sources.set(flag.name, { name: flag.long, text: this.#texts.get(flag.long) });
    }
    return { values: values as OptionValues<Table>, sources, table: this.#table };
  }

  #isOnCommandLine({ attribute, isNegated }: CommandFlag): boolean {
    if (this.#command.getOptionValueSource(attribute) !== 'cli') return false;
    return (this.#command.getOptionValue(attribute) === false) === isNegated;
  }

  #commandOption(flag: CommandFlag): CommandOption {
    const made = new CommandOption(flag.flag.syntax, describe(flag));
    // Of two conflicting flags, commander names the one that declares the conflict.
    const before = this.#flags.slice(0, this.#flags.indexOf(flag));
    const rivals = before.filter(
      (other) => areRivals(other, flag) && other.attribute !== flag.attribute,
    );
    made.conflicts(rivals.map(({ attribute }) => attribute));
    const { text, long } = flag;
    if (text === undefined) return made;
    return made.argParser((value: string, previous: unknown) => {
      this.#texts.set(long, value);
      return text.read(long, value, previous);
    });
  }

  /** Refused rather than ignored. */
  #lonely({ flag, long, attribute }: CommandFlag): Error {
    const value = String(this.#command.getOptionValue(attribute));
    return createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: long,
      rule: `given with ${flag.needs} only`,
      ...(flag.isSecret === true ? {} : { value }),
    });
  }
}

function commandFlag(command: string, name: string, option: Option, flag: Flag): CommandFlag {
  const made = new CommandOption(flag.syntax);
  const takesValue = made.required || made.optional;
  const long = longName(flag);
  const variable = `echogram_${command}${long.slice(1)}`.replaceAll('-', '_').toUpperCase();
  return {
    name,
    option,
    flag,
    long,
    attribute: made.attributeName(),
    variable,
    text: takesValue ? (flag.text ?? option.kind.text) : undefined,
    isBare: !made.required,
    isNegated: made.negate,
  };
}

/** True if two flags conflict. */
function areRivals(one: CommandFlag, other: CommandFlag): boolean {
  if (one === other) return false;
  if (one.name === other.name) return true;
  const refuses = ({ flag }: CommandFlag, { long }: CommandFlag): boolean =>
    flag.conflicts?.includes(long) === true;
  return refuses(one, other) || refuses(other, one);
}

function bareValue({ flag }: CommandFlag): unknown {
  return flag.value ?? true;
}

/** Its text in help. */
function describe({ option, flag, text, variable }: CommandFlag): string {
  const { kind, engine } = option;
  const isFirst = option.flags[0] === flag;
  const notes = [
    ...(text === kind.text && kind.choices !== undefined && text !== undefined
      ? [`choices: ${kind.choices.join(', ')}`]
      : []),
    ...(isFirst && text !== undefined ? defaultNote(option) : []),
    `env: ${variable}`,
  ];
  const engineNote = engine === undefined ? '' : ` (${engine} engine)`;
  return `${flag.help}${engineNote} (${notes.join('; ')})`;
}

function defaultNote({ kind, default: value }: Option): string[] {
  if (isDependent(value)) return [`default: ${value.words}`];
  if (value === undefined || value === false || kind.text === undefined) return [];
  const words = kind.text.write(value);
  return words === '' ? [] : [`default: ${words}`];
}

/** The values of the variable of a flag without a value. */
const WORDS: Readonly<Record<string, boolean>> = { true: true, false: false };
const DIGITS: Readonly<Record<string, boolean>> = { 1: true, 0: false };

/** An empty variable counts as unset, and so does `false` for a flag that needs no value. */
function isSet({ variable, isBare, text: read }: CommandFlag, environment: Environment): boolean {
  const text = environment[variable];
  if (text === undefined || text === '') return false;
  return !isBare || meaningOf(text, read !== undefined) !== false;
}

/** A number is a value if the flag can take one. */
function meaningOf(text: string, takesValue: boolean): boolean | undefined {
  return WORDS[text] ?? (takesValue ? undefined : DIGITS[text]);
}

/** The form that Kubernetes and Docker set for a service named like the variable without `_PORT`. */
const SERVICE_LINK = /^(?:tcp|udp|sctp):\/\//;

function readVariable(flag: CommandFlag, text: string): unknown {
  const { variable, long, text: read, isBare } = flag;
  if (SERVICE_LINK.test(text) && flag.flag.isSecret !== true) {
    const remedy =
      'Kubernetes sets it for a Service of that name: rename the Service, or set enableServiceLinks: false';
    throw wrongText(variable, `what ${long} takes`, text, remedy);
  }
  if (isBare && meaningOf(text, read !== undefined) === true) return bareValue(flag);
  if (read === undefined) throw wrongText(variable, SWITCH.rule, text);
  return read.read(variable, text);
}

function requireNoRivals(variables: readonly CommandFlag[]): void {
  for (const one of variables) {
    const other = variables.find((other) => areRivals(one, other));
    if (other === undefined) continue;
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: other.variable,
      rule: `unset where ${one.variable} is set`,
    });
  }
}
