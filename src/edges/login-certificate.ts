/**
 * The certificate with which the app logs in to Microsoft: its private key and itself, in PEM form.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { pemOf } from './dkim-key.ts';

export function loginCertificate(text: string) {
  const pem = pemOf(text);
  const certificate = new X509Certificate(pem);
  return {
    thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''),
    privateKey: createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString(),
    x5c: certificate.toString(),
  };
}

/** What is wrong with the form of a certificate, without showing it. */
export function faultOfCertificate(text: string): string | undefined {
  try {
    const pem = pemOf(text);
    const key = createPrivateKey(pem);
    // RFC 7518 §3.5: the login is signed with PS256.
    if (key.asymmetricKeyType !== 'rsa') return 'what it names holds no RSA key, expected one';
    return new X509Certificate(pem).checkPrivateKey(key)
      ? undefined
      : 'what it names holds a private key and a certificate that do not belong together';
  } catch {
    return 'what it names is not a private key and a certificate in PEM form, one behind the other, without a passphrase';
  }
}
