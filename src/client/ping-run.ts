// SPDX-License-Identifier: MIT
// Public: a measurement as one object: a promise of its result, its records one by one, its events, and its end.

import { EventEmitter } from 'node:events';
import { publish } from '../diagnostics.ts';
import { callListeners } from '../listeners.ts';
import type { PingTarget } from './ping-options.ts';
import type { InterimResult } from './session/interim-result.ts';
import { RecordStream } from './record-stream.ts';
import type { ProbeRecord, RecordListener } from './session/probe-record.ts';
import type { SessionResult, SessionStart } from './session/session-result.ts';

/** What measures. */
export type Measure = (run: {
  /** Aborted where the reader of the records wants no more. */
  readonly signal: AbortSignal;
  /** To be asked for when the measurement begins: `undefined` where nobody wants records. */
  readonly listener: () => RecordListener | undefined;
  /** To be called once the sockets are open, and before the first probe leaves. */
  readonly started: (target: PingTarget, start: SessionStart) => void;
  /** To be called while interim numbers can be asked for. */
  readonly answering: (ask: () => Promise<InterimResult | null>) => Disposable;
}) => Promise<SessionResult>;

/** Events of a `PingRun`, and what each gives its listeners. */
export interface PingRunEvents {
  /** The sockets are open, and the first probe has not left: the target and the settings. */
  start: [target: PingTarget, start: SessionStart];
  /** The fate of a probe, as it becomes known. A listener must not take long. */
  record: [record: ProbeRecord];
  /** The measurement is over: its result. */
  end: [result: SessionResult];
  /** It failed. Without a listener it is not emitted: awaiting the run tells it in any case. */
  error: [error: unknown];
}

/** What `echogram:run:started` of node:diagnostics_channel gets (docs/diagnostics.md). */
export interface RunStartedMessage {
  readonly run: PingRun;
  readonly target: PingTarget;
  readonly start: SessionStart;
}

/** What `echogram:run:ended` of node:diagnostics_channel gets (docs/diagnostics.md). */
export type RunEndedMessage =
  | { readonly run: PingRun; readonly result: SessionResult }
  | { readonly run: PingRun; readonly error: unknown };

/**
 * A measurement that runs, from `ping` to its end. Await it for its result; iterate over it for its records, or
 * listen for them.
 *
 * Records are kept from the first one on, 65,536 of them, for the first iterator or listener, whenever that comes;
 * a reader who falls behind by more gets an `omitted` record with the number of those left out. A second
 * one gets those from its own start on. Where the result is awaited before the measurement begins and
 * nobody has asked for records, none are made, as they cost as much as the probes.
 *
 * Whoever leaves the loop early, by `break`, `return` or an exception, stops the measurement: it sends no
 * more, waits for what is on its way, and `endedBy` is `ABORTED`. A failure ends the loop with its error.
 * What a listener throws is an uncaught exception, and does not disturb the measurement.
 */
export class PingRun
  extends EventEmitter<PingRunEvents>
  implements Promise<SessionResult>, AsyncIterable<ProbeRecord>
{
  readonly [Symbol.toStringTag] = 'PingRun';
  readonly #stop = new AbortController();
  readonly #result: Promise<SessionResult>;
  readonly #streams: RecordStream[] = [];
  /** For the first reader; `undefined` once it has come, or where none is waited for. */
  #kept: RecordStream | undefined = new RecordStream();
  #isAwaited = false;
  #ask: (() => Promise<InterimResult | null>) | undefined;

  private constructor(measure: Measure) {
    super();
    (this as EventEmitter).on('newListener', (event) => {
      // It is added only after this event.
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
    // One that listens for one record alone gets the first, and ends the keeping.
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
    // Told, so that it is no unhandled rejection where nobody awaits the run.
    this.#result.catch(() => undefined);
    callListeners(() => this.emit('error', error));
  }
}
