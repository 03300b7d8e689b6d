/**
 * How many statements a mail costs, step by step: bookkeeping is most of what the service does, so an added
 * statement must not come unseen. Counted where the drivers are called, `begin` and `commit` included.
 */
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { deliverReply, handleMail, markMail } from '../../src/pipeline.ts';
import type { Job } from '../../src/ports.ts';
import { databases, emptyStore, type OpenedDatabase } from '../conformance/databases.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  type PipelineDesk,
  readyCustomer,
} from '../support/pipeline-desk.ts';

/** Statements that reach the database while `work` runs. */
async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const seen: string[] = [];
  const note = (text: unknown) => {
    seen.push(typeof text === 'string' ? text : String((text as { text?: string }).text));
  };
  const spies = [
    vi.spyOn(pg.Client.prototype, 'query'),
    vi.spyOn(PGlite.prototype, 'query'),
    vi.spyOn(PGlite.prototype, 'exec'),
  ];
  try {
    await work();
    for (const spy of spies) for (const [text] of spy.mock.calls) note(text);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return seen;
}

const others = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    Buffer.from(`From: a@b.example\r\nMessage-ID: <o${n}@b.example>\r\nSubject: hi\r\n\r\nhi\r\n`),
  );

/** All jobs of a kind at once, as a worker with room for them runs them. */
async function runAll(desk: PipelineDesk, kind: Job['kind']): Promise<void> {
  const run = { handle: handleMail, deliver: deliverReply, mark: markMail }[kind];
  const jobs = desk.queue.splice(0).filter((job) => job.kind === kind);
  expect(jobs.length).toBeGreaterThan(0);
  await Promise.all(jobs.map((job) => run(desk.parts, job)));
}

function expectAtMost(
  counts: Readonly<Record<string, number>>,
  most: Readonly<Record<string, number>>,
): void {
  const above = Object.entries(counts).filter(([step, count]) => count > (most[step] ?? 0));
  expect(above, JSON.stringify(counts)).toEqual([]);
  expect(Object.keys(counts)).toEqual(Object.keys(most));
}

for (const database of databases) {
  describe.skipIf(database.isMissing)(`statements on ${database.name}`, () => {
    let opened: OpenedDatabase;
    beforeAll(async () => {
      opened = await database.open();
    });
    afterAll(() => opened?.close());

    const ready = async (names: readonly string[]) => {
      await emptyStore(opened.pool);
      await opened.store.importCustomers(names.map(readyCustomer), {
        dryRun: false,
        at: noon,
        origin: byTest,
      });
      return openPipelineDesk(opened.store);
    };

    test('a single mail that is answered', async () => {
      const desk = await ready(['one']);
      const counts = {
        intake: (await statementsOf(() => desk.take(forwardOf('one')))).length,
        handle: (await statementsOf(() => runAll(desk, 'handle'))).length,
        deliver: (await statementsOf(() => runAll(desk, 'deliver'))).length,
        mark: (await statementsOf(() => runAll(desk, 'mark'))).length,
      };
      expect(desk.sent).toHaveLength(1);
      // Before statements were shared: 5, 26, 13 and 8.
      expectAtMost(counts, { intake: 5, handle: 12, deliver: 2, mark: 2 });
    });

    test('twenty mails at once, of which ten are answered', async () => {
      const names = Array.from({ length: 10 }, (_, n) => `many-${n}`);
      const desk = await ready(names);
      const mails = [...names.map((name) => forwardOf(name)), ...others(10)];
      await desk.takeAll(mails);
      const counts = {
        handle: (await statementsOf(() => runAll(desk, 'handle'))).length,
        deliver: (await statementsOf(() => runAll(desk, 'deliver'))).length,
        mark: (await statementsOf(() => runAll(desk, 'mark'))).length,
      };
      expect(desk.sent).toHaveLength(10);
      // Before: 302, 130 and 80. How many of the looks for customers fall together depends on the machine.
      expectAtMost(counts, { handle: 60, deliver: 4, mark: 4 });
    });
  });
}
