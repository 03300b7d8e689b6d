/**
 * `corrections` over a real embedded store: what the desk decided becomes a manifest that `evaluate` judges.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { correctionOf } from '../../src/commands/corrections-label.ts';
import { deskActions } from '../../src/pipeline/desk.ts';
import type { Act } from '../../src/ports/audit.ts';
import { dismissals, settlementKinds } from '../../src/ports/desk.ts';
import { openStore } from '../../src/store/open.ts';
import { makeCommandPlace, minimalSettings, runCommandLine } from '../support/command.ts';
import { byTest } from '../support/origin.ts';
import { forwardOf, noon, openPipelineDesk, readyCustomer } from '../support/pipeline-desk.ts';

const place = makeCommandPlace();
beforeAll(() => void place.write('responder.yaml', minimalSettings));
afterAll(() => place.remove());

function run(...args: readonly string[]) {
  return runCommandLine([...args, '--config', 'responder.yaml'], { cwd: place.folder });
}

test('what the desk decided is written as labelled mails, which evaluate reads and judges', async () => {
  const { store } = await openStore({ dataDir: `${place.folder}/data` });
  const desk = await openPipelineDesk(store);
  desk.mode = 'review';
  await store.importCustomers([readyCustomer('contoso'), readyCustomer('fabrikam')], {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  const clock = { now: () => desk.now };
  const actions = deskActions({ store, pipelineOf: () => desk.parts, clock, log: desk.parts.log });
  const act: Act = { at: noon, by: 'ana', via: 'console' };
  const [approved, dismissed, undone, unproven] = [
    await desk.take(forwardOf('contoso')),
    await desk.take(forwardOf('fabrikam')),
    await desk.take(forwardOf('contoso', { id: 'contoso-2' })),
    await desk.take(forwardOf('contoso', { id: 'contoso-3' })),
  ];
  await desk.run();
  const found = await actions.propose(approved, {});
  if (found.kind === 'refused') throw new Error(found.sentence);
  await actions.approve(approved, { choice: {}, digest: found.proposal.digest }, act);
  await actions.dismiss(dismissed, { why: 'not-a-notice' }, act);
  await actions.dismiss(undone, { why: 'spam-or-phishing' }, act);
  await actions.undo(undone, act);
  await actions.answerYourself(unproven, act);
  // That its sending was in doubt takes nothing from what was approved.
  desk.submit = async () => ({ outcome: 'unconfirmed', detail: 'cut off' });
  desk.now = new Date(noon.getTime() + 60_000);
  await desk.sweep();
  await desk.run();
  expect(await actions.arrived(approved, act)).toMatchObject({ kind: 'done' });
  await store.close();

  const written = await run('corrections', 'decided');
  expect([written.code, written.stderr]).toEqual([0, expect.stringContaining('2 labelled mails')]);
  const dir = join(place.folder, 'decided');
  const lines = readFileSync(join(dir, 'labelled.jsonl'), 'utf8').trim().split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    {
      file: `${approved}.eml`,
      action: 'reply',
      customer: 'contoso',
      scenario: 'cancel-portal',
      tags: ['approved'],
    },
    { file: `${dismissed}.eml`, action: 'ignore', tags: ['not-a-notice'] },
  ]);
  for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o077).toBe(0);
  const judged = await run(
    'evaluate',
    'decided/labelled.jsonl',
    '--customers',
    'decided/customers.csv',
  );
  expect(judged.code).toBe(1);
  expect(judged.stdout).toContain('not-a-notice');
});

test('what proves nothing about a mail labels nothing', () => {
  const base = { caseId: 'a', at: noon, by: 'ana' };
  const labels = [
    ...settlementKinds.map((kind) => ({ ...base, kind })),
    ...dismissals.map((dismissal) => ({ ...base, kind: 'dismissed' as const, dismissal })),
  ].map((settlement) => correctionOf({ settlement, chosen: {} }));
  expect(labels.filter((label) => label !== undefined)).toHaveLength(6);
});
