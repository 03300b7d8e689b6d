/**
 * What the desk does with cases: whatever happens at whatever time, one reply at most, none that was taken back,
 * and no case that nobody sees.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DeskParts, deskActions } from '../../src/pipeline/desk.ts';
import type { Act } from '../../src/ports/audit.ts';
import type { DeskActions, DeskChoice, Proposal } from '../../src/ports/desk.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { emptyStore } from '../conformance/databases.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  type PipelineDesk,
  readyCustomer,
} from '../support/pipeline-desk.ts';

describe('the desk', () => {
  let opened: OpenedStore;
  let store: OpenedStore['store'];
  let desk: PipelineDesk;
  let actions: DeskActions;

  beforeAll(async () => {
    opened = await openStore({ dataDir: ':memory:' });
    store = opened.store;
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    await emptyStore(opened.pool);
    desk = await openPipelineDesk(store, { reply: 'Answered', review: 'Review' });
    const parts: DeskParts = {
      store,
      pipelineOf: (mailbox) => (mailbox === 'support' ? desk.parts : undefined),
      clock: { now: () => desk.now },
      log: desk.parts.log,
    };
    actions = deskActions(parts);
    await store.importCustomers(['contoso', 'fabrikam'].map(readyCustomer), {
      dryRun: false,
      at: noon,
      origin: { source: 'import', from: 'customers.csv', by: 'test' },
    });
  });

  const act = (by = 'ana'): Act => ({ at: desk.now, by, via: 'console' });
  const passMs = (ms: number) => {
    desk.now = new Date(desk.now.getTime() + ms);
  };
  /** A case that waits: the settings let every reply wait for the desk. */
  const waiting = async (name = 'contoso', more: Parameters<typeof forwardOf>[1] = {}) => {
    desk.mode = 'review';
    const caseId = await desk.take(forwardOf(name, more));
    await desk.run();
    return caseId;
  };
  const proposal = async (caseId: string, choice: DeskChoice = {}): Promise<Proposal> => {
    const found = await actions.propose(caseId, choice);
    if (found.kind === 'refused') throw new Error(`${found.why}: ${found.sentence}`);
    return found.proposal;
  };
  const approve = async (caseId: string, by = 'ana', choice: DeskChoice = {}) => {
    const { digest } = await proposal(caseId, choice);
    return actions.approve(caseId, { choice, digest }, act(by));
  };
  const settle = async () => {
    passMs(10_001);
    await desk.sweep();
    await desk.run();
  };
  const ids = async () => (await store.listReview(10)).map(({ caseId }) => caseId);

  test('a reply that was approved goes out once the time to take it back is over', async () => {
    const caseId = await waiting();
    expect(await ids()).toEqual([caseId]);
    expect(await approve(caseId)).toMatchObject({ kind: 'done', caseId });
    expect(await ids()).toEqual([]);
    desk.queue.push({ kind: 'deliver', caseId, mailbox: 'support' });
    await desk.run();
    await desk.sweep();
    await desk.run();
    expect(desk.sent).toEqual([]);
    desk.marks.length = 0;
    await settle();
    expect(desk.sent.map(({ to }) => to.address)).toEqual(['ana@contoso.example']);
    expect(desk.marks.map(({ mark }) => mark)).toEqual([{ answered: true, moveTo: 'Answered' }]);
    await settle();
    expect(desk.sent).toHaveLength(1);
    const stored = await store.findCase(caseId);
    expect(stored).toMatchObject({
      action: 'reply',
      reason: 'reply-approved',
      mailState: 'finished',
    });
    expect(stored?.decision.evidence.at(-1)).toMatchObject({ stage: 'desk', code: 'approved' });
    expect(stored?.followUp?.state).toBe('waiting');
  });

  test('who sends what is proposed is not said to have changed it, though nothing was decided before', async () => {
    desk.mode = 'auto';
    const unproven = forwardOf('contoso').toString().replace('dmarc=pass', 'dmarc=none');
    const caseId = await desk.take(Buffer.from(unproven));
    await desk.run();
    expect((await store.findCase(caseId))?.decision).toMatchObject({
      reason: 'review-unauthenticated-forwarder',
    });
    const { choice, scenarios } = await proposal(caseId);
    await approve(caseId);
    expect((await store.listSettlements(caseId))[0]?.kind).toBe('approved');
    await actions.undo(caseId, act());
    // Whoever chooses what stood there already has chosen nothing else.
    await approve(caseId, 'ana', choice);
    expect((await store.listSettlements(caseId))[0]?.kind).toBe('approved');
    await actions.undo(caseId, act());
    const other = scenarios.find((scenario) => scenario !== choice.scenario);
    await approve(caseId, 'ana', other === undefined ? {} : { scenario: other });
    expect((await store.listSettlements(caseId))[0]?.kind).toBe('rerouted');
  });

  test('a reply that was taken back never goes out, and the case is as it was', async () => {
    const caseId = await waiting();
    const before = await store.findCase(caseId);
    await approve(caseId);
    passMs(9_000);
    expect(await actions.undo(caseId, act('bob'))).toMatchObject({ why: 'not-possible' });
    expect(await actions.undo(caseId, act())).toEqual({ kind: 'done', caseId });
    expect(await store.findCase(caseId)).toEqual(before);
    expect(await ids()).toEqual([caseId]);
    await settle();
    expect(desk.sent).toEqual([]);
    expect(await actions.undo(caseId, act())).toMatchObject({ why: 'not-possible' });
    await approve(caseId);
    await settle();
    expect(desk.sent).toHaveLength(1);
    expect(await actions.undo(caseId, act())).toMatchObject({ why: 'too-late' });
  });

  test('of two people who approve at once one does, and one reply goes out', async () => {
    const caseId = await waiting();
    const outcomes = await Promise.all(['ana', 'bob'].map((by) => approve(caseId, by)));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['done', 'refused']);
    expect(outcomes.find(({ kind }) => kind === 'refused')).toMatchObject({
      why: 'already-settled',
    });
    await settle();
    expect(desk.sent).toHaveLength(1);
  });

  test('two cases about the same are not both answered, unless a person says so', async () => {
    const first = await waiting();
    const second = await waiting('contoso', { id: 'contoso-2' });
    const seen = await proposal(second);
    await approve(first);
    expect(await actions.approve(second, { choice: {}, digest: seen.digest }, act())).toMatchObject(
      {
        why: 'answered-before',
      },
    );
    const again = await proposal(second);
    expect(again.answeredBefore).toMatchObject({ caseId: first });
    const approval = { choice: {}, digest: again.digest, evenIfAnswered: true };
    expect(await actions.approve(second, approval, act())).toMatchObject({ kind: 'done' });
    await settle();
    expect(desk.sent).toHaveLength(2);
    desk.mode = 'auto';
    await desk.take(forwardOf('contoso', { id: 'contoso-3' }));
    await desk.run();
    expect(desk.sent).toHaveLength(2);
  });

  test('who was silenced by an answer that was taken back waits for the desk', async () => {
    const first = await waiting();
    await approve(first);
    desk.mode = 'auto';
    const silenced = await desk.take(forwardOf('contoso', { id: 'contoso-2' }));
    await desk.run();
    expect(await store.findCase(silenced)).toMatchObject({ reason: 'suppressed-already-answered' });
    await actions.undo(first, act());
    expect(await store.findCase(silenced)).toMatchObject({
      action: 'review',
      reason: 'review-answer-taken-back',
    });
    expect((await ids()).toSorted()).toEqual([first, silenced].toSorted());
  });

  test('what would be sent is what was shown, or nothing', async () => {
    const caseId = await waiting();
    const { digest } = await proposal(caseId);
    const changed = {
      ...readyCustomer('contoso'),
      partnerApproved: false,
      approvalLink: 'https://x.example/',
    };
    await store.importCustomers([changed], {
      dryRun: false,
      at: desk.now,
      origin: { source: 'import', from: 'customers.csv', by: 'test' },
    });
    const outcome = await actions.approve(caseId, { choice: {}, digest }, act());
    expect(outcome.kind).toBe('refused');
    expect(await ids()).toEqual([caseId]);
  });

  test('an approved reply that waited while its record changed goes back to the desk', async () => {
    const caseId = await waiting();
    await approve(caseId);
    const [subscription] = readyCustomer('contoso').subscriptions;
    await store.importCustomers(
      [
        {
          ...readyCustomer('contoso'),
          subscriptions: [
            { product: 'Office 365 Business Premium', ...subscription, licensesAssigned: 40 },
          ],
        },
      ],
      { dryRun: false, at: desk.now, origin: { source: 'import', from: 'f.csv', by: 'test' } },
    );
    passMs(10 * 60_000);
    await desk.sweep();
    await desk.run();
    expect(desk.sent).toEqual([]);
    expect(await store.findCase(caseId)).toMatchObject({ reason: 'review-record-changed' });
    expect(await ids()).toEqual([caseId]);
  });

  test('nothing of a record goes to an address that the record does not know', async () => {
    const caseId = await waiting();
    expect(await actions.propose(caseId, { to: 'mallory@evil.example' })).toMatchObject({
      why: 'recipient-not-allowed',
    });
    const other = await proposal(caseId, { customerId: 'fabrikam' });
    expect(other.recipients.map(({ address }) => address)).toEqual(['ana@fabrikam.example']);
    expect(other.reply.text).not.toContain('contoso');
  });

  test('words of a person are sent as they are, and nothing in them is executed', async () => {
    const caseId = await waiting();
    const words = {
      subject: 'Hello {{customer.name}}',
      markdown: 'Dear *you*, {{partner.name}} <b>x</b>',
    };
    const found = await actions.propose(caseId, {}, words);
    if (found.kind === 'refused') throw new Error(found.sentence);
    expect(found.proposal.reply.subject).toBe('Hello {{customer.name}}');
    expect(found.proposal.reply.html).toContain('{{partner.name}} &lt;b&gt;x&lt;/b&gt;');
    expect(found.proposal.warnings.length).toBeGreaterThan(0);
    const { digest } = found.proposal;
    await actions.approve(caseId, { choice: {}, words, digest }, act());
    await settle();
    expect(desk.sent[0]?.text).toContain('Dear');
    expect((await store.listSettlements(caseId))[0]).toMatchObject({ kind: 'edited', by: 'ana' });
  });

  test('the markdown that is offered for editing makes the same reply', async () => {
    const caseId = await waiting();
    const { markdown, reply } = await proposal(caseId);
    const found = await actions.propose(caseId, {}, { subject: reply.subject, markdown });
    if (found.kind === 'refused') throw new Error(found.sentence);
    expect(found.proposal.reply.text).toBe(reply.text);
    expect(found.proposal.warnings).toEqual([]);
  });

  test('a case that was dismissed waits no more, until it is taken back or reopened', async () => {
    const caseId = await waiting();
    const dismissal = { why: 'no-answer-needed', note: 'a colleague called' } as const;
    expect(await actions.dismiss(caseId, dismissal, act())).toMatchObject({ kind: 'done' });
    expect(await ids()).toEqual([]);
    expect(await store.countReview()).toBe(0);
    expect(await store.listWaiting(5)).toEqual([]);
    expect(await actions.dismiss(caseId, dismissal, act('bob'))).toMatchObject({
      why: 'already-settled',
    });
    expect(await actions.propose(caseId, {})).toMatchObject({ why: 'already-settled' });
    expect(await actions.undo(caseId, act())).toMatchObject({ kind: 'done' });
    expect(await ids()).toEqual([caseId]);
    await actions.answerYourself(caseId, act());
    passMs(60_000);
    expect(await actions.undo(caseId, act())).toMatchObject({ why: 'too-late' });
    expect(await actions.reopen(caseId, act('bob'))).toMatchObject({ kind: 'done' });
    expect(await ids()).toEqual([caseId]);
    expect(await store.listSettlements(caseId)).toEqual([]);
    expect((await store.listAudit({ limit: 9 })).map(({ action }) => action)).toEqual([
      'reopened',
      'answered',
      'undone',
      'dismissed',
    ]);
  });

  test('in shadow nothing is approved', async () => {
    const caseId = await waiting();
    desk.mode = 'shadow';
    expect(await approve(caseId)).toMatchObject({ why: 'held' });
  });

  describe('a reply of which nobody knows whether it arrived', () => {
    const unconfirmed = async () => {
      desk.submit = async (reply) => {
        desk.sent.push(reply);
        return { outcome: 'unconfirmed', detail: 'cut off' };
      };
      const caseId = await desk.take(forwardOf('contoso'));
      await desk.run();
      expect(await ids()).toEqual([caseId]);
      return caseId;
    };

    test('is answered once a person found that it arrived', async () => {
      const caseId = await unconfirmed();
      desk.marks.length = 0;
      expect(await actions.arrived(caseId, act())).toEqual({ kind: 'done', caseId });
      await desk.run();
      expect(desk.marks).toHaveLength(1);
      expect(await store.findCase(caseId)).toMatchObject({
        action: 'reply',
        reason: 'reply-instructions',
        mailState: 'finished',
        reply: { state: 'sent' },
        followUp: { state: 'waiting' },
      });
      expect(await ids()).toEqual([]);
      expect(await actions.arrived(caseId, act())).toMatchObject({ why: 'already-replied' });
    });

    test('goes out again as the same message, once', async () => {
      const caseId = await unconfirmed();
      expect(await actions.propose(caseId, {})).toMatchObject({ why: 'not-possible' });
      expect(await actions.sendAgain(caseId, act())).toMatchObject({ kind: 'done' });
      expect(await actions.sendAgain(caseId, act('bob'))).toMatchObject({ why: 'already-settled' });
      await settle();
      expect(desk.sent).toHaveLength(2);
      expect(desk.sent[1]).toEqual(desk.sent[0]);
      expect(await ids()).toEqual([caseId]);
    });

    test('waits as it did when sending again is taken back', async () => {
      const caseId = await unconfirmed();
      const before = await store.findCase(caseId);
      await actions.sendAgain(caseId, act());
      expect(await actions.undo(caseId, act())).toMatchObject({ kind: 'done' });
      expect(await store.findCase(caseId)).toEqual(before);
      await settle();
      expect(desk.sent).toHaveLength(1);
    });
  });
});
