/**
 * A mail that tries to act in whatever shows it: in every field that a screen may show.
 */
import { xssVectors } from './xss-vectors.ts';

/** Calls what a test looks for, besides what the vectors do. */
const mark = '"><img src=x onerror="window.wasHere=1"><script>window.wasHere=1</script>';

function encoded(text: string): string {
  return `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}

/** Each number has other vectors in its fields, all of them have all in their HTML. */
export function hostileMail(number: number): Buffer {
  const vector = (index: number): string =>
    `${xssVectors[(number * 11 + index) % xssVectors.length] ?? ''}${mark}`;
  return Buffer.from(
    [
      `Authentication-Results: mx.partner.example; dmarc=pass header.from=hostile.example; ${mark}`,
      `From: ${encoded(vector(0))} <"${number}<script>"@hostile.example>, ${encoded(vector(1))} <anna${number}@hostile.example>`,
      `Reply-To: ${encoded(vector(2))} <reply@hostile.example>`,
      'To: support@partner.example',
      `Subject: ${encoded(`Fwd: You’re about to lose access to your Office 365 Subscription ${vector(3)}`)}`,
      `Message-ID: <${number}"onmouseover=alert(1)<script>alert(1)</script>@hostile.example>`,
      'Date: Mon, 23 Nov 2026 11:59:00 +0000',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: multipart/alternative; boundary=a',
      '',
      '--a',
      'Content-Type: text/plain; charset=utf-8',
      '',
      text(vector),
      '--a',
      'Content-Type: text/html; charset=utf-8',
      '',
      `<html><body>${xssVectors.join('\n')}${mark}<pre>${text(vector)}</pre></body></html>`,
      '--a--',
      '--b',
      `Content-Type: text/html; name="${encoded(vector(8))}"`,
      `Content-Disposition: attachment; filename="${encoded(vector(9))}"`,
      '',
      mark,
      '--b--',
      '',
    ].join('\r\n'),
  );
}

function text(vector: (index: number) => string): string {
  return [
    vector(4),
    '',
    '---------- Forwarded message ---------',
    `From: ${vector(5)} <microsoft-noreply@microsoft.com>`,
    'Date: Mon, Nov 23, 2026 at 8:00 AM',
    `Subject: You’re about to lose access to your Office 365 Subscription ${vector(6)}`,
    'To: <anna@hostile.example>',
    '',
    `Organization: ${vector(7)}`,
    'Domain: hostile.example',
    `Subscription name: ${vector(8)}`,
    'Expires on: December 1, 2026',
  ].join('\r\n');
}
