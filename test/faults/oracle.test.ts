/**
 * The oracle of the fault suite notices what it is there for: each kind of loss, of double and of wrong mark.
 */
import { describe, expect, test } from 'vitest';
import type { StoredCase, StoredMail } from '../../src/ports.ts';
import { keyword, reviewFolder } from './desk.ts';
import type { LetterKind } from './letters.ts';
import { earlyMarks } from './midway.ts';
import { type Judged, type ReadReply, readReply, weigh } from './oracle.ts';

const replyId = '<reply-1@partner.example>';
const mailId = '<mail-1@customer-1.example>';
const ana = 'ana@customer-1.example';
const sent: ReadReply = {
  to: ana,
  messageId: replyId,
  addressees: [ana],
  inReplyTo: mailId,
  customers: ['customer-1'],
};
const marked = { folder: 'INBOX', flags: [keyword, '\\Answered'].sort() };
const untouched = { folder: 'INBOX', flags: [] };

interface Shape {
  readonly kind?: LetterKind;
  readonly mailState?: StoredMail['state'] | 'absent';
  readonly action?: StoredCase['action'];
  readonly reply?: NonNullable<StoredCase['reply']>['state'];
  readonly places?: Judged['places'];
}

/** A mail as the oracle finds it; by default one that was answered, and all is well. */
function found(shape: Shape = {}): Judged {
  const {
    kind = 'first',
    mailState = 'finished',
    action = 'reply',
    reply,
    places = [marked],
  } = shape;
  const content = { messageId: replyId };
  return {
    letter: {
      kind,
      ...(kind === 'newsletter' || kind === 'question' ? {} : { customer: 'customer-1' }),
      from: ana,
      messageId: mailId,
      raw: Buffer.alloc(0),
    },
    mail: mailState === 'absent' ? undefined : ({ state: mailState } as StoredMail),
    found: {
      action,
      decision: { evidence: [] },
      reason: action === 'review' ? 'review-unconfirmed' : 'reply-sent',
      ...(reply === undefined ? {} : { reply: { state: reply, content } }),
    } as unknown as StoredCase,
    places,
  };
}

const answered = found({ reply: 'sent' });

test('a mail that was answered once is right', () => {
  expect(weigh([answered], [sent])).toMatchObject({ lost: [], doubled: [], wrong: [] });
});

test('so is one with the desk, unconfirmed, accepted or not', () => {
  const inReview = { folder: reviewFolder, flags: [] };
  const one = found({ action: 'review', reply: 'unconfirmed', places: [inReview] });
  for (const accepted of [[], [sent]])
    expect(weigh([one], accepted)).toMatchObject({ lost: [], doubled: [], wrong: [] });
});

describe('lost is', () => {
  test.each<[string, Shape, readonly ReadReply[]]>([
    ['a mail without a line in the ledger', { mailState: 'absent', reply: 'sent' }, [sent]],
    ['a mail that was left on its way', { mailState: 'decided', reply: 'sent' }, [sent]],
    ['a mail that is gone from the server', { reply: 'sent', places: [] }, [sent]],
    ['a reply that was left unsent', { reply: 'pending' }, []],
    ['a reply that nobody knows the end of', { reply: 'sending' }, [sent]],
    ['a reply that is said to be sent', { reply: 'sent' }, []],
    [
      'a customer without a reply and without the desk',
      { action: 'suppress', places: [untouched] },
      [],
    ],
    ['a forgery that the desk does not see', { kind: 'forged', action: 'ignore' }, []],
  ])('%s', (_name, shape, accepted) => {
    expect(weigh([found(shape)], accepted).lost).not.toEqual([]);
  });
});

describe('doubled is', () => {
  test('one reply that was accepted twice', () => {
    expect(weigh([answered], [sent, sent]).doubled).not.toEqual([]);
  });

  test('a second reply to the customer, whatever its Message-ID', () => {
    const other = { ...sent, to: 'bea@customer-1.example', messageId: '<other@partner.example>' };
    expect(weigh([answered], [sent, other]).doubled).not.toEqual([]);
  });
});

describe('wrong is', () => {
  test.each<[string, Shape, readonly ReadReply[]]>([
    ['a mark that is missing', { reply: 'sent', places: [untouched] }, [sent]],
    ['a mark without a reply', { action: 'suppress', places: [marked] }, [sent]],
    [
      'a newsletter that somebody seems to have read',
      { kind: 'newsletter', places: [{ folder: 'INBOX', flags: ['\\Seen'] }] },
      [],
    ],
    ['a second copy on the server', { reply: 'sent', places: [marked, marked] }, [sent]],
    ['a reply that was said to be refused', { action: 'review', reply: 'rejected' }, [sent]],
    [
      'a case for the desk that was not filed',
      { action: 'review', reply: 'unconfirmed', places: [untouched] },
      [],
    ],
  ])('%s', (_name, shape, accepted) => {
    expect(weigh([found(shape)], accepted).wrong).not.toEqual([]);
  });

  test.each<[string, Partial<ReadReply>]>([
    ['to somebody else', { to: 'ana@customer-2.example' }],
    ['to one more', { addressees: [ana, 'bea@customer-1.example'] }],
    ['to another mail', { inReplyTo: '<mail-2@customer-1.example>' }],
    ['about another customer', { customers: ['customer-2'] }],
    ['about another customer as well', { customers: ['customer-1', 'customer-2'] }],
    ['about nobody', { customers: [] }],
  ])('an answer %s', (_name, reply) => {
    expect(weigh([answered], [{ ...sent, ...reply }]).wrong).not.toEqual([]);
  });

  test('a mail that no case knows', () => {
    expect(weigh([answered], [sent, { ...sent, messageId: '<x@y.example>' }]).wrong).not.toEqual(
      [],
    );
  });
});

test('a mark that is ahead of the store is seen while no worker runs', () => {
  const letter = { messageId: mailId, kind: 'first' } as const;
  const of = (shape: Shape) => found(shape).found;
  expect(earlyMarks(letter, marked, of({ reply: 'sent' }))).toEqual([]);
  expect(earlyMarks(letter, marked, undefined)).not.toEqual([]);
  expect(earlyMarks(letter, marked, of({ reply: 'sending' }))).not.toEqual([]);
  const filed = { folder: reviewFolder, flags: [] };
  expect(earlyMarks(letter, filed, of({ action: 'review' }))).toEqual([]);
  expect(earlyMarks(letter, filed, undefined)).not.toEqual([]);
});

test('an answer is read as its reader sees it, decoded', async () => {
  const raw = [
    `To: Ana <${ana}>`,
    `In-Reply-To: ${mailId}`,
    'Subject: =?utf-8?Q?For_customer=2D1?=',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'For customer-1 Ltd, and not for custo=',
    'mer-12 Ltd',
    '',
  ].join('\r\n');
  expect(await readReply({ to: ana, messageId: replyId, raw })).toEqual({
    ...sent,
    customers: ['customer-1', 'customer-12'],
  });
});
