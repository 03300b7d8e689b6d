/**
 * `holds` over a store with a paused mailbox and an address that gave mail back: listed, released, and shown
 * by `explain --waiting` and `doctor`.
 */
import { afterAll, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { cursor, mailOf, noon, recordOf, replyRecord } from '../conformance/samples.ts';
import { makeCommandPlace, minimalSettings, runCommandLine } from '../support/command.ts';

const place = makeCommandPlace();
place.write('responder.yaml', minimalSettings);
afterAll(() => place.remove());

function run(...args: readonly string[]) {
  return runCommandLine([...args, '--config', 'responder.yaml'], { cwd: place.folder });
}

const suppressed = {
  action: 'suppress',
  reason: 'suppressed-delivery-report',
  authentication: { result: 'none', dkimAligned: false },
  evidence: [],
} as const;

let fills = 0;
beforeEach(async () => {
  fills += 1;
  const { store } = await openStore({ dataDir: `${place.folder}/data` });
  const ids = ['sent', 'bounce', 'much'].map((name) => `${name}-${fills}`);
  const [sent = '', bounce = '', much = ''] = ids;
  const mails = ids.map((caseId, index) =>
    mailOf(caseId, { location: { ...mailOf(caseId).location, uid: fills * 10 + index } }),
  );
  await store.accept('support', mails, cursor);
  await store.saveDecision(replyRecord(sent, sent));
  await store.claimReply(sent, noon);
  await store.settleReply(sent, { state: 'sent', at: noon, response: '250 ok' });
  const report = { caseId: sent, kind: 'failed', status: '5.1.1' } as const;
  await store.saveDecision(recordOf(bounce, { ...suppressed, bounce: report }));
  const pause = { detail: '61 replies went out within an hour', fromMailboxLastHour: 0 };
  await store.saveDecision({ ...recordOf(much, suppressed), pause });
  await store.close();
});

test('lists what is held back, why and since when, and releases it', async () => {
  const listed = await run('holds');
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(listed.stdout).toBe(
    [
      'ana@contoso.example  since 2026-03-02T12:00:00.000Z: nothing is sent to it (case sent-1)',
      '    the reply came back: 5.1.1 (report bounce-1)',
      'support  since 2026-03-02T12:00:00.000Z: sending from it is paused (case much-1)',
      '    61 replies went out within an hour',
      '',
    ].join('\n'),
  );
  expect((await run('explain', '--waiting')).stdout).toContain(listed.stdout);
  const doctor = (await run('doctor')).stdout;
  expect(doctor).toMatch(
    /^fail {2}holds {9}sending is paused: support since 2026-03-02T12:00:00.000Z; 1 address gave mail back\n {6}-> `holds` says why/m,
  );

  expect(await run('holds', '--release', 'support', '--by', 'maria')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Replies go out from support again.'),
  });
  expect((await run('doctor')).stdout).toMatch(/^warn {2}holds {9}1 address gave mail back$/m);
  expect(await run('holds', '--release', 'Ana@Contoso.example')).toMatchObject({
    code: 0,
    stdout: 'Replies may go to Ana@Contoso.example again.\n',
  });
  expect((await run('holds')).stdout).toBe('Nothing is held back.\n');
  expect((await run('doctor')).stdout).toMatch(/^ok {4}holds {9}nothing is held back$/m);
});

test('says so where nothing of that name is held', async () => {
  expect(await run('holds', '--release', 'sales')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('“sales” is not held back.'),
  });
});

test('wants to know what is released by whom', async () => {
  expect((await run('holds', '--by', 'maria')).code).toBe(2);
});
