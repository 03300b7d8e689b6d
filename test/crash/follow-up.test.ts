/**
 * The crash rule for what we begin ourselves: whatever is cut off, a customer is reminded once or not at all, is
 * told ahead once or not at all, and nothing is left where nobody sees it.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { followUps } from '../../src/pipeline/follow-up.ts';
import { outreach } from '../../src/pipeline/outreach.ts';
import type { PipelineParts } from '../../src/pipeline/parts.ts';
import { deliverReply, handleMail, markMail } from '../../src/pipeline.ts';
import type { Job } from '../../src/ports.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { emptyStore } from '../conformance/databases.ts';
import { cutAfter, cutOff } from '../support/cut-off.ts';
import { byTest } from '../support/origin.ts';
import { forwardOf, noon, openPipelineDesk, readyCustomer } from '../support/pipeline-desk.ts';

let opened: OpenedStore;
beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
});
afterAll(() => opened.store.close());
beforeEach(() => emptyStore(opened.pool));

const hourMs = 3_600_000;
const later = new Date(noon.getTime() + 8 * 24 * hourMs);

async function ready(name: string) {
  await emptyStore(opened.pool);
  await opened.store.importCustomers([readyCustomer(name)], {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  return openPipelineDesk(opened.store);
}

/** Whether it came to its end before it was cut off. */
function untilCutOff(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    (error: unknown) => {
      if (error !== cutOff) throw error;
      return false;
    },
  );
}

/** Delivers and marks what is queued with ports that may fail, in the order of a worker. */
async function work(parts: PipelineParts, queue: Job[]): Promise<void> {
  for (let job = queue.shift(); job !== undefined; job = queue.shift())
    await (job.kind === 'mark' ? markMail(parts, job) : deliverReply(parts, job));
}

test('cut off at every call of answering, a reply that went out is followed', {
  timeout: 120_000,
}, async () => {
  let cuts = 0;
  for (let n = 1; n < 80; n += 1) {
    const desk = await ready(`answered-${n}`);
    await desk.take(forwardOf(`answered-${n}`));
    const job = desk.queue.shift();
    if (job === undefined) throw new Error('nothing was queued');
    const { parts } = cutAfter(desk.parts, n);
    const deliver = { ...job, kind: 'deliver' } as const;
    const isFinished = await untilCutOff(
      handleMail(parts, job).then(() => deliverReply(parts, deliver)),
    );
    desk.queue.length = 0;
    await desk.sweep();
    await desk.run();
    const stored = await opened.store.findCase(job.caseId);
    const isFollowed = stored?.followUp?.state === 'waiting';
    expect(isFollowed, `call ${n}: ${stored?.reply?.state}`).toBe(stored?.reply?.state === 'sent');
    if (isFinished) break;
    cuts += 1;
  }
  expect(cuts).toBeGreaterThan(8);
});

test('cut off at every call, a customer is reminded once, or the desk knows', {
  timeout: 120_000,
}, async () => {
  let cuts = 0;
  for (let n = 1; n < 120; n += 1) {
    const desk = await ready(`reminded-${n}`);
    const id = await desk.take(forwardOf(`reminded-${n}`));
    await desk.run();
    expect(desk.sent).toHaveLength(1);
    desk.now = later;
    const { parts } = cutAfter(desk.parts, n);
    const isFinished = await untilCutOff(
      // One fault is logged and the others go on; here all that follows fails as well.
      followUps(parts).then(() => work(parts, desk.queue)),
    );
    desk.queue.length = 0;
    // Another process goes on, twice.
    for (let round = 0; round < 2; round += 1) {
      await followUps(desk.parts);
      await desk.sweep();
      await desk.run();
    }
    const stored = await opened.store.findCase(id);
    const own = await opened.store.findCase(stored?.followUps[0] ?? '');
    const what = `call ${n}: ${stored?.followUp?.state} ${own?.reason} ${own?.reply?.state}`;
    expect(desk.sent.length, what).toBeLessThanOrEqual(2);
    expect(stored?.followUp?.state, what).toBe('reminded');
    expect(own?.mailState, what).toBe('finished');
    const wasReminded = desk.sent.length === 2 && own?.reply?.state === 'sent';
    expect(wasReminded || own?.reason === 'review-unconfirmed', what).toBe(true);
    if (isFinished && (await opened.store.unfinishedJobs(['support'], 10)).length === 0 && n > 60)
      break;
    cuts += 1;
  }
  expect(cuts).toBeGreaterThan(20);
});

test('cut off at every call, a customer is told ahead once, or the desk knows', {
  timeout: 120_000,
}, async () => {
  let cuts = 0;
  for (let n = 1; n < 120; n += 1) {
    const name = `ahead-${n}`;
    const desk = await ready(name);
    const { parts } = cutAfter(desk.parts, n);
    const send = async (of: PipelineParts): Promise<void> => {
      const options = { mailbox: 'support', send: true, isStopped: () => false };
      for await (const { outcome } of outreach(of, options)) expect(outcome.kind).not.toBe('ready');
    };
    // Reading the customers is not what is cut off here.
    const store = { ...parts.store, eachCustomer: () => opened.store.eachCustomer() };
    const isFinished = await untilCutOff(send({ ...parts, store: wrapped(parts.store, store) }));
    desk.queue.length = 0;
    await send(desk.parts);
    // After an hour what was begun is anybody's to go on with.
    desk.now = new Date(noon.getTime() + 2 * hourMs);
    await desk.sweep();
    await desk.run();
    await send(desk.parts);
    const { rows } = await opened.pool.query<{ case_id: string }>('select case_id from mails');
    expect(rows).toHaveLength(1);
    const own = await opened.store.findCase(rows[0]?.case_id ?? '');
    const what = `call ${n}: ${own?.reason} ${own?.reply?.state}`;
    expect(desk.sent.length, what).toBeLessThanOrEqual(1);
    const wasTold = desk.sent.length === 1 && own?.reply?.state === 'sent';
    expect(wasTold || own?.reason === 'review-unconfirmed', what).toBe(true);
    expect(own?.mailState, what).toBe('finished');
    if (isFinished) break;
    cuts += 1;
  }
  expect(cuts).toBeGreaterThan(15);
});

/** The cut store, but for what is put in the place of some of its methods. */
function wrapped<Port extends object>(port: Port, instead: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, property, receiver) =>
      property === 'eachCustomer'
        ? Reflect.get(instead, property)
        : Reflect.get(target, property, receiver),
  });
}
