// SPDX-License-Identifier: MIT
// echogram watch: probes many targets, shows them, and remembers, until it is stopped.

import { once } from 'node:events';
import { unlessAborted } from '../../abort.ts';
import { createError, EchogramError } from '../../errors.ts';
import { escapeText } from '../../printable.ts';
import { countOf } from '../../quantities.ts';
import { overviewLine, watchSummary } from '../../report/watch-text.ts';
import { wrapWords } from '../../report/wrap-words.ts';
import { configOfTargets } from '../../watch/config/config-of-targets.ts';
import { ConfigFile } from '../../watch/config/config-file.ts';
import type { WatchConfig } from '../../watch/config/watch-config.ts';
import type { Watch } from '../../watch/running-watch.ts';
import { watch as startWatch } from '../../watch/watch.ts';
import { asGiven, sourceOf } from '../given-options.ts';
import type { WatchGiven } from '../flags/watch.ts';
import { EXIT_FAILED, EXIT_OK, type Io } from '../io.ts';
import { openServiceNotifier } from '../service-notices.ts';
import { keepLog } from '../service-output.ts';
import { openListeners, type WatchListeners } from '../watch-listeners.ts';
import { WatchNotices } from '../watch-notices.ts';
import {
  jsonNarrator,
  lineNarrator,
  quietNarrator,
  tableNarrator,
  type WatchNarrator,
} from '../watch-narrators.ts';

export async function runWatch(
  words: readonly string[],
  given: WatchGiven,
  io: Io,
): Promise<number> {
  try {
    using file = configFile(words, given);
    const read = file === undefined ? undefined : await unlessAborted(file.read(), io.stop);
    const config = read ?? configOfWords(words, given);
    if (given.values.check === true) return await tellPlan(config, io);
    return await watchUntilStopped({ config, file }, given, io);
  } catch (error) {
    if (error !== io.stop.reason) throw asGiven(error, given);
    io.stderr.data('echogram: stopped before the first probe');
    return EXIT_OK;
  }
}

function configFile(words: readonly string[], given: WatchGiven): ConfigFile | undefined {
  const { config: path } = given.values;
  if (path === undefined) return undefined;
  if (words.length === 0) return new ConfigFile(path);
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: sourceOf('config', given),
    rule: 'given without targets on the command line',
    value: words.join(' '),
    remedy: 'put them into the file, under targets',
  });
}

function configOfWords(words: readonly string[], given: WatchGiven): WatchConfig {
  if (words.length === 0) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'the targets',
      rule: 'given as HOST[:PORT], one or more, or by --config',
    });
  }
  const { history } = given.values;
  const config = configOfTargets(words, probeFlags(given));
  return history === undefined ? config : { ...config, history: { path: history } };
}

function probeFlags({ values }: WatchGiven): Parameters<typeof configOfTargets>[1] {
  const { protocol, intervalMs, timeoutMs, payloadBytes, dscp, flows, keyFile, family } = values;
  const names = { 4: 'ipv4', 6: 'ipv6' } as const;
  return {
    protocol,
    intervalMs,
    timeoutMs,
    payloadBytes,
    dscp,
    flows,
    keyFile,
    family: family === undefined ? undefined : names[family],
  };
}

async function tellPlan(config: WatchConfig, io: Io): Promise<number> {
  const { describeConfig } = await import('../../watch/config/describe-config.ts');
  io.stdout.data(describeConfig(config));
  return EXIT_OK;
}

interface Configured {
  readonly config: WatchConfig;
  /** None if the targets are on the command line. */
  readonly file: ConfigFile | undefined;
}

async function watchUntilStopped(
  { config, file }: Configured,
  given: WatchGiven,
  io: Io,
): Promise<number> {
  using _early = io.questions.answerWith(() => {
    io.stderr.narrate('echogram: no probe was sent yet');
  });
  const reload = new Reloading(file);
  // Opened first: if the page can't be served, nothing is probed.
  await using notifier = await openServiceNotifier(io, given.values.engine !== 'portable');
  await using listeners = await openListeners(given, reload.ask, io);
  const nodeName = given.values.identity?.name;
  const watch = await startWatch({
    ...config,
    ...(nodeName === undefined ? {} : { nodeName }),
    engine: given.values.engine ?? 'auto',
    signal: io.stop,
  });
  await using _running = watch;
  reload.watch = watch;
  reload.listeners = listeners;
  listeners.publish(watch);
  keepLog(io, 'the watch goes on');
  tellStart(watch, listeners, io);
  using narrator = await narratorFor(watch, given, io);
  using _questions = io.questions.answerWith(() => {
    narrator.tell(`echogram: so far ${overviewLine(watch.board.statuses, Date.now())}`);
  });
  using _hangups = io.hangups.answerWith(reload.follow(narrator));
  using notices = new WatchNotices(watch, notifier);
  reload.notices = notices;
  watch.on('warning', (message) => {
    narrator.tell(`echogram: warning: ${message}`);
  });
  return await end(watch, { narrator, notices }, given, io);
}

/** Waits until the watch is told to stop, or its prober fails, and prints the summary. */
async function end(
  watch: Watch,
  { narrator, notices }: { narrator: WatchNarrator; notices: WatchNotices },
  given: WatchGiven,
  io: Io,
): Promise<number> {
  const failure = await Promise.race([stopRequest(io), failureOf(watch)]);
  narrator.stopping();
  notices.stopping();
  const summary = await watch.stop();
  narrator.ended(summary);
  if (given.values.json !== true) {
    const columns = io.stdout.columnsNow();
    io.stdout.data(...watchSummary(summary).flatMap((line) => wrapWords(line, columns)));
  }
  if (failure === undefined) return EXIT_OK;
  io.stderr.data(`echogram: ${failure.message}`);
  return EXIT_FAILED;
}

async function failureOf(watch: Watch): Promise<Error | undefined> {
  try {
    await watch.closed;
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** A watch ends with its terminal, where nobody could stop it any more; the end of a pipe's reader does not stop it. */
async function stopRequest({ stop, stdout, terminal }: Io): Promise<undefined> {
  const ends = [stop, ...(terminal === undefined ? [] : [stdout.broken])];
  const end = AbortSignal.any(ends);
  if (!end.aborted) await once(end, 'abort');
  return undefined;
}

async function narratorFor(watch: Watch, { values }: WatchGiven, io: Io): Promise<WatchNarrator> {
  if (values.json === true) return jsonNarrator(watch, io);
  if (values.quiet === true) return quietNarrator(io);
  if (io.terminal === undefined || values.plain === true) return lineNarrator(watch, io);
  return await tableNarrator(watch, io, io.terminal);
}

/** Prints to standard error where to look, and what is watched. */
function tellStart(watch: Watch, listeners: WatchListeners, { stderr }: Io): void {
  const { targets, engineReason, history } = watch;
  for (const line of listeners.lines) stderr.data(`echogram: ${line}`);
  stderr.data(
    `echogram: watching ${countOf(targets.length, 'target')}; ${historyWords(history.status)}`,
  );
  if (engineReason !== null) {
    stderr.data(
      `echogram: using the portable engine because the linux engine can't run: ${engineReason}`,
    );
  }
}

function historyWords({ kind, path, reason }: Watch['history']['status']): string {
  if (kind === 'sqlite') return `history in ${escapeText(path!)}`;
  if (reason !== null) return reason;
  return 'history in memory alone (--history FILE keeps it)';
}

/** Reads the file of --config again: after a change, on SIGHUP, and on POST /-/reload. */
class Reloading {
  watch: Watch | undefined;
  listeners: WatchListeners | undefined;
  notices: WatchNotices | undefined;
  readonly #file: ConfigFile | undefined;

  constructor(file: ConfigFile | undefined) {
    this.#file = file;
  }

  readonly ask = async (): Promise<void> => {
    if (this.#file === undefined) return;
    const outcomes = await this.#take(this.#file.read());
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  };

  /** @returns the effect of SIGHUP; `undefined` without a file, where it stops the watch like other commands */
  follow(narrator: WatchNarrator): (() => void) | undefined {
    const file = this.#file;
    if (file === undefined) return undefined;
    const reload = (config: Promise<WatchConfig>): void => {
      void this.#reload(config, narrator);
    };
    file.follow(reload);
    return () => {
      reload(file.read());
    };
  }

  /** Each of the two files is taken or refused as a whole. */
  async #take(config: Promise<WatchConfig>): Promise<readonly [watch: Outcome, web: Outcome]> {
    this.notices?.reloading();
    const [watch, web] = await Promise.allSettled([
      Promise.resolve(this.watch?.reload(config)),
      Promise.resolve(this.listeners?.renew()),
    ]);
    this.notices?.reloaded(watch.status === 'rejected' ? outcomeWords(CONFIG, watch) : undefined);
    return [watch, web];
  }

  async #reload(config: Promise<WatchConfig>, narrator: WatchNarrator): Promise<void> {
    const [watch, web] = await this.#take(config);
    if (!narrator.showsEvents) narrator.tell(`echogram: ${outcomeWords(CONFIG, watch)}`);
    if (web.status === 'fulfilled') return;
    narrator.tell(`echogram: ${outcomeWords('the web configuration', web)}`);
  }
}

type Outcome = PromiseSettledResult<unknown>;

const CONFIG = 'the configuration';

function outcomeWords(what: string, outcome: Outcome): string {
  if (outcome.status === 'fulfilled') return `${what} was replaced`;
  const error: unknown = outcome.reason;
  const message = EchogramError.is(error) ? error.message : escapeText(String(error));
  return `${what} stays as it was: ${message}`;
}
