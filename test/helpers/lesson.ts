// The lesson's two transcripts, as its text prints them, and how to compare a real one with them.

/** The lesson's message. */
export const MESSAGE = 'This is the message.  It will be repeated.';

/** What the lesson's server prints; its port is 10000 and its client's 50139. */
export const SERVER_TRANSCRIPT = `\
starting up on localhost port 10000

waiting to receive message
received 42 bytes from ('127.0.0.1', 50139)
This is the message.  It will be repeated.
sent 42 bytes back to ('127.0.0.1', 50139)

waiting to receive message
`;

/** What the lesson's client prints. */
export const CLIENT_TRANSCRIPT = `\
sending "This is the message.  It will be repeated."
waiting to receive
received "This is the message.  It will be repeated."
closing socket
`;

/** The end of the server's transcript: a test waits for it before it looks at the whole. */
export const ANSWERED = /sent 42 bytes back to .*\n\nwaiting to receive message\n$/;

/** Imported first, it lets the lesson's client wait longer than its second: this machine may stall for that. */
export const PATIENT = `data:text/javascript,${encodeURIComponent(`
  const { setTimeout } = globalThis;
  const { timeout } = AbortSignal;
  const patient = (ms) => (ms === 1000 ? 20_000 : ms);
  globalThis.setTimeout = (callback, ms) => setTimeout(callback, patient(ms));
  AbortSignal.timeout = (ms) => timeout.call(AbortSignal, patient(ms));
`)}`;

/** A server's output with the lesson's ports and address instead of its own. */
export function asInTheLesson(stdout: string): string {
  const [, clientPort = 'no client port'] = /from \('[^']+', (\d+)\)/.exec(stdout) ?? [];
  return (
    stdout
      .replace(/localhost port \d+\n/, 'localhost port 10000\n')
      .replaceAll(`, ${clientPort})`, ', 50139)')
      // Where localhost is ::1 first, a client asks that.
      .replaceAll("('::1', ", "('127.0.0.1', ")
  );
}

/** What one of the demo's two programs printed, without its label. */
export function transcriptOf(who: 'server' | 'client', stdout: string): string {
  const label = `${who} |`;
  return stdout
    .split('\n')
    .filter((line) => line.startsWith(label))
    .map((line) => `${line.slice(label.length).replace(/^ /, '')}\n`)
    .join('');
}
