/**
 * A flood in one mailbox, and replies that cannot leave: the queue stays small, what is too much stays with the mail
 * server, nothing is lost or answered twice, and all of it goes on by itself.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ResponderError } from '../../src/errors.ts';
import { Backlog } from '../../src/pipeline/backlog.ts';
import { takeIn } from '../../src/pipeline.ts';
import type { FetchedMail, Store } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  type PipelineDesk,
  readyCustomer,
  watchingSince,
} from '../support/pipeline-desk.ts';

const bounds = { queued: 4, unsettled: 10 };
/** Customers of this test, in the order in which they write. */
let names: readonly string[] = [];
let contacts: readonly string[] = [];
let tests = 0;

let store: Store;
let desk: PipelineDesk;
let backlog: Backlog;

beforeAll(async () => {
  ({ store } = await openStore({ dataDir: ':memory:' }));
});
afterAll(() => store.close());

beforeEach(async () => {
  tests += 1;
  names = Array.from({ length: 12 }, (_, index) => `t${tests}n${String(index).padStart(2, '0')}`);
  contacts = names.map((name) => `ana@${name}.example`);
  await store.importCustomers(names.map(readyCustomer), {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  desk = await openPipelineDesk(store);
  desk.perHour = 1_000;
  backlog = new Backlog(desk.parts, bounds);
});
/** Nothing is left for the next test. */
afterEach(async () => {
  for (let round = 0; round < 10; round += 1) {
    await desk.run();
    await backlog.sweep();
  }
  expect(await store.countUnsettled('support')).toBe(0);
});

function mailOf(name: string, index: number): FetchedMail {
  const raw = forwardOf(name);
  return {
    location: { mailbox: 'support', path: 'INBOX', uidValidity: String(tests), uid: index + 1 },
    internalDate: new Date(noon.getTime() + index * 1_000),
    answered: false,
    sizeBytes: raw.byteLength,
    raw,
    complete: true,
  };
}

/** As a watcher does it: mail by mail, until it is told to leave the rest. Returns how many were taken. */
async function watch(from = 0): Promise<number> {
  for (const [index, name] of names.entries()) {
    if (index < from) continue;
    try {
      await backlog.admit('support');
    } catch (error) {
      if (error instanceof ResponderError && error.code === 'INTAKE_PAUSED') return index;
      throw error;
    }
    const cursor = { uidValidity: '1', nextUid: index + 2, watchingSince };
    const parts = { ...desk.parts, jobs: backlog.intake };
    await takeIn(parts, 'support', [mailOf(name, index)], cursor);
  }
  return names.length;
}

const sentTo = () => desk.sent.map(({ to }) => to.address);

test('no more than the bound is queued, and the rest follows in its order as room comes', async () => {
  expect(await watch()).toBe(11);
  // Those there was room for, and as many more that need not wait for a whole backlog.
  expect(desk.queue).toHaveLength(2 * bounds.queued);
  // Nothing was done yet, so there is no room.
  expect(await backlog.refill()).toBe(0);
  while ((await store.countUnsettled('support')) > 0) {
    await desk.run();
    for (let round = 0; round < 40 && desk.queue.length === 0; round += 1) await backlog.refill();
    expect(desk.queue.length).toBeLessThanOrEqual(2 * bounds.queued);
    if (desk.queue.length === 0) break;
  }
  expect(sentTo()).toEqual(contacts.slice(0, 11));
});

test('somebody who writes during a backlog does not wait for all of it', async () => {
  await watch();
  await backlog.sweep();
  await desk.run();
  const waiting = (await store.unfinishedJobs(['support'], 100)).length;
  expect(waiting).toBeGreaterThan(0);
  const raw = forwardOf('contoso', { id: 'now' });
  const parts = { ...desk.parts, jobs: backlog.intake };
  const mail = { ...mailOf('contoso', 50), raw };
  await takeIn(parts, 'support', [mail], { uidValidity: '1', nextUid: 52, watchingSince });
  expect(desk.queue).toHaveLength(1);
});

test('what is queued already is not queued again as room comes', async () => {
  await watch();
  const first = desk.queue.map(({ caseId }) => caseId);
  const done = desk.queue.splice(0, 2);
  desk.queue.splice(0);
  for (const job of done) desk.queue.push(job);
  await desk.run();
  await backlog.refill();
  for (const { caseId } of desk.queue) expect(first).not.toContain(caseId);
  // A queue that lost everything gets it all from the sweep.
  desk.queue.splice(0);
  await backlog.sweep();
  expect(desk.queue.map(({ caseId }) => caseId)).toEqual(
    expect.arrayContaining(first.slice(2, 2 + bounds.queued)),
  );
});

test('while replies cannot leave, the server keeps the new mails; then all are answered once', async () => {
  let isRefusing = true;
  const submit = desk.submit;
  desk.submit = async (reply) =>
    isRefusing
      ? { outcome: 'refused', permanent: false, response: '451 4.3.0 not now' }
      : submit(reply);
  const taken = await watch();
  expect(taken).toBe(11);
  for (let round = 0; round < 5; round += 1) {
    await desk.run();
    await backlog.sweep();
  }
  // No more is decided once as many replies wait as may.
  const kinds = Map.groupBy(await store.unfinishedJobs(['support'], 100), ({ kind }) => kind);
  expect(kinds.get('deliver')).toHaveLength(2 * bounds.queued);
  expect(kinds.get('handle')).toHaveLength(taken - 2 * bounds.queued);
  expect(await watch(taken)).toBe(taken);

  isRefusing = false;
  for (let round = 0; round < 10; round += 1) {
    await backlog.sweep();
    await desk.run();
  }
  expect(await watch(taken)).toBe(names.length);
  await desk.run();
  expect(sentTo().toSorted()).toEqual(contacts);
  expect(await store.countUnsettled('support')).toBe(0);
});

test('taking in goes on only when there is room for more than a few', async () => {
  await watch();
  const pausing = () =>
    backlog.admit('support').then(
      () => 'open',
      () => 'paused',
    );
  expect(await pausing()).toBe('paused');
  // Ten wait, then eight, then seven.
  for (const [finished, expected] of [
    [1, 'paused'],
    [2, 'paused'],
    [1, 'open'],
  ] as const) {
    const jobs = (await store.unfinishedJobs(['support'], finished)).slice(0, finished);
    desk.queue.splice(0, desk.queue.length, ...jobs);
    await desk.run();
    expect([finished, await pausing()]).toEqual([finished, expected]);
  }
});
