/**
 * The worker threads of `evaluate`: a thread that dies is told, and nothing hangs or is lost.
 */
import { expect, test } from 'vitest';
import { judgeInThreads } from '../../src/commands/evaluate-threads.ts';

const script = new URL('../support/dying-evaluate-worker.ts', import.meta.url);

function judge(files: readonly string[], config = 'responder.yaml') {
  let judged = 0;
  const mails = files.map((file) => ({ file, path: file, label: {}, groups: [] }));
  const run = judgeInThreads({
    mails,
    options: { config },
    place: { cwd: '.', env: {} },
    workers: 2,
    onJudged: (count) => {
      judged += count;
    },
    script,
  });
  return run.then((results) => ({ results, judged }));
}

test('results come in the order of the mails', async () => {
  const files = Array.from({ length: 300 }, (_, index) => `${index}.eml`);
  const { results, judged } = await judge(files);
  expect(results.map(({ file }) => file)).toEqual(files);
  expect(judged).toBe(300);
});

test('a thread that dies costs the mail in hand, which is named; the others are judged', async () => {
  const files = Array.from({ length: 120 }, (_, index) => `${index}.eml`);
  files[10] = 'throw';
  files[11] = 'exit';
  files[119] = 'exit';
  const { results, judged } = await judge(files);
  expect(results.map(({ file }) => file)).toEqual(files);
  expect(judged).toBe(120);
  const told = results.map(({ evidence }) => evidence?.[0]?.detail);
  expect(told[10]).toBe('the worker thread ended: out of luck');
  expect(told[11]).toBe('the worker thread ended: it stopped without a word');
  expect(results[119]).toMatchObject({ failure: 'exception', isWrong: true });
  expect(told.filter((detail) => detail === 'judged')).toHaveLength(117);
});

test('a thread that cannot start ends the run', async () => {
  await expect(judge(['a', 'b'], 'cannot-start')).rejects.toThrow('no settings');
});
