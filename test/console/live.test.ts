/**
 * The stream of changes: one look for all who listen, none for nobody, bounded, and ended with the server.
 */
import type { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { listenersPerPersonMax, openLive } from '../../src/console/live.ts';
import { silent } from '../support/pipeline-desk.ts';

interface Desk {
  review: string;
  cases: string;
  waiting: number;
  presence: { readonly caseId: string; readonly by: string; readonly seenAt: Date }[];
  looks: number;
  fails: boolean;
  now: Date;
}

function openDesk() {
  const desk: Desk = {
    review: '1',
    cases: '1',
    waiting: 3,
    presence: [],
    looks: 0,
    fails: false,
    now: new Date('2026-11-23T12:00:00Z'),
  };
  const live = openLive({
    store: {
      changeMarks: async () => {
        desk.looks += 1;
        if (desk.fails) throw new Error('the store is away');
        return { review: desk.review, cases: desk.cases };
      },
      countReview: async () => desk.waiting,
      listPresence: async () => desk.presence,
    },
    clock: { now: () => desk.now },
    log: silent,
  });
  return { desk, live };
}

function heard(stream: PassThrough | undefined): string {
  return String(stream?.read() ?? '');
}

test('tells each screen once that something changed, and nothing while nothing does', async () => {
  const { desk, live } = openDesk();
  const one = live.listen('ana');
  const two = live.listen('ben');
  await live.look();
  expect(heard(one)).toContain('event: review\ndata: 3\n\n');
  heard(two);
  await live.look();
  expect(heard(one)).toBe('');
  desk.review = '2';
  desk.waiting = 2;
  await live.look();
  expect(heard(one)).toBe(heard(two));
  expect(desk.looks).toBe(3);
  live.close();
});

test('tells who is at which case', async () => {
  const { desk, live } = openDesk();
  const stream = live.listen('ana');
  await live.look();
  heard(stream);
  desk.presence = [{ caseId: 'c1', by: 'ben', seenAt: desk.now }];
  await live.look();
  expect(heard(stream)).toContain('event: presence\ndata: {"c1":["ben"]}');
  live.close();
});

test('a store that is away ends nobody’s stream', async () => {
  const { desk, live } = openDesk();
  const stream = live.listen('ana');
  desk.fails = true;
  await live.look();
  desk.fails = false;
  await live.look();
  expect(heard(stream)).toContain('event: review');
  live.close();
});

test('one person cannot take all connections', () => {
  const { live } = openDesk();
  for (let i = 0; i < listenersPerPersonMax; i += 1) expect(live.listen('ana')).toBeDefined();
  expect(live.listen('ana')).toBeUndefined();
  expect(live.listen('ben')).toBeDefined();
  live.close();
});

test('a stream ends in time, so that whoever was locked out does not go on listening', async () => {
  const { desk, live } = openDesk();
  const stream = live.listen('ana');
  desk.now = new Date(desk.now.getTime() + 5 * 60_000);
  await live.look();
  expect(stream?.writableEnded).toBe(true);
  live.close();
});

test('nobody is looked for once the last one has left', async () => {
  const { live } = openDesk();
  const stream = live.listen('ana');
  const left = new Promise((resolve) => stream?.on('close', resolve));
  stream?.destroy();
  await left;
  expect(live.listeners).toBe(0);
});
