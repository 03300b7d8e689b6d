/**
 * The store over every database: what the desk does with cases, with every refusal, and what a worker of the version
 * before cannot do to them.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../src/core/decision.ts';
import { approvedDecision } from '../../src/core/desk-decision.ts';
import { headerSectionBytesMax } from '../../src/core/limits.ts';
import type { Act } from '../../src/ports/audit.ts';
import { undoMs } from '../../src/ports/desk.ts';
import type { Approval } from '../../src/ports/desk-store.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import {
  cursor,
  later,
  mailOf,
  noon,
  recordOf,
  replyDecision,
  replyRecord,
  replyTo,
} from './samples.ts';

const plan = 'plan' in replyDecision ? replyDecision.plan : undefined;
if (plan === undefined) throw new Error('the sample replies');

const review = (more: object = {}): Decision => ({
  ...replyDecision,
  action: 'review',
  reason: 'review-every-reply',
  ...more,
});

for (const database of databases) {
  describe.skipIf(database.isMissing)(`the desk in the store on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: OpenedDatabase['store'];

    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    let uid = 0;
    const take = async (caseId: string) => {
      uid += 1;
      const mail = mailOf(caseId, { location: { ...mailOf(caseId).location, uid } });
      await store.accept('support', [mail], cursor);
    };
    const waits = async (caseId: string, decision = review()) => {
      await take(caseId);
      await store.saveDecision(recordOf(caseId, decision));
      await store.finishMail(caseId);
    };
    const act = (ms = 0, by = 'ana'): Act => ({ at: later(ms), by, via: 'console' });
    const approval = async (caseId: string, more: Partial<Approval> = {}): Promise<Approval> => {
      const stored = await store.findCase(caseId);
      const seen = stored?.decision ?? review();
      return {
        caseId,
        kind: 'approved',
        act: act(),
        undoUntil: later(undoMs),
        seen,
        decision: approvedDecision(seen, plan, { code: 'approved', by: 'ana' }),
        chosen: { scenario: 'cancel-portal', customerId: 'C-1' },
        reply: replyTo('ana@contoso.example'),
        domain: 'contoso.example',
        isGeneral: false,
        evenIfAnswered: false,
        ...more,
      };
    };
    const approve = async (caseId: string, more: Partial<Approval> = {}) =>
      store.approveReply(await approval(caseId, more));
    const done = { kind: 'done' };
    const ids = async () => (await store.listReview(50)).map((line) => line.caseId);

    test('nothing is claimed before its time, whoever asks and whatever version it is', async () => {
      await waits('a');
      expect(await approve('a')).toMatchObject(done);
      expect(await store.claimReply('a', later(undoMs - 1))).toEqual({ status: 'held' });
      const claim = { at: later(undoMs + 1), decidedAfter: later(-60_000) };
      expect(await store.claimFresh('a', claim)).toBeUndefined();
      // As the version before claims.
      const old = `update replies set state = 'sending', attempts = attempts + 1, claimed_at = $1
        where case_id = 'a' and state = 'pending' returning case_id`;
      expect((await opened.pool.query(old, [later(undoMs - 1)])).rows).toEqual([]);
      expect(await store.unfinishedJobs(['support'], 9, later(undoMs - 1))).toEqual([]);
      expect(await store.unfinishedJobs(['support'], 9, later(undoMs))).toEqual([
        { kind: 'deliver', caseId: 'a', mailbox: 'support' },
      ]);
      await store.finishMail('a');
      expect((await store.findCase('a'))?.mailState).toBe('decided');
      expect(await store.claimReply('a', later(undoMs))).toMatchObject({ status: 'claimed' });
      expect(await store.undoSettlement('a', act(undoMs))).toMatchObject({ why: 'too-late' });
      expect(await approve('a')).toMatchObject({ why: 'already-settled' });
      await store.settleReply('a', { state: 'sent', at: later(undoMs), response: '250' });
      expect(await approve('a')).toMatchObject({ why: 'already-replied' });
      expect(
        await store.settleCase({ caseId: 'a', kind: 'answered', act: act(), undoUntil: noon }),
      ).toMatchObject({ why: 'already-replied' });
    });

    test('taking it back leaves everything as it was', async () => {
      await waits('a');
      const before = await store.findCase('a');
      await approve('a');
      expect(await store.undoSettlement('a', act(1, 'bob'))).toMatchObject({ why: 'not-possible' });
      expect(await store.undoSettlement('a', act(undoMs + 1))).toMatchObject({ why: 'too-late' });
      expect(await store.undoSettlement('a', act(undoMs))).toMatchObject(done);
      expect(await store.findCase('a')).toEqual(before);
      expect(await store.listSettlements('a')).toEqual([]);
      expect(await store.undoSettlement('a', act(undoMs))).toMatchObject({ why: 'not-possible' });
      expect(await store.claimReply('a', later(undoMs * 2))).toEqual({ status: 'settled' });
    });

    test('a reply that was withdrawn before comes back when a new one is taken back', async () => {
      await take('a');
      await store.saveDecision(replyRecord('a', 'first key'));
      await store.withdrawReply('a', { at: noon, reason: 'review-sending-paused', detail: 'x' });
      await store.finishMail('a');
      const before = await store.findCase('a');
      expect(await approve('a')).toMatchObject(done);
      expect((await store.findCase('a'))?.reply).toMatchObject({ state: 'pending', attempts: 0 });
      expect(await store.undoSettlement('a', act())).toMatchObject(done);
      expect(await store.findCase('a')).toEqual(before);
    });

    test('of many who approve and take back at once, what happened is one story', async () => {
      const other = await opened.again?.();
      const stores = [store, other?.store ?? store];
      for (let round = 0; round < 8; round += 1) {
        const caseId = `race-${round}`;
        await waits(caseId);
        const more = { evenIfAnswered: true };
        const wanted = await approval(caseId, more);
        const outcomes = await Promise.all(stores.map((one) => one.approveReply(wanted)));
        expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['done', 'refused']);
        const [undone, claim] = await Promise.all([
          store.undoSettlement(caseId, act(undoMs)),
          (other?.store ?? store).claimReply(caseId, later(undoMs)),
        ]);
        expect(undone.kind === 'done', `round ${round}`).toBe(claim.status !== 'claimed');
      }
      await other?.store.close();
    });

    test('one reply under a key, unless a person says that it is to go again', async () => {
      await waits('a');
      await waits('b');
      await approve('a');
      expect(await approve('b')).toMatchObject({ why: 'answered-before' });
      expect(await ids()).toEqual(['b']);
      expect(await approve('b', { evenIfAnswered: true })).toMatchObject(done);
      expect((await store.findCase('b'))?.reply?.replyKey).toBe(`${plan.replyKey}:desk:b`);
      await take('c');
      const automatic = replyRecord('c', plan.replyKey);
      expect(await store.saveDecision(automatic)).toBe('outrun');
      const query = { mailbox: 'support', replyKey: plan.replyKey, now: noon };
      const where = { address: 'ana@contoso.example', domain: 'contoso.example' };
      expect(await store.replyHistory({ ...query, ...where })).toMatchObject({ sameKeyCount: 2 });
    });

    test('what is held is not approved', async () => {
      await waits('a');
      await take('pausing');
      await store.saveDecision({
        ...recordOf('pausing', review()),
        pause: { detail: '61 within an hour', fromMailboxLastHour: 0 },
      });
      expect(await approve('a')).toMatchObject({ why: 'held' });
      await store.releaseHold({ kind: 'mailbox', name: 'support' }, { at: noon, by: 'ana' });
      expect(await approve('a')).toMatchObject(done);
    });

    test('what is no case, or was never to be answered, is not approved', async () => {
      expect(await approve('nothing')).toMatchObject({ why: 'no-case' });
      const machine = review({ action: 'suppress', reason: 'suppressed-list' });
      await waits('list', machine);
      expect(await approve('list')).toMatchObject({ why: 'never-answered' });
      const settling = { caseId: 'list', kind: 'answered', act: act(), undoUntil: noon } as const;
      expect(await store.settleCase(settling)).toMatchObject({ why: 'not-possible' });
      await waits('changed');
      const seen = review({ reason: 'review-no-customer' });
      expect(await approve('changed', { seen })).toMatchObject({ why: 'changed' });
    });

    test('a case that is settled waits no more, until something new happens to it', async () => {
      await waits('a');
      const settling = { kind: 'dismissed', act: act(), undoUntil: later(undoMs) } as const;
      const why = { dismissal: 'other', note: 'nul\u0000' } as const;
      expect(await store.settleCase({ caseId: 'a', ...settling, ...why })).toMatchObject(done);
      expect([await ids(), await store.countReview(), await store.listWaiting(9)]).toEqual([
        [],
        0,
        [],
      ]);
      expect(await store.settleCase({ caseId: 'a', ...settling })).toMatchObject({
        why: 'already-settled',
      });
      expect(await approve('a')).toMatchObject({ why: 'already-settled' });
      // As the version before turns a case over to the desk, for another reason or once more for the same.
      for (let round = 0; round < 2; round += 1) {
        await opened.pool.query(
          `update cases set action = 'review', reason = 'review-undeliverable' where case_id = 'a'`,
        );
        expect(await ids()).toEqual(['a']);
        await store.settleCase({ caseId: 'a', ...settling });
      }
      await store.giveUp('a', { at: noon, detail: 'x', kind: 'handle' });
      expect(await store.reopenCase('a', act(60_000, 'bob'))).toMatchObject(done);
      expect(await ids()).toEqual(['a']);
      expect(await store.reopenCase('a', act())).toMatchObject({ why: 'not-possible' });
    });

    test('an overdue reply is settled, and comes back when that is taken back', async () => {
      await take('a');
      await store.saveDecision(replyRecord('a', 'key'));
      await store.claimReply('a', noon);
      const followUp = { customerId: 'C-1', dueAt: noon };
      await store.settleReply('a', { state: 'sent', at: noon, response: 'ok', followUp });
      await store.settleFollowUp('a', { state: 'told', at: noon, detail: 'not done' });
      expect(await ids()).toEqual(['a']);
      const settling = { caseId: 'a', kind: 'answered', act: act(), undoUntil: later(9) } as const;
      expect(await store.settleCase(settling)).toMatchObject(done);
      expect(await store.findFollowUp('a')).toMatchObject({ state: 'stopped' });
      expect(await ids()).toEqual([]);
      expect(await store.undoSettlement('a', act())).toMatchObject(done);
      expect(await store.findFollowUp('a')).toMatchObject({ state: 'told', detail: 'not done' });
      expect(await ids()).toEqual(['a']);
    });

    test('the most urgent comes first, and what changed is seen', async () => {
      const marks = [await store.changeMarks()];
      await waits('late', review({ notice: { expiresOn: '2026-12-24' } }));
      await waits('never', review({ notice: {} }));
      await waits('soon', review({ notice: { expiresOn: '2026-03-05' } }));
      expect(await ids()).toEqual(['soon', 'late', 'never']);
      marks.push(await store.changeMarks());
      await approve('late');
      marks.push(await store.changeMarks());
      await store.undoSettlement('late', act());
      marks.push(await store.changeMarks());
      await approve('late', { act: act(1) });
      marks.push(await store.changeMarks());
      await store.claimReply('late', later(undoMs));
      const claimed = await store.changeMarks();
      expect(new Set(marks.map((mark) => mark.review)).size).toBe(marks.length);
      expect(new Set([...marks, claimed].map((mark) => mark.cases)).size).toBe(marks.length + 1);
      expect(await store.changeMarks()).toEqual(claimed);
      const [line] = await store.listReview(1);
      expect(line).toMatchObject({ expiresOn: '2026-03-05', hasProposal: true });
    });

    test('who is erased stands in no note, in no case as it was before, and not in the audit log', async () => {
      const address = 'ana@contoso.example';
      await waits('a');
      await waits('b', review({ sender: undefined, match: undefined, plan: undefined }));
      await approve('a');
      await store.undoSettlement('a', act());
      const note = `called ${address}`;
      const settling = { kind: 'dismissed', act: act(), undoUntil: later(9) } as const;
      await store.settleCase({ caseId: 'b', ...settling, note });
      await store.writeAudit({
        ...act(),
        action: 'released',
        subject: 'hold',
        subjectId: address,
        before: { contacts: `Ana <${address}>`, name: 'Contoso' },
      });
      expect((await store.listNotesNaming(address)).map((one) => one.note)).toEqual([note]);
      expect(await store.listAuditNaming(address)).toHaveLength(1);
      await store.erasePerson({ address, at: noon, by: 'eve', caseIds: [], recordCaseIds: [] });
      const { rows } = await opened.pool.query(
        `select coalesce(note, '') || coalesce(before::text, '') as said from desk_settlements
         union all select subject_id || coalesce(before::text, '') from audit`,
      );
      expect(JSON.stringify(rows)).not.toContain(address);
      expect(JSON.stringify(rows)).toContain('Contoso');
      await store.settleCase({ caseId: 'a', ...settling, note: 'no address' });
      await store.emptyCases(['support'], { before: later(1), at: later(1), limit: 9 });
      expect((await store.listSettlements('a'))[0]?.note).toBeUndefined();
      expect(await store.reopenCase('a', act())).toMatchObject({ why: 'emptied' });
      expect(await store.undoSettlement('a', act())).toMatchObject({ why: 'not-possible' });
    });

    const answered = async (caseId: string, state: 'unconfirmed' | 'rejected') => {
      await take(caseId);
      await store.saveDecision(replyRecord(caseId, plan.replyKey));
      await store.claimReply(caseId, noon);
      await store.settleReply(caseId, { state, at: noon, response: 'x' });
      await store.finishMail(caseId);
    };
    const again = async (caseId: string) => {
      const seen = (await store.findCase(caseId))?.decision ?? review();
      const decision = approvedDecision(seen, plan, { code: 'sent-again', by: 'ana' });
      const more = { undoUntil: later(undoMs), domain: 'contoso.example' };
      return store.sendReplyAgain({ caseId, act: act(), seen, decision, ...more });
    };

    test('a reply that was sent in another case meanwhile does not go again', async () => {
      await answered('a', 'unconfirmed');
      await waits('b');
      expect(await approve('b', { evenIfAnswered: true })).toMatchObject(done);
      expect(await again('a')).toMatchObject({ why: 'answered-before' });
      await store.undoSettlement('b', act());
      expect(await again('a')).toMatchObject(done);
    });

    test('an answer of the server that comes late keeps a reply from going twice', async () => {
      await answered('a', 'unconfirmed');
      await again('a');
      await store.settleReply('a', { state: 'sent', at: later(1), response: '250 at last' });
      expect((await store.findCase('a'))?.reply?.state).toBe('sent');
      expect(await store.claimReply('a', later(undoMs))).toEqual({ status: 'settled' });
      expect(await store.undoSettlement('a', act(2))).toMatchObject({ why: 'too-late' });
      await waits('b');
      await approve('b', { evenIfAnswered: true });
      await store.settleReply('b', { state: 'sent', at: later(1), response: '250' });
      expect((await store.findCase('b'))?.reply?.state, 'nobody tried to send it').toBe('pending');
    });

    test('a reply that comes back just when a person sends it again does not go again', async () => {
      await answered('a', 'unconfirmed');
      await again('a');
      await take('report');
      const bounce = { kind: 'failed', caseId: 'a', status: '5.1.1' } as const;
      const silenced = {
        action: 'suppress',
        reason: 'suppressed-bounce',
        plan: undefined,
      } as const;
      await store.saveDecision(recordOf('report', review({ ...silenced, bounce })));
      expect(await store.claimReply('a', later(undoMs))).toEqual({ status: 'settled' });
      expect(await store.findCase('a')).toMatchObject({
        reason: 'review-undeliverable',
        reply: { state: 'undeliverable' },
      });
      expect(await store.undoSettlement('a', act(2))).toMatchObject({ why: 'too-late' });
      expect(await again('a')).toMatchObject({ why: 'held' });
    });

    test('a case that was emptied while it waited can still be put away', async () => {
      await waits('a');
      await store.emptyCases(['support'], { before: later(1), at: later(1), limit: 9 });
      expect(await ids()).toEqual(['a']);
      expect(await approve('a')).toMatchObject({ why: 'emptied' });
      const settling = { caseId: 'a', kind: 'dismissed', act: act(), undoUntil: later(9) } as const;
      expect(await store.settleCase(settling)).toMatchObject(done);
      expect(await ids()).toEqual([]);
      expect(await store.settleCase(settling)).toMatchObject({ why: 'already-settled' });
    });

    test('nothing goes to somebody who is erased while the approval can be taken back', async () => {
      const address = 'ana@contoso.example';
      await waits('a');
      await approve('a');
      await store.erasePerson({ address, at: noon, by: 'eve', caseIds: ['a'], recordCaseIds: [] });
      expect((await store.findCase('a'))?.reply?.state).toBe('withdrawn');
      expect(await store.claimReply('a', later(undoMs))).toEqual({ status: 'settled' });
    });

    test('whoever was silenced by an answer that is gone by now waits, and is not silenced again', async () => {
      await waits('a');
      await approve('a');
      const silenced = { action: 'suppress', reason: 'suppressed-already-answered' } as const;
      await waits('b', review({ ...silenced, relatedCaseId: 'a', plan: undefined }));
      await approve('b', { evenIfAnswered: true });
      await store.undoSettlement('a', act());
      await store.undoSettlement('b', act());
      expect((await ids()).sort()).toEqual(['a', 'b']);
      expect((await store.findCase('b'))?.reason).toBe('review-answer-taken-back');
      await approve('a', { act: act(1) });
      await waits('c', review({ ...silenced, relatedCaseId: 'a', plan: undefined }));
      await approve('c', { evenIfAnswered: true });
      await store.undoSettlement('c', act());
      expect((await store.findCase('c'))?.reason).toBe('suppressed-already-answered');
    });

    test('a reply that goes again after it came back is followed up again', async () => {
      await take('a');
      await store.saveDecision(replyRecord('a', plan.replyKey));
      await store.claimReply('a', noon);
      const followUp = { customerId: 'C-1', dueAt: noon };
      await store.settleReply('a', { state: 'sent', at: noon, response: 'ok', followUp });
      await store.settleFollowUp('a', { state: 'stopped', at: noon, detail: 'came back' });
      await opened.pool.query(`update replies set state = 'undeliverable' where case_id = 'a'`);
      expect(await again('a')).toMatchObject(done);
      await store.claimReply('a', later(undoMs));
      const dueAt = later(9 * undoMs);
      const sent = { state: 'sent', at: later(undoMs), response: 'ok' } as const;
      await store.settleReply('a', { ...sent, followUp: { customerId: 'C-1', dueAt } });
      expect(await store.findFollowUp('a')).toMatchObject({ state: 'waiting', dueAt });
    });

    test('of a mail that is looked at only its beginning is fetched', async () => {
      const raw = new Uint8Array(headerSectionBytesMax + 100).fill(97);
      await store.accept('support', [mailOf('large', { raw, answered: true })], cursor);
      expect((await store.findRaw('large', 10))?.byteLength).toBe(10);
      expect((await store.findRaw('large'))?.byteLength).toBe(raw.byteLength);
      const head = await store.findMailHead('large');
      expect(head?.octets?.byteLength).toBe(headerSectionBytesMax);
      expect(head?.answered).toBe(true);
      await opened.pool.query('update mails set raw = null');
      expect(await store.findRaw('large', 10)).toBeUndefined();
      expect(await store.findMailHead('large')).toEqual({ answered: true });
      expect(await store.findMailHead('none')).toBeUndefined();
    });

    test('who looks at a case is seen, and forgotten', async () => {
      await store.notePresence({ caseId: 'a', by: 'ana', seenAt: noon });
      await store.notePresence({ caseId: 'a', by: 'ana', seenAt: later(1_000) });
      await store.notePresence({ caseId: 'a', by: 'bob', seenAt: later(2_000) });
      expect((await store.listPresence(later(1_000))).map(({ by }) => by)).toEqual(['ana', 'bob']);
      await store.notePresence({ caseId: 'b', by: 'bob', seenAt: later(3_600_000) });
      expect((await store.listPresence(noon)).map(({ caseId }) => caseId)).toEqual(['b']);
    });
  });
}
