// SPDX-License-Identifier: MIT
// Starts finding the targets of all sources of a configuration, and the addresses of their names.

import type { TargetsPart } from '../watch-parts.ts';
import { LiveTargets, type TargetsOptions } from './live-targets.ts';

/**
 * Opens the sources of a configuration. It calls `onMembers` before it resolves, with the addresses that name servers
 * returned within a second. Names that can't be resolved and sources that can't be read are events, not errors.
 *
 * @throws OptionError for a configuration with errors
 */
export async function openTargets(options: TargetsOptions): Promise<TargetsPart> {
  const targets = new LiveTargets(options);
  await targets.reload(options.config);
  return targets;
}
