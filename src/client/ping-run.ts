// SPDX-License-Identifier: MIT
// A measurement as one object: a promise of its result, its records one by one, and its end.

import type { InterimResult } from './session/interim-result.ts';
import { RecordStream } from './record-stream.ts';
import type { ProbeRecord, RecordListener } from './session/probe-record.ts';
import type { SessionResult } from './session/session-result.ts';

/** What measures. */
export type Measure = (run: {
  /** Aborted where the reader of the records wants no more. */
  readonly signal: AbortSignal;
  /** To be asked for when the measurement begins: `undefined` where nobody wants records. */
  readonly listener: () => RecordListener | undefined;
  /** To be called while interim numbers can be asked for. */
  readonly answering: (ask: () => Promise<InterimResult | null>) => Disposable;
}) => Promise<SessionResult>;

/**
 * A measurement that runs. Await it for its result; iterate over it for its records.
 *
 * Records are kept from the first one on, 65,536 of them, for the first iterator, whenever that comes; a
 * reader who falls behind by more gets an `omitted` record with the number of those left out. A second
 * iterator gets those from its own start on. Where the result is awaited before the measurement begins and
 * nobody has asked for records, none are made, as they cost as much as the probes.
 *
 * Whoever leaves the loop early, by `break`, `return` or an exception, stops the measurement: it sends no
 * more, waits for what is on its way, and `endedBy` is `ABORTED`. A failure ends the loop with its error.
 */
export class PingRun implements Promise<SessionResult>, AsyncIterable<ProbeRecord> {
  readonly [Symbol.toStringTag] = 'PingRun';
  readonly #stop = new AbortController();
  readonly #result: Promise<SessionResult>;
  readonly #streams: RecordStream[] = [];
  /** For the first iterator; `undefined` once it has come, or where none is waited for. */
  #kept: RecordStream | undefined = new RecordStream();
  #isAwaited = false;
  #ask: (() => Promise<InterimResult | null>) | undefined;

  /** @internal */
  constructor(measure: Measure) {
    this.#result = measure({
      signal: this.#stop.signal,
      listener: () => this.#listener(),
      answering: (ask) => {
        this.#ask = ask;
        return { [Symbol.dispose]: () => (this.#ask = undefined) };
      },
    });
  }

  /**
   * What is known so far, while the measurement goes on; `null` before its first probe, and once it is over.
   * It never rejects.
   */
  async interim(): Promise<InterimResult | null> {
    return (await this.#ask?.()) ?? null;
  }

  then<Result = SessionResult, Failure = never>(
    onResult?: ((result: SessionResult) => Result | PromiseLike<Result>) | null,
    onFailure?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    this.#isAwaited = true;
    return this.#result.then(onResult, onFailure);
  }

  catch<Failure = never>(
    onFailure?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<SessionResult | Failure> {
    return this.then(null, onFailure);
  }

  finally(onEnd?: (() => void) | null): Promise<SessionResult> {
    this.#isAwaited = true;
    return this.#result.finally(onEnd);
  }

  [Symbol.asyncIterator](): AsyncIterator<ProbeRecord, undefined> {
    const stream = this.#kept ?? new RecordStream();
    this.#kept = undefined;
    this.#streams.push(stream);
    stream.onReturn = () => {
      this.#stop.abort(new Error('the reader of the records wants no more'));
    };
    this.#result.then(
      () => {
        stream.end();
      },
      (error: unknown) => {
        stream.fail(error);
      },
    );
    return stream;
  }

  #listener(): RecordListener | undefined {
    if (this.#streams.length === 0) {
      if (this.#isAwaited) this.#kept = undefined;
      if (this.#kept === undefined) return undefined;
    }
    return (record) => {
      this.#kept?.push(record);
      for (const stream of this.#streams) stream.push(record);
    };
  }
}
