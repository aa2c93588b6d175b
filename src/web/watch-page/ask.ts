// SPDX-License-Identifier: MIT
// Asks the watch for data. Paths are relative, so that the pages work behind any prefix.

export const API = 'api/v1/';

/** What a request is given up after: the watch answers in a fraction of it, or not at all. */
const PATIENCE_MS = 15_000;

export type Query = Readonly<Record<string, string | number | readonly string[]>>;

/** A refusal in the watch's words, or no answer. */
export class AskError extends Error {
  /** 0 if no answer came. */
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/**
 * @param signal  gives it up early
 * @throws AskError
 */
export async function ask<Answer>(
  path: string,
  query: Query = {},
  signal?: AbortSignal,
): Promise<Answer> {
  const patience = new AbortController();
  const giveUp = (): void => {
    patience.abort();
  };
  const timer = setTimeout(giveUp, PATIENCE_MS);
  signal?.addEventListener('abort', giveUp);
  try {
    const response = await fetch(`${API}${path}${searchOf(query)}`, { signal: patience.signal });
    if (response.ok) return (await response.json()) as Answer;
    throw new AskError(response.status, (await response.text()).trim());
  } catch (error) {
    if (error instanceof AskError) throw error;
    throw new AskError(0, 'the watch does not answer', error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** A query for the watch, with the token that the page was opened with. */
export function searchOf(query: Query): string {
  const search = new URLSearchParams();
  const token = new URLSearchParams(location.search).get('token');
  if (token !== null) search.set('token', token);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) search.append(name, String(one));
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}
