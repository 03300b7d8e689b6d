/**
 * What becomes of a reply that asked for something, on the whole pipeline over a real store: who is told, who is
 * reminded, and everything that keeps a reminder back.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer, SubscriptionTransition } from '../../src/core/customer.ts';
import { ResponderError } from '../../src/errors.ts';
import { followUps } from '../../src/pipeline/follow-up.ts';
import { deliverReply, handleMail, markMail } from '../../src/pipeline.ts';
import type { StoredCase } from '../../src/ports.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { emptyStore } from '../conformance/databases.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  type PipelineDesk,
  readyCustomer,
  silent,
} from '../support/pipeline-desk.ts';

let opened: OpenedStore;
beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
});
afterAll(() => opened.store.close());
beforeEach(() => emptyStore(opened.pool));

const dayMs = 24 * 3_600_000;
const afterDays = (days: number): Date => new Date(noon.getTime() + days * dayMs);
const overdueWarning = 'desk: the record does not show what a reply asked the customer for';

function importNow(customer: Customer, at = noon) {
  return opened.store.importCustomers([customer], { dryRun: false, at, origin: byTest });
}

function changed(name: string, change: Partial<SubscriptionTransition>): Customer {
  const customer = readyCustomer(name);
  return {
    ...customer,
    subscriptions: customer.subscriptions.map((one) => ({ ...one, ...change })),
  };
}

let serial = 0;
/** A customer whose forward was answered at noon. */
async function answered(
  change: Partial<SubscriptionTransition> = {},
): Promise<{ readonly name: string; readonly desk: PipelineDesk; readonly id: string }> {
  serial += 1;
  const name = `followed-${serial}`;
  await importNow(changed(name, change));
  const desk = await openPipelineDesk(opened.store);
  const id = await desk.take(forwardOf(name));
  await desk.run();
  expect(desk.sent).toHaveLength(1);
  return { name, desk, id };
}

async function getCase(id: string): Promise<StoredCase> {
  const found = await opened.store.findCase(id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
}

/** Follows up eight days later, and sends what comes of it. */
async function followUp(desk: PipelineDesk, days = 8): Promise<void> {
  desk.now = afterDays(days);
  await followUps(desk.parts);
  await desk.run();
}

async function isWaiting(id: string): Promise<boolean> {
  return (await opened.store.listWaiting(1_000)).some(({ caseId }) => caseId === id);
}

describe('a reply that asks for something', () => {
  test('is followed from the moment it went out', async () => {
    const { id } = await answered();
    expect((await getCase(id)).followUp).toMatchObject({
      state: 'waiting',
      mailbox: 'support',
      dueAt: afterDays(7),
    });
    expect(await isWaiting(id)).toBe(false);
  });

  test.each([
    ['says that nothing is to be done', { advisorStatus: 'cancelled' }],
    ['asks only to wait', { cspStatus: 'ordered', cspLicensesAssigned: 0 }],
  ] as const)('is not followed where it %s', async (_, change) => {
    const { id } = await answered(change);
    expect((await getCase(id)).followUp).toBeUndefined();
  });

  test('is not followed where the settings say followUp.afterDays: 0', async () => {
    const name = 'unfollowed';
    await importNow(readyCustomer(name));
    const desk = await openPipelineDesk(opened.store);
    desk.followUp = { afterDays: 0, remind: true };
    const id = await desk.take(forwardOf(name));
    await desk.run();
    expect((await getCase(id)).followUp).toBeUndefined();
    desk.now = afterDays(30);
    expect(await followUps(desk.parts)).toBe(0);
  });

  test('is not followed where a general answer went out', async () => {
    const desk = await openPipelineDesk(opened.store);
    const id = await desk.take(forwardOf('stranger'));
    await desk.run();
    expect(await getCase(id)).toMatchObject({ scenario: 'ask-for-details' });
    expect((await getCase(id)).followUp).toBeUndefined();
  });
});

describe('one reminder', () => {
  test('goes to the address that the reply went to, in its thread', async () => {
    const { name, desk, id } = await answered();
    await followUp(desk);
    const [reply, reminder, ...more] = desk.sent;
    expect(more).toEqual([]);
    expect(reminder).toMatchObject({
      to: { name: 'Ana', address: `ana@${name}.example` },
      inReplyTo: reply?.messageId,
      references: [`<${name}-1@${name}.example>`, reply?.messageId],
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      envelopeFrom: 'support@partner.example',
      templateId: 'en/reminder',
    });
    expect(reminder?.text).toContain('November 23, 2026');
    expect(reminder?.text).toContain('https://admin.microsoft.com');
    const stored = await getCase(id);
    expect(stored).toMatchObject({
      action: 'reply',
      reply: { state: 'sent' },
      followUp: { state: 'reminded' },
      followUps: [expect.stringMatching(/^o[0-9a-f]{24}$/)],
    });
    const own = await getCase(stored.followUps[0] ?? '');
    expect(own).toMatchObject({
      action: 'reply',
      reason: 'reply-reminder',
      scenario: 'reminder',
      customerId: name,
      relatedCaseId: id,
      mailState: 'finished',
      locations: [],
      reply: { state: 'sent', replyKey: `reminder:${stored.reply?.replyKey}` },
    });
    expect(own.followUp).toBeUndefined();
    expect(desk.warnings).toContain(overdueWarning);
    expect(await isWaiting(id)).toBe(true);
    expect(desk.marks).toHaveLength(1);
  });

  test('and never a second, however often and late it is asked', async () => {
    const { desk } = await answered();
    for (const days of [8, 9, 20, 400]) await followUp(desk, days);
    expect(desk.sent).toHaveLength(2);
  });

  test('nor after another reply of the same customer led to nothing either', async () => {
    const { name, desk } = await answered();
    await followUp(desk);
    await importNow(changed(name, { licensesAssigned: 11 }), afterDays(9));
    desk.now = afterDays(10);
    await desk.take(forwardOf(name, { id: 'anew' }));
    await desk.run();
    expect(desk.sent.map(({ templateId }) => templateId)).toEqual([
      'en/cancel-portal',
      'en/reminder',
      'en/cancel-portal',
    ]);
    await followUp(desk, 18);
    expect(desk.sent.map(({ templateId }) => templateId).slice(3)).toEqual(['en/reminder']);
    await followUp(desk, 30);
    expect(desk.sent).toHaveLength(4);
  });

  test('not before the time has come', async () => {
    const { desk } = await answered();
    await followUp(desk, 6.9);
    expect(desk.sent).toHaveLength(1);
  });
});

/** Follows up, and expects the desk to be told, and the customer not. */
async function expectOnlyTold(desk: PipelineDesk, id: string, why: string | RegExp) {
  await followUp(desk);
  expect(desk.sent).toHaveLength(1);
  const { followUp: followed } = await getCase(id);
  expect(followed).toMatchObject({ state: 'told', detail: expect.stringMatching(why) });
  expect(await isWaiting(id)).toBe(true);
  expect(desk.warnings).toContain(overdueWarning);
}

describe('only the desk is told', () => {
  test('where the settings do not ask for reminders', async () => {
    const { desk, id } = await answered();
    desk.followUp = { afterDays: 7, remind: false };
    await expectOnlyTold(desk, id, 'followUp.remind: false');
  });

  test.each(['review', 'shadow'] as const)('in mode: %s', async (mode) => {
    const { desk, id } = await answered();
    desk.mode = mode;
    await expectOnlyTold(desk, id, `mode: ${mode}`);
  });

  test('where the address has left the record', async () => {
    const { name, desk, id } = await answered();
    const { tenantDomain: _domain, ...customer } = readyCustomer(name);
    await importNow({ ...customer, contacts: [{ address: 'new@elsewhere.example' }] });
    await expectOnlyTold(desk, id, 'does not know the address');
  });

  test('where the address is held', async () => {
    const { name, desk, id } = await answered();
    await opened.pool.query(
      `insert into holds (kind, name, at, detail) values ('address', 'ana@${name}.example', now(), 'it came back')`,
    );
    await expectOnlyTold(desk, id, 'review-undeliverable-address: it came back');
  });

  test('where sending is paused, which it does not pause anew', async () => {
    const { desk, id } = await answered();
    await opened.pool.query(
      `insert into holds (kind, name, at, detail) values ('mailbox', 'support', now(), 'too many')`,
    );
    await expectOnlyTold(desk, id, 'review-sending-paused: too many');
    await opened.store.releaseHold({ kind: 'mailbox', name: 'support' }, { at: noon, by: 'maria' });
  });

  test('where the limits are used up, without tripping the breaker', async () => {
    const { desk, id } = await answered();
    desk.perHour = 0;
    await expectOnlyTold(desk, id, 'review-rate-limit');
    expect((await opened.store.listHolds()).filter(({ kind }) => kind === 'mailbox')).toEqual([]);
  });

  test('beyond half of what the mailbox may send: the others wait, and answers go on', async () => {
    const desk = await openPipelineDesk(opened.store);
    const names = ['pace-a', 'pace-b', 'pace-c'];
    for (const name of names) {
      await importNow(readyCustomer(name));
      await desk.take(forwardOf(name));
    }
    await desk.run();
    desk.now = afterDays(8);
    desk.perHour = 3;
    await followUps(desk.parts);
    await desk.run();
    expect(desk.sent).toHaveLength(5);
    await importNow(readyCustomer('pace-new'));
    await desk.take(forwardOf('pace-new'));
    await desk.run();
    expect(desk.sent).toHaveLength(6);
    expect(await opened.store.listHolds()).toEqual([]);
    desk.now = new Date(afterDays(8).getTime() + 2 * 3_600_000);
    await followUps(desk.parts);
    await desk.run();
    expect(desk.sent).toHaveLength(7);
  });

  test('where somebody of theirs forwarded the notice again, and nobody has looked at it', async () => {
    const { name, desk, id } = await answered();
    desk.now = afterDays(3);
    await desk.take(forwardOf(name, { from: `ben@${name}.example`, id: 'ben' }));
    await desk.run();
    await expectOnlyTold(desk, id, 'forwarded again');
  });

  test('where the record changed and something is left to do, with what changed', async () => {
    const { name, desk, id } = await answered();
    await importNow(changed(name, { licensesAssigned: 11 }), afterDays(5));
    await expectOnlyTold(desk, id, 'subscriptions.0..licensesAssigned');
  });

  test('where the reply’s own case waits for the desk', async () => {
    const { desk, id } = await answered();
    await opened.pool.query(`update mails set state = 'decided' where case_id = '${id}'`);
    await opened.store.giveUp(id, { at: noon, detail: 'it cannot be marked', kind: 'mark' });
    await expectOnlyTold(desk, id, 'waits for the desk');
  });
});

/** Follows up, and expects that nobody is written to and the desk has nothing new to do. */
async function expectEnded(desk: PipelineDesk, id: string, state: string, why: string) {
  const before = desk.sent.length;
  await followUp(desk);
  expect(desk.sent).toHaveLength(before);
  expect((await getCase(id)).followUp).toMatchObject({
    state,
    detail: expect.stringContaining(why),
  });
  expect(desk.warnings).not.toContain(overdueWarning);
}

/** An answer of a person to a reply of ours. */
function thanks(name: string, inReplyTo: string | undefined, id = 'thanks'): Buffer {
  const domain = `${name}.example`;
  return Buffer.from(
    [
      `Authentication-Results: mx.partner.example; dmarc=pass header.from=${domain}`,
      `From: ana@${domain}`,
      'To: support@partner.example',
      'Subject: Re: your mail',
      `Message-ID: <${id}@${domain}>`,
      `In-Reply-To: ${inReplyTo}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'We did it yesterday.',
    ].join('\r\n'),
  );
}

describe('it ends', () => {
  test('as done when the record shows it', async () => {
    const { name, desk, id } = await answered();
    await importNow(changed(name, { advisorStatus: 'cancelled' }), afterDays(5));
    await expectEnded(desk, id, 'done', 'the record shows it');
  });

  test('when cancelling became dangerous, and the desk is warned', async () => {
    const { name, desk, id } = await answered();
    await importNow(changed(name, { cspStatus: 'ordered' }), afterDays(5));
    await expectEnded(desk, id, 'stopped', 'cancel-portal before, wait-for-csp now');
    expect(desk.warnings).toContain(
      'desk: what the customer was told to do is out of date, and nobody has told it so',
    );
  });

  test('when the record became the desk’s to judge', async () => {
    const { name, desk, id } = await answered();
    await importNow(changed(name, { transitionStatus: 'stopped' }), afterDays(5));
    await expectEnded(desk, id, 'stopped', 'review-transition-stopped');
  });

  test('when the record is gone', async () => {
    const { name, desk, id } = await answered();
    await opened.pool.query(`delete from customers where id = '${name}'`);
    await expectEnded(desk, id, 'stopped', 'the record of the customer is gone');
  });

  test('when the customer answered', async () => {
    const { name, desk, id } = await answered();
    desk.now = afterDays(2);
    const answer = await desk.take(thanks(name, desk.sent[0]?.messageId));
    await desk.run();
    expect((await getCase(answer)).reason).toBe('suppressed-answer-to-reply');
    await expectEnded(desk, id, 'stopped', `the desk has it: case ${answer}`);
  });

  test('but not by a machine of theirs', async () => {
    const { name, desk } = await answered();
    const away = thanks(name, desk.sent[0]?.messageId, 'away').toString('utf8');
    await desk.take(Buffer.from(`Auto-Submitted: auto-replied\r\n${away}`));
    await desk.run();
    await followUp(desk);
    expect(desk.sent).toHaveLength(2);
  });

  test('and waits while a mail that may be their answer is not decided yet', async () => {
    const { name, desk } = await answered();
    await desk.take(thanks(name, desk.sent[0]?.messageId, 'queued'));
    desk.now = afterDays(8);
    await followUps(desk.parts);
    await desk.run();
    await followUp(desk, 9);
    expect(desk.sent).toHaveLength(1);
  });

  test('when a mail of theirs waits for the desk', async () => {
    const { name, desk, id } = await answered();
    const raw = forwardOf(name, { id: 'unproven' }).toString('utf8').replace('dmarc=pass', 'x=y');
    const other = await desk.take(Buffer.from(raw));
    await desk.run();
    expect((await getCase(other)).action).toBe('review');
    await expectEnded(desk, id, 'stopped', `case ${other}`);
  });

  test('when the reply came back', async () => {
    const { desk, id } = await answered();
    const report = readFileSync(
      new URL('../fixtures/bounces/exchange_2019_report_html.eml', import.meta.url),
      'utf8',
    );
    const bounce = report
      .replaceAll('{id}', desk.sent[0]?.messageId ?? '')
      .replace('<report-1@', `<bounce-${id}@`);
    await desk.take(Buffer.from(bounce));
    await desk.run();
    await expectEnded(desk, id, 'stopped', 'not known to have arrived');
  });

  test('after the reminder, when the record shows it or the customer answers the reminder', async () => {
    const done = await answered();
    await followUp(done.desk);
    expect(await isWaiting(done.id)).toBe(true);
    await importNow(changed(done.name, { advisorStatus: 'cancelled' }), afterDays(9));
    await followUp(done.desk, 10);
    expect((await getCase(done.id)).followUp?.state).toBe('done');
    expect(await isWaiting(done.id)).toBe(false);

    const wrote = await answered();
    await followUp(wrote.desk);
    wrote.desk.now = afterDays(9);
    const answer = await wrote.desk.take(thanks(wrote.name, wrote.desk.sent[1]?.messageId));
    await wrote.desk.run();
    expect(await getCase(answer)).toMatchObject({
      reason: 'suppressed-answer-to-reply',
      relatedCaseId: (await getCase(wrote.id)).followUps[0],
    });
    await followUp(wrote.desk, 10);
    expect((await getCase(wrote.id)).followUp?.state).toBe('stopped');
  });
});

describe('between the decision to remind and the sending', () => {
  /** A reminder that is saved and not sent yet. */
  async function decided() {
    const ready = await answered();
    ready.desk.now = afterDays(8);
    await followUps(ready.desk.parts);
    const job = ready.desk.queue.shift();
    if (job === undefined) throw new Error('no reminder was queued');
    return { ...ready, job };
  }

  async function expectWithdrawn({ desk, job }: Awaited<ReturnType<typeof decided>>, why: string) {
    await deliverReply(desk.parts, job);
    await desk.run();
    expect(desk.sent).toHaveLength(1);
    expect(await getCase(job.caseId)).toMatchObject({
      action: 'review',
      mailState: 'finished',
      reply: { state: 'withdrawn', response: expect.stringContaining(why) },
    });
    await followUp(desk, 30);
    expect(desk.sent).toHaveLength(1);
  }

  test('nothing happened: it goes out', async () => {
    const { desk, job } = await decided();
    await deliverReply(desk.parts, job);
    expect(desk.sent).toHaveLength(2);
    await markMail(desk.parts, { ...job, kind: 'mark' });
    expect((await getCase(job.caseId)).mailState).toBe('finished');
  });

  test('the record changed at the last moment', async () => {
    const waiting = await decided();
    await importNow(changed(waiting.name, { advisorStatus: 'cancelled' }), afterDays(8));
    await expectWithdrawn(waiting, 'the record shows it');
  });

  test('the customer answered at the last moment', async () => {
    const waiting = await decided();
    const { desk, name, job } = waiting;
    const answer = await desk.take(thanks(name, desk.sent[0]?.messageId, 'last'));
    await desk.run();
    await expectWithdrawn({ ...waiting, job }, `case ${answer}`);
  });

  test('the address left the record', async () => {
    const waiting = await decided();
    const { tenantDomain: _domain, ...customer } = readyCustomer(waiting.name);
    await importNow({ ...customer, contacts: [] }, afterDays(8));
    await expectWithdrawn(waiting, 'does not know the address');
  });

  test('reminders were switched off', async () => {
    const { desk, job } = await decided();
    const parts = {
      ...desk.parts,
      policy: { ...desk.parts.policy, followUp: { afterDays: 7, remind: false } },
    };
    await deliverReply(parts, job);
    expect(desk.sent).toHaveLength(1);
    expect((await getCase(job.caseId)).reply).toMatchObject({ state: 'withdrawn' });
  });

  test('sending was switched off', async () => {
    const waiting = await decided();
    waiting.desk.mode = 'review';
    await expectWithdrawn(waiting, 'mode: review');
  });

  test('the sending server was away: it goes out later, if it still may', async () => {
    const { desk, job, name } = await decided();
    const { submit } = desk;
    desk.submit = async () => {
      throw new ResponderError('SMTP_UNREACHABLE', 'nobody there');
    };
    await expect(deliverReply(desk.parts, job)).rejects.toThrow('nobody there');
    desk.submit = submit;
    await desk.sweep();
    expect(desk.queue).toContainEqual({ kind: 'deliver', caseId: job.caseId, mailbox: 'support' });
    await importNow(changed(name, { advisorStatus: 'cancelled' }), afterDays(8));
    await desk.run();
    expect(desk.sent).toHaveLength(1);
  });
});

test('a reminder that comes back holds its address, like every reply', async () => {
  const { name, desk, id } = await answered();
  await followUp(desk);
  const own = (await getCase(id)).followUps[0] ?? '';
  const report = readFileSync(
    new URL('../fixtures/bounces/exchange_2019_report_html.eml', import.meta.url),
    'utf8',
  );
  const bounce = report
    .replaceAll('{id}', desk.sent[1]?.messageId ?? '')
    .replace('<report-1@', `<bounce-${own}@`);
  await desk.take(Buffer.from(bounce));
  await desk.run();
  expect(await getCase(own)).toMatchObject({
    action: 'review',
    reason: 'review-undeliverable',
    reply: { state: 'undeliverable' },
  });
  expect((await opened.store.listHolds()).map((hold) => hold.name)).toContain(
    `ana@${name}.example`,
  );
});

test('a follow-up begins even when the process dies right after sending', async () => {
  serial += 1;
  const name = `followed-${serial}`;
  await importNow(readyCustomer(name));
  const desk = await openPipelineDesk(opened.store);
  const id = await desk.take(forwardOf(name));
  const log = {
    ...silent,
    info: (_fields: object, sentence: string) => {
      if (sentence === 'reply sent') throw new Error('the process is gone');
    },
  };
  const job = desk.queue.shift();
  if (job === undefined) throw new Error('nothing was queued');
  await handleMail(desk.parts, job);
  const cut = deliverReply({ ...desk.parts, log }, { ...job, kind: 'deliver' });
  await expect(cut).rejects.toThrow('the process is gone');
  expect((await getCase(id)).followUp).toMatchObject({ state: 'waiting', dueAt: afterDays(7) });
});
