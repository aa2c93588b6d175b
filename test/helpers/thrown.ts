// Catches the error that a test is about, as the type it must have.

import assert from 'node:assert/strict';
import { OptionError, type ErrorCode } from '../../src/errors.ts';

/** Runs `act`, which must throw an OptionError of this code, and returns that. */
export function optionErrorOf<Code extends ErrorCode<'option'>>(
  code: Code,
  act: () => unknown,
): OptionError<Code> {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof OptionError, `threw ${String(error)}`);
    assert.equal(error.code, code);
    return error as OptionError<Code>;
  }
  return assert.fail('threw nothing');
}

/** Runs `act`, which must refuse a value, and returns its error. */
export function wrongValueOf(act: () => unknown): OptionError<'ECHOGRAM_ERR_OPTION_VALUE'> {
  return optionErrorOf('ECHOGRAM_ERR_OPTION_VALUE', act);
}

/** Runs `act`, which must refuse an option's name, and returns its error. */
export function unknownOptionOf(act: () => unknown): OptionError<'ECHOGRAM_ERR_OPTION_UNKNOWN'> {
  return optionErrorOf('ECHOGRAM_ERR_OPTION_UNKNOWN', act);
}
