/**
 * What was sent before, on the whole pipeline over a real store: second forwards, the breaker, addresses that
 * gave mail back, and what a person releases.
 */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Bounce } from '../../src/core/bounce.ts';
import { ResponderError } from '../../src/errors.ts';
import { handleMail } from '../../src/pipeline.ts';
import type { StoredCase } from '../../src/ports.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { emptyStore } from '../conformance/databases.ts';
import { cursor, mailOf, recordOf } from '../conformance/samples.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  type PipelineDesk,
  readyCustomer,
} from '../support/pipeline-desk.ts';

let opened: OpenedStore;
let desk: PipelineDesk;
const names = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];

beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
});
afterAll(() => opened.store.close());
beforeEach(async () => {
  await emptyStore(opened.pool);
  await opened.store.importCustomers(names.map(readyCustomer), {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  desk = await openPipelineDesk(opened.store);
});

async function answer(raw: Buffer): Promise<StoredCase | undefined> {
  const caseId = await desk.take(raw);
  await desk.run();
  return opened.store.findCase(caseId);
}
/** More licenses than the portal cancels: another answer than before. */
async function changeRecord(name: string): Promise<void> {
  const customer = readyCustomer(name);
  const more = { licensesAssigned: 40, cspLicensesAssigned: 40 };
  const subscriptions = customer.subscriptions.map((one) => ({ ...one, ...more }));
  await opened.store.importCustomers([{ ...customer, subscriptions }], {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
}
const minutes = (count: number): Date => new Date(noon.getTime() + count * 60_000);
const recipients = (): readonly string[] => desk.sent.map(({ to }) => to.address);

test('a second forward by somebody else is filed with the first, and nobody is written to', async () => {
  const first = await answer(forwardOf('alpha'));
  const second = await answer(forwardOf('alpha', { from: 'ben@alpha.example', id: 'ben' }));
  expect(recipients()).toEqual(['ana@alpha.example']);
  expect(second).toMatchObject({
    action: 'suppress',
    reason: 'suppressed-already-answered',
    relatedCaseId: first?.caseId,
  });
  expect((await opened.store.findCase(first?.caseId ?? ''))?.followUps).toEqual([second?.caseId]);
});

test('a changed record allows a new answer', async () => {
  await answer(forwardOf('alpha'));
  await changeRecord('alpha');
  const again = await answer(forwardOf('alpha', { id: 'again' }));
  expect(again).toMatchObject({ action: 'reply', scenario: 'cancel-phone' });
  expect(recipients()).toEqual(['ana@alpha.example', 'ana@alpha.example']);
});

test('where the settings say so, each further person is told once who has the answer, and the first never', async () => {
  desk.tellAlreadyAnswered = true;
  const first = await answer(forwardOf('alpha'));
  const told = await answer(forwardOf('alpha', { from: 'ben@alpha.example', id: 'ben' }));
  expect(told).toMatchObject({
    action: 'reply',
    reason: 'reply-already-answered',
    scenario: 'already-answered',
    relatedCaseId: first?.caseId,
  });
  expect(desk.sent[1]?.text).toContain('from Ana before');
  expect(desk.sent[1]?.text).toContain('November 23, 2026');
  // Ana has it, Ben knows it: neither hears of it again, and a third person is told who answered first.
  for (const [from, id] of [
    ['ben@alpha.example', 'ben-2'],
    ['ana@alpha.example', 'ana-2'],
  ] as const) {
    expect(await answer(forwardOf('alpha', { from, id }))).toMatchObject({
      reason: 'suppressed-already-answered',
      relatedCaseId: first?.caseId,
    });
  }
  desk.perHour = 100;
  await answer(forwardOf('alpha', { from: 'cy@alpha.example', id: 'cy' }));
  expect(desk.sent[2]?.text).toContain('from Ana before');
  expect(recipients()).toEqual(['ana@alpha.example', 'ben@alpha.example', 'cy@alpha.example']);
});

test('a stranger is never told that there is an answer', async () => {
  desk.tellAlreadyAnswered = true;
  await answer(forwardOf('alpha'));
  const found = await answer(forwardOf('alpha', { from: 'eve@stranger.example', id: 'eve' }));
  expect(found).toMatchObject({ scenario: 'ask-for-details' });
  expect(JSON.stringify(desk.sent[1])).not.toContain('Ana');
});

test('the breaker: the mailbox that sends too much sends nothing until a person releases it', async () => {
  desk.perHour = 3;
  for (const name of ['alpha', 'beta', 'gamma']) await answer(forwardOf(name));
  const tripped = await answer(forwardOf('delta'));
  expect(tripped).toMatchObject({
    action: 'review',
    reason: 'review-sending-paused',
    proposal: { to: { address: 'ana@delta.example' } },
  });
  expect(await opened.store.listHolds()).toMatchObject([
    { kind: 'mailbox', name: 'support', caseId: tripped?.caseId },
  ]);
  // It does not close by itself, however long it is quiet.
  desk.now = minutes(600);
  const later = await answer(forwardOf('epsilon'));
  expect(later).toMatchObject({ reason: 'review-sending-paused' });
  const release = { at: minutes(601), by: 'maria' };
  await opened.store.releaseHold({ kind: 'mailbox', name: 'support' }, release);
  desk.now = minutes(602);
  expect(await answer(forwardOf('epsilon', { id: 'again' }))).toMatchObject({ action: 'reply' });
  expect(recipients()).toHaveLength(4);
});

test('the breaker counts anew from its release on', async () => {
  desk.perHour = 2;
  for (const name of ['alpha', 'beta', 'gamma']) await answer(forwardOf(name));
  await opened.store.releaseHold(
    { kind: 'mailbox', name: 'support' },
    { at: minutes(1), by: 'maria' },
  );
  desk.now = minutes(2);
  for (const name of ['gamma', 'delta', 'epsilon'])
    await answer(forwardOf(name, { id: `${name}-2` }));
  expect(recipients()).toHaveLength(4);
  expect(await opened.store.listHolds()).toHaveLength(1);
});

test('what was queued when the breaker tripped is held back too', async () => {
  desk.perHour = 2;
  await desk.take(forwardOf('alpha'));
  await handleMail(desk.parts, desk.queue.shift() ?? never());
  // Decided, and its reply waits in the queue while the mailbox is paused.
  const [waiting] = desk.queue.splice(0);
  for (const name of ['beta', 'gamma']) await answer(forwardOf(name));
  expect(await opened.store.listHolds()).toHaveLength(1);
  desk.queue.push(waiting ?? never());
  await desk.run();
  expect(await opened.store.findCase(waiting?.caseId ?? '')).toMatchObject({
    action: 'review',
    reason: 'review-sending-paused',
    reply: { state: 'withdrawn' },
  });
  expect(recipients()).toEqual(['ana@beta.example']);
});

/** A report about the reply of a case, as the core reads it from a mail. */
async function comeBack(caseId: string): Promise<void> {
  const bounce: Bounce = { caseId, kind: 'failed', status: '5.1.1', diagnostic: 'no such user' };
  await opened.store.accept('support', [mailOf('bounce')], cursor);
  const decision = recordOf('bounce', {
    action: 'suppress',
    reason: 'suppressed-delivery-report',
    authentication: { result: 'none', dkimAligned: false },
    evidence: [],
    bounce,
  });
  expect(await opened.store.saveDecision(decision)).toBe('saved');
}

test('an address that gave mail back is not written to until a person clears it', async () => {
  const first = await answer(forwardOf('alpha'));
  await comeBack(first?.caseId ?? '');
  expect(await opened.store.findCase(first?.caseId ?? '')).toMatchObject({
    action: 'review',
    reason: 'review-undeliverable',
  });
  expect(await answer(forwardOf('alpha', { id: 'again' }))).toMatchObject({
    action: 'review',
    reason: 'review-undeliverable-address',
  });
  // A colleague’s forward must not end in silence either: the answer never reached anybody.
  expect(await answer(forwardOf('alpha', { from: 'ben@alpha.example', id: 'ben' }))).toMatchObject({
    action: 'review',
    reason: 'review-undeliverable',
  });
  await opened.store.releaseHold(
    { kind: 'address', name: 'ana@alpha.example' },
    { at: noon, by: 'maria' },
  );
  await changeRecord('alpha');
  expect(await answer(forwardOf('alpha', { id: 'third' }))).toMatchObject({ action: 'reply' });
});

test('a reply that waits while its address gives another one back is held back', async () => {
  const submit = desk.submit;
  const first = await answer(forwardOf('alpha'));
  await changeRecord('alpha');
  desk.submit = async () => {
    throw new ResponderError('SMTP_UNREACHABLE', 'nobody there');
  };
  const second = await answer(forwardOf('alpha', { id: 'again' }));
  await comeBack(first?.caseId ?? '');
  desk.submit = submit;
  await desk.sweep();
  await desk.run();
  expect(await opened.store.findCase(second?.caseId ?? '')).toMatchObject({
    reason: 'review-undeliverable-address',
    reply: { state: 'withdrawn' },
  });
  expect(recipients()).toEqual(['ana@alpha.example']);
});

function never(): never {
  throw new Error('there is no such job');
}

test('a release is not undone by a decision that was made before it', async () => {
  desk.perHour = 2;
  for (const name of ['alpha', 'beta']) await answer(forwardOf(name));
  const caseId = await desk.take(forwardOf('gamma'));
  desk.queue.length = 0;
  const { store } = desk.parts;
  // Between the history it was decided by and its saving somebody releases the mailbox.
  const releasing: typeof store = {
    ...store,
    async saveDecision(record) {
      if (record.pause === undefined) return store.saveDecision(record);
      const hold = { kind: 'mailbox', name: 'support' } as const;
      await opened.pool.query(
        `insert into holds (kind, name, at, detail) values ('mailbox', 'support', now(), 'x')`,
      );
      await store.releaseHold(hold, { at: minutes(1), by: 'maria' });
      return store.saveDecision(record);
    },
  };
  desk.now = minutes(2);
  await handleMail(
    { ...desk.parts, store: releasing },
    { kind: 'handle', caseId, mailbox: 'support' },
  );
  expect(await opened.store.listHolds()).toEqual([]);
  expect(await opened.store.findCase(caseId)).toMatchObject({ action: 'reply' });
});

test('who was silenced because of an answer is with the desk when that answer is refused', async () => {
  desk.submit = async () => {
    throw new ResponderError('SMTP_UNREACHABLE', 'nobody there');
  };
  const first = await answer(forwardOf('alpha'));
  const second = await answer(forwardOf('alpha', { from: 'ben@alpha.example', id: 'ben' }));
  expect(second).toMatchObject({ reason: 'suppressed-already-answered' });
  desk.submit = async () => ({ outcome: 'refused', permanent: true, response: '550 5.1.1 no' });
  await desk.sweep();
  await desk.run();
  for (const one of [first, second])
    expect(await opened.store.findCase(one?.caseId ?? '')).toMatchObject({
      action: 'review',
      reason: 'review-rejected',
    });
});

test('a short word that waited goes out when nothing has changed', async () => {
  desk.tellAlreadyAnswered = true;
  await answer(forwardOf('alpha'));
  const submit = desk.submit;
  desk.submit = async () => {
    throw new ResponderError('SMTP_UNREACHABLE', 'nobody there');
  };
  await answer(forwardOf('alpha', { from: 'ben@alpha.example', id: 'ben' }));
  desk.submit = submit;
  desk.now = minutes(30);
  await desk.sweep();
  await desk.run();
  expect(recipients()).toEqual(['ana@alpha.example', 'ben@alpha.example']);
});

test('mails that come back are no mails that go out: the breaker does not count them', async () => {
  desk.perHour = 2;
  const first = await answer(forwardOf('alpha'));
  await answer(forwardOf('beta'));
  desk.now = minutes(600);
  await comeBack(first?.caseId ?? '');
  expect(await answer(forwardOf('gamma'))).toMatchObject({ action: 'reply' });
});
