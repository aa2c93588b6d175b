// What programs say on standard error, for people.

/** The warnings that depend on the machine's net.core.rmem_max and wmem_max, and on nothing that a test does. */
const BUFFER_WARNING = /^echogram: warning: the (?:receive|send) buffer is .*\n/gm;

/** What a server on loopback says first to who reads its transcript. */
export const REACH_HINT =
  'echogram: answers this host only; --host 0.0.0.0 (or ::) answers others too\n';

/** Standard error without the hint of a server on loopback, and the warnings that a machine with small buffers adds. */
export function messagesOf(stderr: string): string {
  return stderr.replace(REACH_HINT, '').replace(BUFFER_WARNING, '');
}

/** A server's summary on standard error where it answered everything. */
export function summaryOf(datagrams: number, bytes: number): string {
  const noun = datagrams === 1 ? 'datagram' : 'datagrams';
  const [count, sum] = [datagrams, bytes].map((amount) => amount.toLocaleString('en-US'));
  return `echogram: received ${count} ${noun} (${sum} bytes): ${count} answered, 0 refused, 0 not sent\n`;
}
