/**
 * Scheduled work over every queue: one process at a time runs it, and it ends when it is switched off.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Jobs } from '../../src/ports.ts';
import { eventually, keptLog, type OpenedQueues, queuePlaces } from './queues.ts';

for (const place of queuePlaces) {
  describe.skipIf(place.isMissing)(`schedules on ${place.name}`, () => {
    const log = keptLog();
    const opened: Jobs[] = [];
    const names: string[] = [];
    let queues: OpenedQueues;

    beforeAll(async () => {
      queues = await place.open(log);
    });
    afterAll(() => queues?.close());
    afterEach(async () => {
      const jobs = opened.at(-1);
      for (const name of names.splice(0)) await jobs?.unschedule(name);
      await Promise.all(opened.splice(0).map((one) => one.close()));
      log.lines.length = 0;
    });

    const open = async () => {
      const jobs = await queues.openJobs();
      opened.push(jobs);
      return jobs;
    };
    const nameOf = (name: string) => {
      names.push(name);
      return name;
    };

    test('the first run comes at once, and it comes back', async () => {
      const jobs = await open();
      let runs = 0;
      const run = async () => void runs++;
      await jobs.schedule({ name: nameOf('back'), everyMs: 100, run });
      await eventually(() => expect(runs).toBeGreaterThan(2));
    });

    test('of several processes one at a time runs it', async () => {
      const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let [runs, running, most] = [0, 0, 0];
      const run = async () => {
        const gate = gates[runs++];
        most = Math.max(most, ++running);
        await gate?.promise;
        running--;
      };
      for (const jobs of [await open(), await open()])
        await jobs.schedule({ name: nameOf('alone'), everyMs: 50, run });
      await eventually(() => expect(running).toBe(1));
      // Another process has had time to take the next one: its schedule of a marker has come round.
      let markers = 0;
      await (await open()).schedule({
        name: nameOf('marker'),
        everyMs: 50,
        run: async () => void markers++,
      });
      await eventually(() => expect(markers).toBeGreaterThan(5));
      try {
        expect([runs, most]).toEqual([1, 1]);
      } finally {
        for (const gate of gates) gate.resolve();
      }
      await eventually(() => expect(runs).toBeGreaterThan(2));
      expect(most).toBe(1);
    });

    test('a restart begins no run before its time', async () => {
      let runs = 0;
      const schedule = {
        name: nameOf('restart'),
        everyMs: 3_600_000,
        run: async () => void runs++,
      };
      await (await open()).schedule(schedule);
      await eventually(() => expect(runs).toBe(1));
      await Promise.all(opened.splice(0).map((one) => one.close()));
      const again = await open();
      await again.schedule(schedule);
      let markers = 0;
      await again.schedule({
        name: nameOf('marker-2'),
        everyMs: 50,
        run: async () => void markers++,
      });
      await eventually(() => expect(markers).toBeGreaterThan(3));
      expect(runs).toBe(1);
    });

    test('a run that fails is logged and comes back', async () => {
      const jobs = await open();
      let runs = 0;
      await jobs.schedule({
        name: nameOf('fails'),
        everyMs: 50,
        async run() {
          if (++runs === 1) throw new Error('not now');
        },
      });
      await eventually(() => expect(runs).toBeGreaterThan(1));
      expect(log.lines).toContainEqual(
        expect.objectContaining({
          level: 'error',
          fields: expect.objectContaining({ schedule: 'fails' }),
          sentence: 'A scheduled job failed; it comes back.',
        }),
      );
    });

    test('once switched off it comes no more, and can be switched on again', async () => {
      const jobs = await open();
      let runs = 0;
      const schedule = { name: nameOf('off'), everyMs: 50, run: async () => void runs++ };
      await jobs.schedule(schedule);
      await eventually(() => expect(runs).toBeGreaterThan(0));
      await jobs.unschedule('off');
      await jobs.unschedule('never-was');
      await jobs.close();
      const before = runs;
      const again = await open();
      let markers = 0;
      await again.schedule({
        name: nameOf('marker-3'),
        everyMs: 50,
        run: async () => void markers++,
      });
      await eventually(() => expect(markers).toBeGreaterThan(3));
      expect(runs).toBe(before);
      await again.schedule(schedule);
      await eventually(() => expect(runs).toBeGreaterThan(before));
    });

    // A store that loses its queue has lost everything else as well.
    if (place.name === 'Redis')
      test('a queue that loses everything gets it back', async () => {
        const jobs = await queues.openJobs({ keepMs: 20 });
        opened.push(jobs);
        let runs = 0;
        await jobs.schedule({ name: nameOf('lost'), everyMs: 50, run: async () => void runs++ });
        for (let round = 0; round < 3; round++) {
          const before = runs;
          await eventually(() => expect(runs).toBeGreaterThan(before));
          await queues.loseAll?.();
        }
        const before = runs;
        await eventually(() => expect(runs).toBeGreaterThan(before + 1));
        expect(log.lines).toContainEqual(
          expect.objectContaining({
            sentence: 'The queue has lost a schedule; it is put up again.',
          }),
        );
      });

    test('closing tells the run in hand, and waits for it', async () => {
      const jobs = await open();
      const begun = Promise.withResolvers<void>();
      let ended = false;
      await jobs.schedule({
        name: nameOf('closing'),
        everyMs: 3_600_000,
        async run(signal) {
          begun.resolve();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          ended = true;
        },
      });
      await begun.promise;
      await jobs.close();
      expect(ended).toBe(true);
      opened.splice(0);
      await open();
    });
  });
}
