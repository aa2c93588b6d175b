// Both engines, for what must hold on either.

import { needsLinuxEngine, type Skip } from './skips.ts';

export const ENGINES: readonly { readonly engine: 'linux' | 'portable'; readonly skip: Skip }[] = [
  { engine: 'portable', skip: false },
  { engine: 'linux', skip: needsLinuxEngine() },
];
