// Certificates for a test, by openssl.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An authority `ca`, the certificates of a `server` at 127.0.0.1 and of a `client`, and that of an `other`, which nobody
 * vouches for: `NAME.crt` and `NAME.key`.
 */
export function makeCertificates(folder: string): void {
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.crt');
  for (const name of ['server', 'client', 'other']) {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.csr`];
    openssl('req', ...key.slice(0, -2), '-subj', `/CN=${name}`, ...files);
    if (name === 'other') continue;
    writeFileSync(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
    const from = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...from,
      '-extfile',
      'san',
      '-out',
      `${name}.crt`,
    );
  }
  openssl(
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=other',
    '-keyout',
    'other.key',
    '-out',
    'other.crt',
  );
}
