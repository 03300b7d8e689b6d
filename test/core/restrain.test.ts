/** What keeps a reply from going out although it was decided: one test a guard, with a twin that goes. */
import { describe, expect, test } from 'vitest';
import { tellAlreadyAnswered } from '../../src/core/already-answered.ts';
import type { Decision } from '../../src/core/decision.ts';
import type { Policy } from '../../src/core/policy.ts';
import type { Reason } from '../../src/core/reasons.ts';
import {
  type EarlierReply,
  nothingSentBefore,
  restrain,
  type SentBefore,
} from '../../src/core/restrain.ts';
import {
  decideAtDesk,
  forwardText,
  passFor,
  policy,
  unprovenForward,
} from '../support/sample-desk.ts';

const stranger = { from: 'Zoe <zoe@stranger.example>', results: passFor('stranger.example') };
const instructions = await decideAtDesk(forwardText());
const question = await decideAtDesk(forwardText(stranger));

const sentBefore = (changes: Partial<SentBefore>): SentBefore => ({
  ...nothingSentBefore,
  ...changes,
});
const earlier: EarlierReply = {
  caseId: 'c1',
  to: 'ben@contoso.example',
  toName: 'Ben Ode',
  at: new Date('2026-11-12T23:30:00Z'),
  state: 'sent',
};
const answered = { sameKeyCount: 1, sameKeyRows: 1, sameKey: earlier };
const brief = ({ action, reason }: Decision): string => `${action} ${reason}`;

/** What, the decision, what was sent before, and what is left of it. */
const rows: readonly (readonly [string, Decision, Partial<SentBefore>, `${string} ${Reason}`])[] = [
  ['answers where nothing was sent', instructions, {}, 'reply reply-instructions'],
  ['does not answer twice', instructions, answered, 'suppress suppressed-already-answered'],
  [
    'does not answer twice while the first is still on its way',
    instructions,
    { ...answered, sameKey: { ...earlier, state: 'open' } },
    'suppress suppressed-already-answered',
  ],
  [
    'does not leave a customer in silence whose answer came back',
    instructions,
    { ...answered, sameKey: { ...earlier, state: 'undeliverable' } },
    'review review-undeliverable',
  ],
  [
    'does not leave a customer in silence whose answer may never have arrived',
    instructions,
    { ...answered, sameKey: { ...earlier, state: 'unconfirmed' } },
    'review review-unconfirmed',
  ],
  [
    'does not silence who answers our reply and passes the notice on once more',
    { ...instructions, relatedCaseId: 'c0' },
    answered,
    'review review-answer-to-desk',
  ],
  [
    'does not silence who answers our question',
    { ...question, relatedCaseId: 'c0' },
    answered,
    'review review-answer-to-desk',
  ],
  ['does not ask twice a day', question, answered, 'suppress suppressed-generic-limit'],
  [
    'does not write to an address that gave mail back',
    instructions,
    { holds: [{ kind: 'address', detail: '5.1.1 no such user' }] },
    'review review-undeliverable-address',
  ],
  [
    'sends nothing from a mailbox that is paused',
    instructions,
    { holds: [{ kind: 'mailbox', detail: 'too many' }] },
    'review review-sending-paused',
  ],
  [
    'says that an answer was given even while sending is paused',
    instructions,
    { ...answered, holds: [{ kind: 'mailbox', detail: 'too many' }] },
    'suppress suppressed-already-answered',
  ],
  [
    'answers the tenth time a day',
    instructions,
    { toAddressLastDay: 9 },
    'reply reply-instructions',
  ],
  [
    'does not write to one address all day',
    instructions,
    { toAddressLastDay: 10 },
    'review review-rate-limit',
  ],
  [
    'answers the third at one domain within the hour',
    instructions,
    { toDomainLastHour: 2 },
    'reply reply-instructions',
  ],
  ['does not flood a domain', instructions, { toDomainLastHour: 3 }, 'review review-rate-limit'],
  [
    'answers the sixtieth from a mailbox within the hour',
    instructions,
    { fromMailboxLastHour: 59 },
    'reply reply-instructions',
  ],
  [
    'pauses a mailbox that sends more than usual',
    instructions,
    { fromMailboxLastHour: 60 },
    'review review-sending-paused',
  ],
];

test.each(rows)('%s', (_, decision, sent, expected) => {
  expect(brief(restrain(decision, sentBefore(sent), policy))).toBe(expected);
});

test('the settings keep every reply for the desk, with what would be sent', () => {
  const held = restrain(instructions, nothingSentBefore, { ...policy, mode: 'review' });
  expect(brief(held)).toBe('review review-every-reply');
  expect(held.action === 'review' && held.plan).toEqual(
    instructions.action === 'reply' && instructions.plan,
  );
});

test('what is suppressed proposes nothing, and belongs to the case that has the answer', () => {
  const held = restrain(instructions, sentBefore(answered), policy);
  expect(held).not.toHaveProperty('plan');
  expect(held.relatedCaseId).toBe('c1');
  expect(held.evidence.at(-1)?.detail).toContain('c1');
});

test('general answers of one day have keys of their own, as many as the settings allow', () => {
  const two = { ...policy, limits: { ...policy.limits, genericPerAddressPerDay: 2 } };
  const keyOf = (sent: number): string => {
    const before = { sameKeyCount: sent, sameKeyRows: sent };
    const found = restrain(
      question,
      sentBefore(sent === 0 ? before : { ...before, sameKey: earlier }),
      two,
    );
    return found.action === 'reply' ? found.plan.replyKey : brief(found);
  };
  expect([keyOf(0), keyOf(1), keyOf(2)]).toEqual([
    'general:zoe@stranger.example:2026-11-20:1',
    'general:zoe@stranger.example:2026-11-20:2',
    'suppress suppressed-generic-limit',
  ]);
});

test('what is no reply passes as it is', async () => {
  const review = await decideAtDesk(unprovenForward());
  expect(restrain(review, sentBefore({ sameKeyCount: 9 }), policy)).toBe(review);
});

describe('a word to a second person of the customer', () => {
  const telling: Policy = { ...policy, tellAlreadyAnswered: true, timeZone: 'Europe/Berlin' };
  const tell = (decision: Decision, sent: Partial<SentBefore> = answered, by = telling) =>
    tellAlreadyAnswered(decision, sentBefore(sent), by);

  test('names who has the answer, and the day in the desk’s time zone', () => {
    const told = tell(instructions);
    expect(told).toMatchObject({
      action: 'reply',
      reason: 'reply-already-answered',
      scenario: 'already-answered',
      plan: {
        to: 'anna.hoff@contoso.example',
        scenario: 'already-answered',
        lines: [],
        answered: { name: 'Ben Ode', on: '2026-11-13' },
      },
    });
  });

  test('has a key of its own for each person, which no other key begins with', () => {
    const told = tell(instructions);
    const first = instructions.action === 'reply' ? instructions.plan.replyKey : '';
    const key = told?.action === 'reply' ? told.plan.replyKey : '';
    expect(key).toBe(`already-answered:${first}:anna.hoff@contoso.example`);
    expect(key.startsWith(`${first}:`)).toBe(false);
  });

  test('names the address where the record has it without a name, and no other', () => {
    const { toName: _, ...nameless } = earlier;
    const told = (to: string) => {
      if (instructions.action !== 'reply' || instructions.plan.customer === undefined) return;
      const contacts = [{ address: 'ben@contoso.example' }];
      const customer = { ...instructions.plan.customer, contacts };
      const decision = { ...instructions, plan: { ...instructions.plan, customer } };
      return tell(decision, { ...answered, sameKey: { ...nameless, to } });
    };
    expect(told('Ben@contoso.example')).toMatchObject({
      plan: { answered: { name: 'Ben@contoso.example' } },
    });
    expect(told('zed.private@contoso.example')).toBeUndefined();
  });

  test.each([
    ['the settings do not ask for it', instructions, answered, policy],
    [
      'it is the same person',
      instructions,
      { ...answered, sameKey: { ...earlier, to: 'Anna.Hoff@contoso.example' } },
      telling,
    ],
    [
      'the first answer is still on its way',
      instructions,
      { ...answered, sameKey: { ...earlier, state: 'open' as const } },
      telling,
    ],
    [
      'the first answer came back',
      instructions,
      { ...answered, sameKey: { ...earlier, state: 'undeliverable' as const } },
      telling,
    ],
    ['nothing was answered', instructions, {}, telling],
    ['it was a general answer', question, answered, telling],
    [
      'a rule passed the notice on, so that nobody waits for a word',
      { ...instructions, sender: 'microsoft-noreply@microsoft.com' },
      answered,
      telling,
    ],
    [
      'nothing proves who asks',
      { ...instructions, authentication: { result: 'none' as const, dkimAligned: false } },
      answered,
      telling,
    ],
  ])('is not said where %s', (_, decision, sent, by) => {
    expect(tell(decision, sent, by)).toBeUndefined();
  });
});
