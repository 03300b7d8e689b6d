/**
 * The crash rule for what the desk does: cut off at every call between an approval and the mark, a reply goes out
 * once or not at all, never before the time to take it back is over, never after it was taken back, and its case is
 * never lost from sight.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeskParts, deskActions } from '../../src/pipeline/desk.ts';
import { deliverReply, markMail } from '../../src/pipeline.ts';
import type { Act } from '../../src/ports/audit.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { cutAfter, cutOff } from '../support/cut-off.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  type PipelineDesk,
  readyCustomer,
} from '../support/pipeline-desk.ts';

let opened: OpenedStore;
beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
});
afterAll(() => opened.store.close());

let serial = 0;
async function waitingCase() {
  serial += 1;
  const name = `desk-customer-${serial}`;
  await opened.store.importCustomers([readyCustomer(name)], {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  const desk = await openPipelineDesk(opened.store);
  desk.mode = 'review';
  const caseId = await desk.take(forwardOf(name));
  await desk.run();
  return { desk, caseId };
}

/** Actions of a process whose store may be gone at the nth call. */
function actionsOf(desk: PipelineDesk, store: unknown = opened.store) {
  const parts = { ...desk.parts, store: store as DeskParts['store'] };
  return deskActions({
    store: parts.store,
    pipelineOf: () => parts,
    clock: { now: () => desk.now },
    log: desk.parts.log,
  });
}

const actAt = (at: Date): Act => ({ at, by: 'ana', via: 'console' });

const isThrough = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    (error: unknown) => {
      if (error !== cutOff) throw error;
      return false;
    },
  );

async function approved(desk: PipelineDesk, caseId: string, store?: unknown) {
  const actions = actionsOf(desk, store);
  const found = await actions.propose(caseId, {});
  if (found.kind === 'refused') return found;
  const { digest } = found.proposal;
  const outcome = await actions.approve(caseId, { choice: {}, digest }, actAt(desk.now));
  return outcome;
}

test('cut off at every call of approving, sending and marking', { timeout: 240_000 }, async () => {
  let cuts = 0;
  for (let n = 1; n < 80; n += 1) {
    const { desk, caseId } = await waitingCase();
    const job = { caseId, mailbox: 'support' };
    const cut = cutAfter(desk.parts, n);
    const isDone = await isThrough(
      approved(desk, caseId, cut.parts.store)
        .then(() => deliverReply(cut.parts, { ...job, kind: 'deliver' }))
        .then(() => {
          expect(desk.sent, `call ${n}: too early`).toEqual([]);
          desk.now = new Date(noon.getTime() + 10_001);
        })
        .then(() => deliverReply(cut.parts, { ...job, kind: 'deliver' }))
        .then(() => markMail(cut.parts, { ...job, kind: 'mark' })),
    );
    desk.now = noon;
    if (desk.sent.length === 0) {
      desk.queue.length = 0;
      await desk.sweep();
      await desk.run();
      expect(desk.sent, `call ${n}: before the time is over`).toEqual([]);
    }
    desk.now = new Date(noon.getTime() + 10_001);
    await desk.sweep();
    await desk.run();
    const stored = await opened.store.findCase(caseId);
    const waits = (await opened.store.listReview(500)).some((line) => line.caseId === caseId);
    const wasSent = desk.sent.length === 1 && stored?.reply?.state === 'sent' && !waits;
    expect(desk.sent.length, `call ${n}`).toBeLessThanOrEqual(1);
    expect(wasSent || waits, `call ${n}: ${stored?.reason} ${stored?.reply?.state}`).toBe(true);
    expect(stored?.mailState, `call ${n}`).toBe('finished');
    if (isDone) break;
    cuts += 1;
  }
  expect(cuts).toBeGreaterThan(15);
});

test('cut off at every call of taking it back', { timeout: 120_000 }, async () => {
  let cuts = 0;
  for (let n = 1; n < 20; n += 1) {
    const { desk, caseId } = await waitingCase();
    expect(await approved(desk, caseId)).toMatchObject({ kind: 'done' });
    const cut = cutAfter(desk.parts, n);
    const actions = actionsOf(desk, cut.parts.store);
    const isDone = await isThrough(actions.undo(caseId, actAt(desk.now)));
    const isUndone = (await opened.store.findCase(caseId))?.action === 'review';
    desk.now = new Date(noon.getTime() + 10_001);
    await desk.sweep();
    await desk.run();
    expect(desk.sent, `call ${n}`).toHaveLength(isUndone ? 0 : 1);
    if (isDone) break;
    cuts += 1;
  }
  expect(cuts).toBeGreaterThan(1);
});
