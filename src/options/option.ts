// SPDX-License-Identifier: MIT
// The descriptor of an option, which is the only place that defines it. The library's types and checks, the flags with
// their help, the environment variables, the settings of a result with their schema, and the command that repeats a
// measurement are all derived from it.

import type { Kind, ShownValue, ValueText } from './kind.ts';

/** A flag of the command line for an option. */
export interface Flag<Value = unknown> {
  /** As shown in help: `-c, --count <count>`, `--stamp [port]`, `--flood`. */
  readonly syntax: string;
  readonly help: string;
  /** Its meaning without a value; default: true. */
  readonly value?: Value;
  /** How its text is read, if not like its option's kind. */
  readonly text?: ValueText<Value>;
  /** Flags of other options that conflict with it. Two flags of one option always conflict. */
  readonly conflicts?: readonly string[];
  /** The flag without which it has no meaning. */
  readonly needs?: string;
  /** True if its value must never be shown. */
  readonly isSecret?: true;
}

/** A default that depends on other options. */
export interface DependentDefault {
  readonly words: string;
}

/** Its place in a result: among the settings or elsewhere; otherwise in `supplied`, if it was given. */
export type ResultPlace =
  `config.${string}` | 'target.port' | 'target.protocol' | 'tool.engine' | undefined;

export interface Option<
  Value = unknown,
  Shown = unknown,
  Default = unknown,
  Place extends ResultPlace = ResultPlace,
> {
  readonly kind: Kind<Value, Shown>;
  readonly default: Default;
  /** True if it must be given. */
  readonly isRequired: boolean;
  /** None for options that only the library has. */
  readonly flags: readonly Flag<Value>[];
  readonly place: Place;
  /** The only engine that supports it. */
  readonly engine?: 'linux';
  /** The meaning of its place in a result, if the name does not say it. */
  readonly placeMeans?: string;
  /** Its form in the command that repeats a measurement, if none of its flags can be used. */
  readonly command?: string;
}

/** Options by name. */
export type OptionTable = Readonly<Record<string, Option>>;

interface About<Value, Default, Place extends ResultPlace> {
  readonly default?: Default;
  readonly isRequired?: true;
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
    isRequired: false,
    ...about,
    kind,
    default: about.default as Default,
    place: about.place as Place,
  };
}

/** The default of an option that depends on other options, in words for help. */
export function dependent(words: string): DependentDefault {
  return { words };
}

export function isDependent(value: unknown): value is DependentDefault {
  return typeof value === 'object' && value !== null && 'words' in value;
}

/** The value of an option. */
export type ValueOf<Described> = Described extends Option<infer Value> ? Value : never;

/** An object of these options, all of them optional. */
export type OptionValues<Table> = { readonly [Name in keyof Table]?: ValueOf<Table[Name]> };

/** The options that have their own default. */
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

/** A setting is `null` if its option was not given and has no default; whether there is a key is always known. */
type SettingOf<Described> =
  | ShownOf<Described>
  | (Described extends { default: undefined }
      ? ShownOf<Described> extends boolean
        ? never
        : null
      : never);

/** The settings of a result, by their names there. */
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
