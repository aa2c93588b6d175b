// SPDX-License-Identifier: MIT
// The alert of one rule for one target, as the page, the metrics and the notifiers show it.

export interface AlertState {
  /** Name of the rule. */
  readonly rule: string;
  /** Of the target. */
  readonly key: string;
  /** `pending`: its condition holds, but not yet for as long as the rule requires. */
  readonly state: 'pending' | 'firing';
  /** When it entered this state, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** The condition as the rule writes it, and what was measured last, in one line for people. */
  readonly words: string;
  /** Of the rule. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The outcomes of notifications to one receiver since the watch started. */
export interface NotifierStatus {
  readonly kind: 'alertmanager' | 'webhook';
  /** Its URL without user, password and query. */
  readonly url: string;
  readonly sent: number;
  /** Attempts that failed; each is tried again. */
  readonly failures: number;
  readonly lastError: string | null;
}

/** What the rest of the program sees of alerts. */
export interface AlertsView {
  /** The states of all alerts that are not quiet. */
  readonly states: readonly AlertState[];
  /** Names of all rules. */
  readonly rules: readonly string[];
  readonly notifiers: readonly NotifierStatus[];
}
