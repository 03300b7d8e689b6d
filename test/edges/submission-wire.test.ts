/**
 * The header fields of a reply as a server receives them over a real socket: all of them, in their order, with and
 * without our own signature, which is checked by another hand than the one that wrote it.
 */
import { parseAddressHeader, simpleParser } from 'mailparser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Reply } from '../../src/core/decision.ts';
import { openSubmission, type SubmissionSettings } from '../../src/edges/submission.ts';
import { fieldsOf, makeDkimKey, signatureTags, verifyDkim } from '../support/dkim.ts';
import { silent } from '../support/pipeline-desk.ts';
import { expectReplyForm } from '../support/reply-contract.ts';
import { type SmtpSink, type SunkMail, startSmtpSink } from '../support/smtp-sink.ts';

const key = makeDkimKey();
const dkim = { domain: 'partner.example', selector: 'desk.2026', privateKey: key.pem };
const date = new Date('2026-11-23T08:30:00Z');

const reply: Reply = {
  from: { name: 'Fabrikam Support', address: 'support@partner.example' },
  to: { name: 'Anna Hoff', address: 'anna@contoso.example' },
  subject: 'Please cancel it in the portal',
  text: 'Hello Anna,\n\n.a line that begins with a dot\nFrom here  on: Grüße \n\n\n',
  html: `<p>Hello Anna,</p>\n<p>${'Grüße und '.repeat(200)}</p>`,
  messageId: '<tr.case-1.0123456789abcdef0123456789abcdef@partner.example>',
  inReplyTo: '<forward-1@contoso.example>',
  references: ['<root@contoso.example>', '<forward-1@contoso.example>'],
  headers: {
    'Auto-Submitted': 'auto-replied',
    'X-Auto-Response-Suppress': 'All',
    Precedence: 'auto_reply',
    'X-Transition-Responder': 'case-1',
  },
  envelopeFrom: '',
  locale: 'en',
  templateId: 'en/cancel-portal',
  templateHash: '00',
};

let sink: SmtpSink;
beforeEach(async () => {
  sink = await startSmtpSink();
});
afterEach(() => sink.close());

async function received(
  change: Partial<Reply> = {},
  settings: Partial<SubmissionSettings> = {},
): Promise<SunkMail> {
  const submission = openSubmission(
    { host: '127.0.0.1', port: sink.port, secure: false, timeoutSeconds: 5, ...settings },
    { log: silent },
  );
  try {
    expect(await submission.submit({ ...reply, ...change }, date)).toMatchObject({
      outcome: 'accepted',
    });
  } finally {
    await submission.close();
  }
  const mail = sink.mails.at(-1);
  if (mail === undefined) throw new Error('nothing arrived');
  return mail;
}

const ways = [
  ['as the server gets it unsigned', undefined],
  ['with our signature', dkim],
] as const;

describe.each(ways)('a reply, %s', (_, signing) => {
  const settings = signing === undefined ? {} : { dkim: signing };
  const form = { to: 'anna@contoso.example', signed: signing !== undefined };

  test('has the fields of the contract and no other, to one recipient from nobody', async () => {
    const values = expectReplyForm(await received({}, settings), form);
    expect(values).toMatchObject({
      'X-Transition-Responder': 'case-1',
      From: 'Fabrikam Support <support@partner.example>',
      To: 'Anna Hoff <anna@contoso.example>',
      'In-Reply-To': '<forward-1@contoso.example>',
      References: '<root@contoso.example> <forward-1@contoso.example>',
      Subject: 'Please cancel it in the portal',
      'Message-ID': reply.messageId,
      Date: 'Mon, 23 Nov 2026 08:30:00 +0000',
    });
  });

  test('has the same octets whatever order a store gives its fields back in', async () => {
    const headers = Object.fromEntries(Object.entries(reply.headers).reverse());
    const [first, second] = [await received({}, settings), await received({ headers }, settings)];
    expect(second.octets.equals(first.octets)).toBe(true);
  });

  test('has no name where the record has none, and no thread where the mail had no ids', async () => {
    const { inReplyTo: _parent, ...rest } = reply;
    const submission = openSubmission(
      { host: '127.0.0.1', port: sink.port, secure: false, ...settings },
      { log: silent },
    );
    await submission.submit(
      { ...rest, to: { address: 'anna@contoso.example' }, references: [] },
      date,
    );
    await submission.close();
    const [mail] = sink.mails;
    if (mail === undefined) throw new Error('nothing arrived');
    const values = expectReplyForm(mail, { ...form, inReplyTo: false, references: false });
    expect(values.To).toBe('anna@contoso.example');
  });

  test('comes from the address of the settings where the server refuses the null path', async () => {
    const envelopeFrom = 'bounces@partner.example';
    expectReplyForm(await received({ envelopeFrom }, settings), { ...form, from: envelopeFrom });
  });

  const names = [
    'Jürgen Vogel',
    'Hoff, Anna; the "boss" (CEO)',
    'Żółć Gęślą Jaźń '.repeat(4).trim(),
    '山田 太郎',
    'محمد بن عبد الله',
    `O’Neil \\ ${'x'.repeat(68)}`,
    '👩🏽‍💻'.repeat(8),
  ];
  test.each(names)('carries the name %s and the same as subject', async (name) => {
    const mail = await received(
      { to: { name, address: 'anna@contoso.example' }, subject: `${name} – ${name}` },
      settings,
    );
    expectReplyForm(mail, form);
    const parsed = await simpleParser(mail.octets);
    expect(parsed.subject).toBe(`${name} – ${name}`);
    expect(parsed.to).toMatchObject({ value: [{ name, address: 'anna@contoso.example' }] });
    if (signing !== undefined) expect(verifyDkim(mail.octets, key.p)).toBe('pass');
  });

  test('folds twenty long references, and each stays whole', async () => {
    const references = Array.from(
      { length: 20 },
      (__, at) => `<${'r'.repeat(at * 12)}${at}@x.example>`,
    );
    const values = expectReplyForm(await received({ references }, settings), form);
    expect(values.References?.split(/\s+/)).toEqual(references);
  });

  test('goes to an internationalised domain by its A-labels, in the field as in the envelope', async () => {
    const to = { address: 'anna@müller.example' };
    const values = expectReplyForm(await received({ to }, settings), {
      ...form,
      // The sink decodes what RCPT TO had; test/edges/submission.test.ts sees the A-labels themselves.
      to: 'anna@müller.example',
    });
    expect(values.To).toBe('anna@xn--mller-kva.example');
  });
});

describe('our signature', () => {
  test('holds, names its key, and covers every field but itself', async () => {
    const { octets } = await received({}, { dkim });
    expect(verifyDkim(octets, key.p)).toBe('pass');
    const tags = signatureTags(octets);
    expect(tags).toMatchObject({ d: 'partner.example', s: 'desk.2026', a: 'rsa-sha256' });
    const fields = fieldsOf(octets).map(({ name }) => name.toLowerCase());
    expect(tags.h?.split(':').sort()).toEqual(fields.slice(1).sort());
  });

  test('is the same for the same reply and date, so that a resend is the same message', async () => {
    const first = await received({}, { dkim });
    expect((await received({}, { dkim })).octets.equals(first.octets)).toBe(true);
    const later = await received({ text: 'Hello!' }, { dkim });
    expect(later.octets.equals(first.octets)).toBe(false);
  });

  test('leaves the message below it as it would be without', async () => {
    const unsigned = (await received()).octets;
    const signed = (await received({}, { dkim })).octets;
    expect(signed.subarray(-unsigned.length).equals(unsigned)).toBe(true);
    expect(signed.toString('latin1', 0, signed.length - unsigned.length)).toMatch(
      /^DKIM-Signature: (?:[^\r\n]+\r\n[ \t])*[^\r\n]+\r\n$/,
    );
  });

  test('breaks with any octet changed, in the body or in a field that it covers', async () => {
    const { octets } = await received({}, { dkim });
    const end = octets.indexOf('\r\n\r\n');
    for (const at of [end + 4, Math.floor((end + octets.length) / 2), octets.length - 8]) {
      const changed = Buffer.from(octets);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(verifyDkim(changed, key.p)).toBe('body hash');
    }
    const text = octets.toString('latin1');
    for (const { name, raw } of fieldsOf(octets).slice(1)) {
      const start = text.indexOf(`\r\n${raw}`) + 2 + name.length + 3;
      const changed = Buffer.from(octets);
      changed.writeUInt8(changed.readUInt8(start) ^ 1, start);
      expect([name, verifyDkim(changed, key.p)]).toEqual([name, 'signature']);
      const gone = Buffer.from(text.replace(`\r\n${raw}`, ''), 'latin1');
      expect([name, verifyDkim(gone, key.p)]).toEqual([name, 'signature']);
    }
    expect(verifyDkim(octets, makeDkimKey().p)).toBe('signature');
  });

  test('survives a server that folds anew, adds spaces and fields of its own', async () => {
    const { octets } = await received({}, { dkim });
    const relayed = octets
      .toString('latin1')
      .replace('Subject: Please cancel', 'SUBJECT:\r\n\tPlease  cancel')
      .replace(/^/, 'Received: from a.example by b.example; Mon, 23 Nov 2026 08:30:01 +0000\r\n')
      .concat('\r\n\r\n');
    expect(verifyDkim(Buffer.from(relayed, 'latin1'), key.p)).toBe('pass');
  });

  test('is never left away in silence: a key that cannot sign sends nothing', async () => {
    await expect(received({}, { dkim: { ...dkim, privateKey: '' } })).rejects.toThrow(/DKIM key/);
    expect(sink.connections()).toBe(0);
  });
});

test('the recipient is one for any reader of addresses', async () => {
  const mail = await received({ to: { name: 'a@x.example, b', address: 'anna@contoso.example' } });
  const to = fieldsOf(mail.octets).find(({ name }) => name === 'To');
  expect(parseAddressHeader((to?.raw ?? '').slice(3)).value).toEqual([
    { name: 'a@x.example, b', address: 'anna@contoso.example' },
  ]);
});
