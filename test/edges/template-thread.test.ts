/**
 * Checks beside the service: what a text that takes too long costs, and who is told.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openTemplateThread } from '../../src/edges/template-thread.ts';

const nothing = { kind: 'locales', sources: [], locales: [], users: [] } as const;
const hanging = { ...nothing, locales: ['hang'] };

test('a check that never ends costs its thread, and the next one is answered', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thread-'));
  const script = join(folder, 'worker.mjs');
  writeFileSync(
    script,
    `import { parentPort } from 'node:worker_threads';
parentPort.on('message', ({ number, work }) => {
  while (work.locales[0] === 'hang') continue;
  parentPort.postMessage({ number, answer: { problems: [] } });
});`,
  );
  const thread = openTemplateThread(pathToFileURL(script), 1_500);
  try {
    const hung = thread.ask(hanging);
    const next = thread.ask(nothing);
    await expect(hung).rejects.toMatchObject({ code: 'TEMPLATES_CHECK_FAILED' });
    expect(await next).toEqual({ problems: [] });
  } finally {
    await thread.close();
    rmSync(folder, { recursive: true });
  }
});

test('a check that takes more and more memory costs its thread, not the service', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thread-'));
  const script = join(folder, 'worker.mjs');
  writeFileSync(
    script,
    `import { parentPort, resourceLimits } from 'node:worker_threads';
parentPort.on('message', ({ number, work }) => {
  const kept = [];
  // Without a limit of its own it would go on to that of the service.
  const most = work.locales[0] === 'hang' && resourceLimits.maxOldGenerationSizeMb <= 512 ? 1_000 : 0;
  while (kept.length < most) kept.push(Array.from({ length: 131_072 }, (_, at) => at / 3));
  parentPort.postMessage({ number, answer: { problems: [] } });
});`,
  );
  const thread = openTemplateThread(pathToFileURL(script), 60_000);
  try {
    const greedy = thread.ask(hanging);
    const next = thread.ask(nothing);
    await expect(greedy).rejects.toMatchObject({ code: 'TEMPLATES_CHECK_FAILED' });
    expect(await next).toEqual({ problems: [] });
  } finally {
    await thread.close();
    rmSync(folder, { recursive: true });
  }
});

test('whoever comes when too many wait is told at once', async () => {
  const thread = openTemplateThread();
  const asked = Array.from({ length: 60 }, () => thread.ask(nothing));
  const results = await Promise.allSettled(asked);
  expect(results.filter(({ status }) => status === 'rejected').length).toBe(19);
  await thread.close();
});
