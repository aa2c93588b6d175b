// Every state that a measurement may end in, as a page shows it: what large type, colour and legend must say.

import { ANSWERED_PAGE_STATES } from './answered-page-states.ts';
import type { PageState } from './page-state.ts';
import { UNANSWERED_PAGE_STATES } from './unanswered-page-states.ts';

export const PAGE_STATES: readonly PageState[] = [
  ...ANSWERED_PAGE_STATES,
  ...UNANSWERED_PAGE_STATES,
];
