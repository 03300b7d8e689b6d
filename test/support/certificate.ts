/**
 * A certificate for this machine, made on the spot, for tests of TLS.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly key: string;
  /** Its own authority as well. */
  readonly cert: string;
}

/** Why tests with TLS are skipped here; undefined when they run. */
export function whyNoCertificate(): string | undefined {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch (error) {
    if (process.env.REQUIRE_SERVICES === '1') {
      throw error;
    }
    return 'openssl is not installed';
  }
}

/** Valid for a day, for `localhost` and 127.0.0.1. */
export function makeCertificate(kind: 'ec' | 'rsa' = 'ec'): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', kind, '-pkeyopt'],
        ...[kind === 'ec' ? 'ec_paramgen_curve:prime256v1' : 'rsa_keygen_bits:2048', '-nodes'],
        ...['-days', '1', '-subj', '/CN=localhost', '-keyout', key, '-out', cert],
        ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ],
      { stdio: 'ignore' },
    );
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
