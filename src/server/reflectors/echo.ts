// SPDX-License-Identifier: MIT
// The echo: a reply is its request (RFC 862).

import type { Reflector } from './reflector.ts';

export const ECHO: Reflector = { reflect: () => undefined };
