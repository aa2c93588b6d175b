// SPDX-License-Identifier: MIT
// Public: a measurement as one object. It is a promise of its result, iterates over its records, and emits events.

import { EventEmitter } from 'node:events';
import { publish } from '../diagnostics.ts';
import { callListeners } from '../listeners.ts';
import type { PingTarget } from './ping-options.ts';
import type { InterimResult } from './session/interim-result.ts';
import { RecordStream } from './record-stream.ts';
import type { ProbeRecord, RecordListener } from './session/probe-record.ts';
import type { SessionResult, SessionStart } from './session/session-result.ts';

/** Runs a measurement. */
export type Measure = (run: {
  /** Aborted when the reader of the records wants no more. */
  readonly signal: AbortSignal;
  /** Call it when the measurement begins: `undefined` if nobody wants records. */
  readonly listener: () => RecordListener | undefined;
  /** Call it once the sockets are open, before the first probe leaves. */
  readonly started: (target: PingTarget, start: SessionStart) => void;
  /** Call it when interim numbers become available, and dispose of the result when they no longer are. */
  readonly answering: (ask: () => Promise<InterimResult | null>) => Disposable;
}) => Promise<SessionResult>;

/** Events of a `PingRun`, and what each passes to its listeners. */
export interface PingRunEvents {
  /** The sockets are open, and no probe has left yet: the target and the settings. */
  start: [target: PingTarget, start: SessionStart];
  /** What happened to a probe, as soon as it is known. A listener must be quick. */
  record: [record: ProbeRecord];
  /** The measurement is over: its result. */
  end: [result: SessionResult];
  /** The measurement failed. Not emitted without a listener; awaiting the run rejects in any case. */
  error: [error: unknown];
}

/** The message of `echogram:run:started` of node:diagnostics_channel (docs/diagnostics.md). */
export interface RunStartedMessage {
  readonly run: PingRun;
  readonly target: PingTarget;
  readonly start: SessionStart;
}

/** The message of `echogram:run:ended` of node:diagnostics_channel (docs/diagnostics.md). */
export type RunEndedMessage =
  | { readonly run: PingRun; readonly result: SessionResult }
  | { readonly run: PingRun; readonly error: unknown };

/**
 * A measurement started by `ping`. Await it for its result; iterate over it, or listen, for its records.
 *
 * Up to 65,536 records are kept from the first one on for the first iterator or listener, even if it comes late. A
 * reader that falls behind by more gets an `omitted` record with the number of records left out. A second reader gets
 * the records from its own start on. If the result is awaited before the measurement begins and there is no reader, no
 * records are made, because they cost as much as the probes.
 *
 * Leaving the loop early, by `break`, `return` or an exception, stops the measurement: it sends no more probes, waits
 * for outstanding replies, and `endedBy` is `ABORTED`. A failure ends the loop with its error. An error thrown by a
 * listener is an uncaught exception and does not affect the measurement.
 */
export class PingRun
  extends EventEmitter<PingRunEvents>
  implements Promise<SessionResult>, AsyncIterable<ProbeRecord>
{
  readonly [Symbol.toStringTag] = 'PingRun';
  readonly #stop = new AbortController();
  readonly #result: Promise<SessionResult>;
  readonly #streams: RecordStream[] = [];
  /** Records for the first reader; `undefined` once there is one, or if none is expected. */
  #kept: RecordStream | undefined = new RecordStream();
  #isAwaited = false;
  #ask: (() => Promise<InterimResult | null>) | undefined;

  private constructor(measure: Measure) {
    super();
    (this as EventEmitter).on('newListener', (event) => {
      // The listener is added only after this event.
      if (event === 'record') queueMicrotask(this.#giveKept);
    });
    const measured = measure({
      signal: this.#stop.signal,
      listener: () => this.#listener(),
      started: (target, start) => {
        publish('runStarted', (): RunStartedMessage => ({ run: this, target, start }));
        callListeners(() => this.emit('start', target, start));
      },
      answering: (ask) => {
        this.#ask = ask;
        return { [Symbol.dispose]: () => (this.#ask = undefined) };
      },
    });
    this.#result = measured.then(
      (result) => {
        publish('runEnded', (): RunEndedMessage => ({ run: this, result }));
        callListeners(() => this.emit('end', result));
        return result;
      },
      (error: unknown) => {
        publish('runEnded', (): RunEndedMessage => ({ run: this, error }));
        this.#tellFailure(error);
        throw error;
      },
    );
  }

  /** @internal */
  static begin(measure: Measure): PingRun {
    return new PingRun(measure);
  }

  /**
   * The interim result of a running measurement; `null` before its first probe and after its end. It never rejects.
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
    const isHeard = this.#streams.length > 0 || this.listenerCount('record') > 0;
    if (!isHeard && this.#isAwaited) this.#kept = undefined;
    if (!isHeard && this.#kept === undefined) return undefined;
    return (record) => {
      this.#kept?.push(record);
      for (const stream of this.#streams) stream.push(record);
      if (this.#kept === undefined) this.#give(record);
    };
  }

  readonly #giveKept = (): void => {
    // A `once` listener gets the first record, and ends the buffering.
    const kept = this.listenerCount('record') === 0 ? undefined : this.#kept;
    if (kept === undefined) return;
    this.#kept = undefined;
    for (const record of kept.take()) this.#give(record);
  };

  #give(record: ProbeRecord): void {
    callListeners(() => this.emit('record', record));
  }

  #tellFailure(error: unknown): void {
    if (this.listenerCount('error') === 0) return;
    // Handled here, so that it is not an unhandled rejection if nobody awaits the run.
    this.#result.catch(() => undefined);
    callListeners(() => this.emit('error', error));
  }
}
