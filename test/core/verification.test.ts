/** What a verification of our own is worth: the host first, only aligned passes, and never a fail undone. */
import { describe, expect, test } from 'vitest';
import { authenticate } from '../../src/core/authenticate.ts';
import { parseMail } from '../../src/core/parse.ts';
import type { Verification, VerifiedSignature } from '../../src/core/verification.ts';
import {
  decideAtDesk,
  inlineBlock,
  mailText,
  noticeText,
  outcomeOf,
  passFor,
  title,
  unprovenForward,
} from '../support/sample-desk.ts';

const mx = 'mx.partner.example';
const from = 'From: Anna <anna@contoso.example>';
const byAnna = 'reply reply-instructions cancel-portal to anna.hoff@contoso.example';

const signature = (
  result: VerifiedSignature['result'],
  domain = 'contoso.example',
): VerifiedSignature => ({ result, domain, detail: 'as found' });

const found = (more: Partial<Verification> = {}): Verification => ({
  dkim: [],
  arc: { result: 'none', instance: 0, detail: 'no chain' },
  attached: [],
  ...more,
});

async function verdict(results: string | undefined, verification?: Verification) {
  const field = results === undefined ? [] : [`Authentication-Results: ${mx}; ${results}`];
  const mail = await parseMail(Buffer.from([...field, from, '', 'text'].join('\r\n')));
  const policy = { trustedAuthservIds: [mx], trustedArcSealers: [] };
  return authenticate(mail, policy, verification);
}

test.each<[string, Partial<Verification>, string, string | undefined]>([
  ['an aligned DKIM pass', { dkim: [signature('pass')] }, 'pass', 'dkim'],
  [
    'an aligned DKIM pass of a sub-domain',
    { dkim: [signature('pass', 'mail.contoso.example')] },
    'pass',
    'dkim',
  ],
  [
    'an aligned DKIM pass beside broken ones',
    { dkim: [signature('fail'), signature('permerror', 'x.example'), signature('pass')] },
    'pass',
    'dkim',
  ],
  [
    'an aligned DKIM pass beside an SPF fail',
    { dkim: [signature('pass')], spf: { result: 'fail', domain: 'contoso.example' } },
    'pass',
    'dkim',
  ],
  [
    'a DKIM pass of somebody else',
    { dkim: [signature('pass', 'evil.example')] },
    'none',
    undefined,
  ],
  [
    'a DKIM pass of a look-alike',
    { dkim: [signature('pass', 'contoso.example.evil.example')] },
    'none',
    undefined,
  ],
  ['an aligned signature that is broken', { dkim: [signature('fail')] }, 'none', undefined],
  [
    'an aligned signature that cannot be read',
    { dkim: [signature('permerror')] },
    'none',
    undefined,
  ],
  [
    'an aligned signature whose key could not be asked for',
    { dkim: [signature('temperror')] },
    'temperror',
    'dkim',
  ],
  [
    'one that is broken and one that could not be asked for',
    { dkim: [signature('fail'), signature('temperror')] },
    'temperror',
    'dkim',
  ],
  [
    'somebody else’s key that could not be asked for',
    { dkim: [signature('temperror', 'list.example')] },
    'none',
    undefined,
  ],
  ['an aligned SPF pass', { spf: { result: 'pass', domain: 'contoso.example' } }, 'pass', 'spf'],
  [
    'an aligned SPF pass beside a broken signature',
    { dkim: [signature('fail')], spf: { result: 'pass', domain: 'bounce.contoso.example' } },
    'pass',
    'spf',
  ],
  [
    'an SPF pass of SRS',
    { spf: { result: 'pass', domain: 'forwarder.example' } },
    'none',
    undefined,
  ],
  ['an aligned SPF fail', { spf: { result: 'fail', domain: 'contoso.example' } }, 'fail', 'spf'],
  [
    'an aligned SPF softfail',
    { spf: { result: 'softfail', domain: 'contoso.example' } },
    'softfail',
    'spf',
  ],
  [
    'an SPF fail of somebody else',
    { spf: { result: 'fail', domain: 'x.example' } },
    'none',
    undefined,
  ],
  [
    'aligned SPF neutral',
    { spf: { result: 'neutral', domain: 'contoso.example' } },
    'none',
    undefined,
  ],
  [
    'aligned SPF that could not be asked for',
    { spf: { result: 'temperror', domain: 'contoso.example' } },
    'temperror',
    'spf',
  ],
  ['nothing', {}, 'none', undefined],
])('without a word of the host: %s', async (_, more, result, by) => {
  const expected = { result, dkimAligned: by === 'dkim' && result === 'pass' };
  const { by: saidBy, ...rest } = await verdict(undefined, found(more));
  expect(rest).toMatchObject(expected);
  expect(saidBy).toBe(by);
});

describe('beside a word of the host', () => {
  const pass = found({ dkim: [signature('pass')] });
  test.each([
    [
      'its pass stands, on its word',
      passFor('contoso.example'),
      pass,
      'pass',
      'authentication-results',
    ],
    [
      'its pass stands against our broken signature',
      passFor('contoso.example'),
      found({ dkim: [signature('fail')], spf: { result: 'fail', domain: 'contoso.example' } }),
      'pass',
      'authentication-results',
    ],
    [
      'its DMARC fail stands against our pass',
      'dmarc=fail',
      pass,
      'fail',
      'authentication-results',
    ],
    ['its SPF fail stands against our pass', 'spf=fail', pass, 'fail', 'authentication-results'],
    [
      'its softfail stands against our pass',
      'spf=softfail',
      pass,
      'softfail',
      'authentication-results',
    ],
    ['its none gives way to our pass', 'none', pass, 'pass', 'dkim'],
    ['its neutral gives way to our pass', 'spf=neutral', pass, 'pass', 'dkim'],
    ['its temperror gives way to our pass', 'dkim=temperror', pass, 'pass', 'dkim'],
    ['its permerror gives way to our pass', 'dkim=permerror', pass, 'pass', 'dkim'],
    [
      'its temperror stays where we found nothing',
      'dkim=temperror',
      found(),
      'temperror',
      'authentication-results',
    ],
    [
      'its none gives way to our temperror',
      'none',
      found({ dkim: [signature('temperror')] }),
      'temperror',
      'dkim',
    ],
  ])('%s', async (_, results, verification, result, by) => {
    expect(await verdict(results, verification)).toMatchObject({ result, by });
  });

  test('what we found is told, whoever decides, a few signatures of many', async () => {
    const dkim = Array.from({ length: 50 }, () => signature('fail'));
    const spf = { result: 'pass' as const, domain: 'contoso.example' };
    const { evidence } = await verdict('dmarc=fail', found({ dkim, spf }));
    const codes = evidence.map(({ code }) => code);
    expect(codes.filter((code) => code === 'verified-dkim')).toHaveLength(5);
    expect(codes).toEqual(expect.arrayContaining(['fail', 'verified-spf', 'host-decides']));
  });

  test('a broken signature is said to be as good as none', async () => {
    const { evidence } = await verdict(undefined, found({ dkim: [signature('fail')] }));
    expect(evidence.at(-1)).toMatchObject({
      code: 'own-none',
      detail: 'no signature aligned with contoso.example verifies, which is as if there were none',
    });
  });
});

test('a pass of our own does not prove DKIM where a host before ours saw DMARC fail', async () => {
  const mail = await parseMail(
    Buffer.from(
      `Authentication-Results: relay.example; dmarc=fail header.from=contoso.example\r\n${from}\r\n\r\nx`,
    ),
  );
  const policy = { trustedAuthservIds: [mx], trustedArcSealers: [] };
  expect(authenticate(mail, policy, found({ dkim: [signature('pass')] }))).toMatchObject({
    result: 'pass',
    dkimAligned: false,
  });
});

describe('at the desk', () => {
  test('a contact proven by our own check gets the instructions', async () => {
    const verification = found({ dkim: [signature('pass')] });
    expect(await outcomeOf(unprovenForward(), { verification })).toBe(byAnna);
    expect(await outcomeOf(unprovenForward())).toBe('review review-unauthenticated-forwarder');
  });

  test('a key that could not be asked for leaves the mail to the desk, with its own reason', async () => {
    const verification = found({ dkim: [signature('temperror')] });
    expect(await outcomeOf(unprovenForward(), { verification })).toBe(
      'review review-authentication-unavailable',
    );
  });

  test('Microsoft’s own mail is proven by our own DKIM check, not by SPF', async () => {
    const redirect = mailText({
      from: 'Microsoft <microsoft-noreply@microsoft.com>',
      subject: title,
      fields: ['Resent-From: anna.hoff@contoso.example'],
      body: noticeText(),
    });
    const dkim = found({ dkim: [signature('pass', 'microsoft.com')] });
    const spf = found({ spf: { result: 'pass', domain: 'microsoft.com' } });
    expect(await outcomeOf(redirect, { verification: dkim })).toBe(byAnna);
    expect(await outcomeOf(redirect, { verification: spf })).toBe('review review-unproven-notice');
  });

  test('a mail that was cut is not verified: no signature can hold', async () => {
    const verification = found({ dkim: [signature('pass')] });
    const { authentication } = await decideAtDesk(unprovenForward(), {
      verification,
      complete: false,
    });
    expect(authentication.result).toBe('none');
  });
});

describe('an attached notice', () => {
  /** Anna attaches messages; the notice among them looks like an imitation unless said otherwise. */
  const attaching = (messages: readonly string[], results = passFor('contoso.example')): string =>
    mailText({
      results,
      contentType: 'multipart/mixed; boundary=b',
      body: [
        '--b\r\nContent-Type: text/plain\r\n\r\nIs this real?\r\n',
        ...messages.map((message) => `--b\r\nContent-Type: message/rfc822\r\n\r\n${message}\r\n`),
        '--b--\r\n',
      ].join(''),
    });
  const notice = (author = 'microsoft-noreply@microsoft.com', extra = ''): string =>
    [
      `From: Microsoft <${author}>`,
      'To: Anna Hoff <anna.hoff@contoso.example>',
      `Subject: ${title}`,
      'Date: Thu, 12 Nov 2026 09:31:00 +0000',
      'Content-Type: text/plain; charset=utf-8',
      '',
      noticeText({ extra }),
    ].join('\r\n');
  const torn = 'Pay now at https://rnicrosoft.com.evil.example/login to keep your licenses';
  const imitation = notice(undefined, torn);
  const other =
    'From: zoe@stranger.example\r\nSubject: Lunch\r\nDate: Thu, 12 Nov 2026 09:31:00 +0000\r\n\r\nNoon?';
  const warned = 'reply reply-suspicious suspicious to anna.hoff@contoso.example';
  const proof = [signature('pass', 'microsoft.com')];

  test('that looks like an imitation gets its forwarder warned', async () => {
    expect(await outcomeOf(attaching([imitation]))).toBe(warned);
  });

  test.each([
    ['signed by Microsoft', [imitation], [proof]],
    [
      'signed by a sub-domain of Microsoft’s',
      [imitation],
      [[signature('pass', 'email.microsoft.com')]],
    ],
    ['signed by Microsoft, behind another', [other, imitation], [[], proof]],
    ['signed by Microsoft beside a broken signature', [imitation], [[signature('fail'), ...proof]]],
  ])('%s is never called a fake', async (_, messages, attached) => {
    const options = { verification: found({ attached }) };
    expect(await outcomeOf(attaching(messages), options)).toBe('review review-doubtful-notice');
    const { evidence } = await decideAtDesk(attaching(messages), options);
    expect(evidence.map(({ code }) => code)).toContain('notice-proven');
  });

  test.each([
    ['whose signature is broken', [imitation], [[signature('fail', 'microsoft.com')]]],
    ['whose key could not be asked for', [imitation], [[signature('temperror', 'microsoft.com')]]],
    ['signed by somebody else', [imitation], [[signature('pass', 'evil.example')]]],
    ['signed by a tenant', [imitation], [[signature('pass', 'evil.onmicrosoft.com')]]],
    [
      'signed by another domain of Microsoft’s than its author’s',
      [imitation],
      [[signature('pass', 'office365.com')]],
    ],
    ['beside another that is signed by Microsoft', [other, imitation], [proof, []]],
    [
      'signed by its own author, who is not Microsoft',
      [notice('a@evil.example')],
      [[signature('pass', 'evil.example')]],
    ],
  ])('%s is still warned about', async (_, messages, attached) => {
    const verification = found({ attached });
    expect(await outcomeOf(attaching(messages), { verification })).toBe(warned);
    const { evidence } = await decideAtDesk(attaching(messages), { verification });
    expect(evidence.map(({ code }) => code)).not.toContain('notice-proven');
  });

  test('that is proven makes nobody answered who would not be', async () => {
    const options = { verification: found({ attached: [proof] }) };
    expect(await outcomeOf(attaching([notice()], 'none'), options)).toBe(
      'review review-unauthenticated-forwarder',
    );
    expect(await outcomeOf(attaching([imitation], 'none'), options)).toBe(
      'review review-doubtful-notice',
    );
    expect(await outcomeOf(attaching([notice()]), options)).toBe(byAnna);
  });

  test('is not what stands inline beside it', async () => {
    const inline = inlineBlock(noticeText({ extra: torn }));
    const verification = found({ attached: [proof] });
    const raw = mailText({ results: passFor('contoso.example'), body: `Real?\n\n${inline}` });
    expect(await outcomeOf(raw, { verification })).toBe(warned);
  });
});
