// What programs say on standard error, for people.

/** The warnings that depend on the machine's net.core.rmem_max and wmem_max, and on nothing that a test does. */
const BUFFER_WARNING = /^echogram: warning: the (?:receive|send) buffer is .*\n/gm;

/** Standard error without the warnings that a machine with small buffers adds. */
export function messagesOf(stderr: string): string {
  return stderr.replace(BUFFER_WARNING, '');
}

/** A server's summary on standard error where it answered everything. */
export function summaryOf(datagrams: number, bytes: number): string {
  const noun = datagrams === 1 ? 'datagram' : 'datagrams';
  return `echogram: received ${datagrams} ${noun} (${bytes} bytes): ${datagrams} answered, 0 refused, 0 not sent\n`;
}
