/**
 * The oracle of the fault suite notices what it is there for: each kind of loss, of double and of wrong mark.
 */
import { describe, expect, test } from 'vitest';
import type { StoredCase, StoredMail } from '../../src/ports.ts';
import { keyword, reviewFolder } from './desk.ts';
import type { LetterKind } from './letters.ts';
import { type Judged, weigh } from './oracle.ts';
import type { AcceptedMail } from './sink.ts';

const replyId = '<reply-1@partner.example>';
const sent: AcceptedMail = { to: 'ana@customer-1.example', messageId: replyId, raw: '' };
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
      messageId: '<mail-1@customer-1.example>',
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
  test.each<[string, Shape, readonly AcceptedMail[]]>([
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
  test.each<[string, Shape, readonly AcceptedMail[]]>([
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

  test('a mail that no case knows', () => {
    expect(weigh([answered], [sent, { ...sent, messageId: '<x@y.example>' }]).wrong).not.toEqual(
      [],
    );
  });
});
