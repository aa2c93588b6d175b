// SPDX-License-Identifier: MIT
// TLS in front of a listener's connections.

import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';

/** What a client has to show, in the words of Prometheus' web configuration, which has them from Go. */
export const CLIENT_AUTH = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

export interface TlsSettings {
  /** Certificate and key, the authority of clients' certificates, the versions. */
  readonly context: SecureContextOptions;
  readonly clientAuth: (typeof CLIENT_AUTH)[number];
}

/**
 * Never listens: it is given sockets, and tells of each whose client may go on. The others are closed.
 *
 * @throws if the certificate or the key is none
 */
export function tlsFront(
  { context, clientAuth }: TlsSettings,
  onSecure: (stream: TLSSocket) => void,
): Server {
  const server = createServer({
    ...context,
    ALPNProtocols: ['http/1.1'],
    requestCert: clientAuth !== 'NoClientCert',
    rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
  });
  server.on('secureConnection', (stream) => {
    if (isGood(stream, clientAuth)) onSecure(stream);
    else stream.destroy();
  });
  // A client that speaks no TLS, or is refused: its socket is closed.
  server.on('tlsClientError', () => undefined);
  return server;
}

export function secure(front: Server, socket: Socket): void {
  front.emit('connection', socket);
}

function isGood(stream: TLSSocket, clientAuth: TlsSettings['clientAuth']): boolean {
  if (clientAuth === 'RequireAnyClientCert') return hasCertificate(stream);
  if (clientAuth !== 'VerifyClientCertIfGiven') return true;
  return stream.authorized || !hasCertificate(stream);
}

function hasCertificate(stream: TLSSocket): boolean {
  return Object.keys(stream.getPeerCertificate()).length > 0;
}
