// SPDX-License-Identifier: MIT
// The descriptor of an option: the one place that says what an option is. The library's types and checks,
// the flags with their help, the variables of the environment, the settings of a result with their schema and
// the command that measures the same again all come from it.

import type { Kind, ShownValue, ValueText } from './kind.ts';

/** How the command line gives an option. */
export interface Flag<Value = unknown> {
  /** As help has it: `-c, --count <count>`, `--stamp [port]`, `--flood`. */
  readonly syntax: string;
  readonly help: string;
  /** What it means without a value; else true. */
  readonly value?: Value;
  /** How its text is read, unless as its option's kind is. */
  readonly text?: ValueText<Value>;
  /** Flags of other options that can't stand beside it. Two of one option never can. */
  readonly conflicts?: readonly string[];
  /** It means nothing without that one. */
  readonly needs?: string;
  /** Its value is shown to nobody. */
  readonly isSecret?: true;
}

/** A default that depends on other options. */
export interface DependentDefault {
  readonly words: string;
}

/** Where a result has it: among its settings, elsewhere, or else in `supplied`, if it was given. */
export type ResultPlace = `config.${string}` | 'target.protocol' | 'tool.engine' | undefined;

export interface Option<
  Value = unknown,
  Shown = unknown,
  Default = unknown,
  Place extends ResultPlace = ResultPlace,
> {
  readonly kind: Kind<Value, Shown>;
  readonly default: Default;
  /** None for what only the library has. */
  readonly flags: readonly Flag<Value>[];
  readonly place: Place;
  /** The engine that alone can do it. */
  readonly engine?: 'linux';
  /** What its place in a result means, where its name does not tell. */
  readonly placeMeans?: string;
  /** What stands for it in the command that measures the same again, if no flag of its own can. */
  readonly command?: string;
}

/** Options by their names. */
export type OptionTable = Readonly<Record<string, Option>>;

interface About<Value, Default, Place extends ResultPlace> {
  readonly default?: Default;
  readonly flags?: readonly Flag<Value>[];
  readonly place?: Place;
  readonly engine?: 'linux';
  readonly placeMeans?: string;
  readonly command?: string;
}

/** Describes an option. */
export function option<
  Value,
  Shown,
  const Default extends Value | DependentDefault | undefined = undefined,
  const Place extends ResultPlace = undefined,
>(
  kind: Kind<Value, Shown>,
  about: About<NoInfer<Value>, Default, Place> = {},
): Option<Value, Shown, Default, Place> {
  return {
    flags: [],
    ...about,
    kind,
    default: about.default as Default,
    place: about.place as Place,
  };
}

/** The default of an option that other options decide: what help says of it. */
export function dependent(words: string): DependentDefault {
  return { words };
}

export function isDependent(value: unknown): value is DependentDefault {
  return typeof value === 'object' && value !== null && 'words' in value;
}

/** The value of an option. */
export type ValueOf<Described> = Described extends Option<infer Value> ? Value : never;

/** An object of these options, none of which has to be given. */
export type OptionValues<Table> = { readonly [Name in keyof Table]?: ValueOf<Table[Name]> };

/** The options that have a default of their own. */
export type DefaultValues<Table> = {
  readonly [
    Name in keyof Table as Table[Name] extends { default: undefined | DependentDefault }
      ? never
      : Name
  ]: ValueOf<Table[Name]>;
};

type ShownOf<Described> = Described extends { kind: { shown?: ShownValue<infer _, infer Shown> } }
  ? Shown
  : never;

/** A setting is `null` where its option was not given and has no default; whether there is a key is always known. */
type SettingOf<Described> =
  | ShownOf<Described>
  | (Described extends { default: undefined }
      ? ShownOf<Described> extends boolean
        ? never
        : null
      : never);

/** The settings of a result, by the names that they have there. */
export type SettingsOf<Table> = {
  readonly [
    Name in keyof Table as Table[Name] extends { place: `config.${infer Setting}` }
      ? Setting
      : never
  ]: SettingOf<Table[Name]>;
};

/** The long name of a flag: `--count`. */
export function longName({ syntax }: Flag): string {
  return /--[\w-]+/.exec(syntax)![0];
}
