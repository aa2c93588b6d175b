// SPDX-License-Identifier: MIT
// What a path shows.

export interface View {
  readonly node: HTMLElement;
  /** After a change of colours or of width. */
  redraw(): void;
  /** The address has changed: true if the same view shows what it says now. */
  relocate?(): boolean;
  /** It is shown no more. */
  close(): void;
}
