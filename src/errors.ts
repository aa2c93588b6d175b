// SPDX-License-Identifier: MIT
// Every error that leaves this package, in three classes; error-table.ts has their codes and messages.

import { ERRORS, type ErrorKind } from './error-table.ts';
import { escapeText } from './printable.ts';

/** The stable code of an error; restricted to one kind of error if a kind is given. */
export type ErrorCode<Kind extends ErrorKind = ErrorKind> = {
  [Code in keyof typeof ERRORS]: (typeof ERRORS)[Code]['kind'] extends Kind ? Code : never;
}[keyof typeof ERRORS];

/** The data of an error with this code. */
export type ErrorData<Code extends ErrorCode> = Parameters<(typeof ERRORS)[Code]['message']>[0];

/** The brand of each class, the same in every copy of this package. */
const BRANDS = {
  any: Symbol.for('echogram.error'),
  option: Symbol.for('echogram.error.option'),
  socket: Symbol.for('echogram.error.socket'),
  protocol: Symbol.for('echogram.error.protocol'),
} as const satisfies Record<ErrorKind | 'any', symbol>;

function isBranded(value: unknown, brand: symbol): boolean {
  return typeof value === 'object' && value !== null && brand in value;
}

/**
 * The base of every error this package raises.
 *
 * `code` is stable, `data` holds the values in the message, and `cause` is the underlying system error in Node's form
 * (`code`, `errno`, `syscall`, `address`, `port`), if there is one. `is` and `instanceof` also recognize errors from
 * another copy of this package.
 */
export class EchogramError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly data: ErrorData<Code>;

  constructor(code: Code, data: ErrorData<Code>, options?: ErrorOptions) {
    // The table's entry for Code takes exactly ErrorData<Code>; TypeScript can't correlate the two.
    const message = (ERRORS[code].message as (data: ErrorData<Code>) => string)(data);
    // One line, whatever host or value was given; `data` has the original.
    super(escapeText(message), options);
    this.code = code;
    this.data = data;
  }

  /** True for an error of this package. */
  static is(value: unknown): value is AnyEchogramError {
    return isBranded(value, BRANDS.any);
  }

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const brand = BRAND_OF.get(this);
    // A class that a caller derives has no brand, and behaves as usual.
    if (brand === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isBranded(value, brand);
  }
}

/** An error with any code, or with any code of one kind; comparing `code` narrows the type of `data`. */
export type AnyEchogramError<Kind extends ErrorKind = ErrorKind> = {
  [Code in ErrorCode<Kind>]: EchogramError<Code>;
}[ErrorCode<Kind>];

/** The caller's mistake: an option or a message breaks its rule. The command line exits with 2. */
export class OptionError<
  Code extends ErrorCode<'option'> = ErrorCode<'option'>,
> extends EchogramError<Code> {
  /** True for an error of this kind. */
  static override is(value: unknown): value is AnyEchogramError<'option'> {
    return isBranded(value, BRANDS.option);
  }
}

/** A system call failed: resolving, binding or sending. */
export class SocketError<
  Code extends ErrorCode<'socket'> = ErrorCode<'socket'>,
> extends EchogramError<Code> {
  /** True for an error of this kind. */
  static override is(value: unknown): value is AnyEchogramError<'socket'> {
    return isBranded(value, BRANDS.socket);
  }
}

/** Every call succeeded, but the exchange failed: no reply, or an ICMP refusal. */
export class ProtocolError<
  Code extends ErrorCode<'protocol'> = ErrorCode<'protocol'>,
> extends EchogramError<Code> {
  /** True for an error of this kind. */
  static override is(value: unknown): value is AnyEchogramError<'protocol'> {
    return isBranded(value, BRANDS.protocol);
  }
}

const CLASS_OF = { option: OptionError, socket: SocketError, protocol: ProtocolError } as const;

const BRAND_OF: ReadonlyMap<unknown, symbol> = new Map<unknown, symbol>([
  [EchogramError, BRANDS.any],
  [OptionError, BRANDS.option],
  [SocketError, BRANDS.socket],
  [ProtocolError, BRANDS.protocol],
]);

// An error's name is inherited and non-enumerable, as that of the built-in ones. A bundler may rename a class.
for (const [constructor, name] of [
  [EchogramError, 'EchogramError'],
  [OptionError, 'OptionError'],
  [SocketError, 'SocketError'],
  [ProtocolError, 'ProtocolError'],
] as const) {
  Object.defineProperty(constructor.prototype, 'name', { value: name, configurable: true });
  Object.defineProperty(constructor.prototype, BRAND_OF.get(constructor)!, { value: true });
}

/** Makes the error of this code, in the class of its kind. */
export function createError<Code extends ErrorCode>(
  code: Code,
  data: ErrorData<Code>,
  cause?: unknown,
): EchogramError<Code> {
  const options = cause === undefined ? undefined : { cause };
  // The class takes the codes of its kind; TypeScript can't correlate the two.
  const Class = CLASS_OF[ERRORS[code].kind] as unknown as typeof EchogramError;
  return new Class(code, data, options);
}

/** Returns Node's code of a system error (`ECONNREFUSED`), or `UNKNOWN` for anything else. */
export function systemCodeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return 'UNKNOWN';
  return typeof error.code === 'string' ? error.code : 'UNKNOWN';
}
