// SPDX-License-Identifier: MIT
// The sockets that a service manager passes to serve: which service answers on which, and what flags they replace.

import { createError } from '../errors.ts';
import { countOf } from '../quantities.ts';
import { passedDescriptors } from '../service-manager/passed-descriptors.ts';
import { sourceOf, type Given } from './given-options.ts';
import { STAMP_PREFIX, type SERVE_FLAGS } from './flags/serve.ts';
import type { Io } from './io.ts';

/** The name of a descriptor for STAMP; all others are for the echo. */
const STAMP_NAME = 'stamp';

/** The flags that say where to listen, which a passed socket has settled. */
const PLACE_FLAGS = ['host', 'port', 'workers'] as const;

export interface PassedSockets {
  readonly fds: readonly number[];
  readonly stampFds: readonly number[];
}

type ServeGiven = Given<typeof SERVE_FLAGS>;

/**
 * @returns `undefined` if there are none
 * @throws OptionError if a service has none, or those of a service that is off
 */
export function passedSockets(given: ServeGiven, { service }: Io): PassedSockets | undefined {
  const passed = passedDescriptors(service);
  if (passed.length === 0) return undefined;
  const fds = passed.filter(({ name }) => name !== STAMP_NAME).map(({ fd }) => fd);
  const stampFds = passed.filter(({ name }) => name === STAMP_NAME).map(({ fd }) => fd);
  if (fds.length === 0) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'LISTEN_FDNAMES',
      rule: `a list with a name other than ${STAMP_NAME}, for the echo`,
      value: service.listenFdNames,
    });
  }
  const wantsStamp = isStampGiven(given);
  if (wantsStamp !== stampFds.length > 0) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: sourceOf('stamp', given),
      rule: `given together with a passed socket named ${STAMP_NAME}, or neither`,
      remedy: wantsStamp
        ? `name one with FileDescriptorName=${STAMP_NAME} in its socket unit`
        : 'add --stamp to the command',
    });
  }
  return { fds, stampFds };
}

/** STAMP is enabled if any of its flags is given. */
export function isStampGiven({ values }: ServeGiven): boolean {
  const { keyFile, stamp } = values;
  const isNestedGiven = Object.keys(values).some((name) => name.startsWith(STAMP_PREFIX));
  return stamp !== undefined || keyFile !== undefined || isNestedGiven;
}

/** Leaves out of options what passed sockets have settled. */
export function withoutPlace<Options extends object>(
  options: Options,
): Omit<Options, (typeof PLACE_FLAGS)[number]> {
  const left = { ...options } as Record<string, unknown>;
  for (const name of PLACE_FLAGS) Reflect.deleteProperty(left, name);
  return left as Omit<Options, (typeof PLACE_FLAGS)[number]>;
}

/** Tells that the sockets are used, and which flags are not. */
export function tellPassed({ fds, stampFds }: PassedSockets, given: ServeGiven, io: Io): void {
  const { values } = given;
  const idle = PLACE_FLAGS.filter((name) => values[name] !== undefined).map((name) =>
    sourceOf(name, given),
  );
  if (typeof values.stamp === 'object') idle.push(`the port of ${sourceOf('stamp', given)}`);
  const sockets = countOf(fds.length + stampFds.length, 'socket');
  const unused = idle.length === 0 ? '' : `; not used: ${idle.join(', ')}`;
  io.stderr.narrate(`echogram: answering on ${sockets} of the service manager${unused}`);
}
