// The lesson's two transcripts, as its text prints them, and how to compare a real one with them.

import assert from 'node:assert/strict';

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

/** Asserts that a server's output is the lesson's, its own port and its client's port aside. */
export function assertServerTranscript(stdout: string, port: number): void {
  const [, clientPort = 'no client port'] = /from \('[^']+', (\d+)\)/.exec(stdout) ?? [];
  const asInTheLesson = stdout
    .replace(`localhost port ${port}\n`, 'localhost port 10000\n')
    .replaceAll(`, ${clientPort})`, ', 50139)');
  assert.equal(asInTheLesson, SERVER_TRANSCRIPT);
}
