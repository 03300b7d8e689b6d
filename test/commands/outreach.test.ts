/**
 * `outreach` as a command: what it refuses, the list that it prints, and sending over a real socket.
 */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outreachCommand } from '../../src/commands/outreach.ts';
import { openStore } from '../../src/store/open.ts';
import { makeCommandPlace, minimalSettings, runCommandLine } from '../support/command.ts';
import { byTest } from '../support/origin.ts';
import { readyCustomer } from '../support/pipeline-desk.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const place = makeCommandPlace();
let sink: SmtpSink;
const env = {
  IMAP_PASSWORD: 'x',
  SMTP_PASSWORD: 'secret',
  TRANSITION_RESPONDER_SECRET: 'a secret of the tests',
};

function outreach(...args: readonly string[]) {
  return runCommandLine(['outreach', ...args, '--config', 'responder.yaml'], {
    cwd: place.folder,
    env,
  });
}

function writeSettings(mode: string): void {
  const smtp = `smtp: { host: 127.0.0.1, port: ${sink.port}, secure: false, auth: { user: user, password: { env: SMTP_PASSWORD } } }`;
  place.write(
    'responder.yaml',
    minimalSettings.replace(/smtp: .*/, smtp).replace('mode: auto', `mode: ${mode}`),
  );
}

beforeAll(async () => {
  sink = await startSmtpSink();
  writeSettings('auto');
  const { store } = await openStore({ dataDir: join(place.folder, 'data') });
  const waiting = readyCustomer('waits');
  await store.importCustomers(
    [
      readyCustomer('ready'),
      {
        ...waiting,
        subscriptions: waiting.subscriptions.map((one) => ({ ...one, cspStatus: 'ordered' })),
      },
    ],
    { dryRun: false, at: new Date(), origin: byTest },
  );
  await store.close();
});
afterAll(async () => {
  await sink.close();
  place.remove();
});

describe('wrong usage', () => {
  test.each([
    ['both', ['--dry-run', '--send'], /not both at once/],
    [
      'no number',
      ['--limit', 'many'],
      /--limit: found “many”, expected a number from 1 to 9999999/,
    ],
    ['nothing at all', ['--limit', '0'], /found “0”/],
    ['another mailbox', ['--mailbox', 'sales'], /found “sales”, expected one of support/],
  ])('%s: exit 2', async (_, args, says) => {
    const { code, stdout, stderr } = await outreach(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });
});

const listed = [
  'ready  would be told: ana@ready.example, cancel-portal',
  'waits  no: nothing to tell ahead: wait-for-csp',
  '1 would be told, 0 later, 0 told before, 1 not to be told.',
  'Nothing was sent; --send does it.',
  '',
].join('\n');

test.each([[[]], [['--dry-run']]])('without --send (%j) it only lists', async (args) => {
  expect(await outreach(...args)).toEqual({ code: 0, stdout: listed, stderr: '' });
  expect(sink.mails).toEqual([]);
});

test('where the settings keep every mail it says so, and ends with 1', async () => {
  writeSettings('review');
  const { code, stderr } = await outreach('--send');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'Nothing was sent: the settings say mode: review.\n',
  });
  writeSettings('auto');
});

test('with --send it sends, and sent again it tells nobody twice', async () => {
  const first = await outreach('--send');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /^ready {2}sent: ana@ready\.example, cancel-portal \(case o[0-9a-f]{24}\)$/m,
  );
  expect(first.stdout).toContain('1 sent, 0 failed, 0 later, 0 told before, 1 not to be told.');
  expect(sink.mails.map(({ from, to }) => [from, to])).toEqual([
    ['support@partner.example', ['ana@ready.example']],
  ]);
  const second = await outreach('--send');
  expect(second.code).toBe(0);
  expect(second.stdout).toMatch(/^ready {2}told before: case o[0-9a-f]{24}, sent$/m);
  expect(sink.mails).toHaveLength(1);
  const id = /case (o\w+)/.exec(first.stdout)?.[1] ?? '';
  const explained = await runCommandLine(['explain', id, '--config', 'responder.yaml'], {
    cwd: place.folder,
    env,
  });
  expect(explained.stdout).toContain('outcome     reply (reply-outreach)');
  expect(explained.stdout).toContain('from        (we wrote first)');
});

test('where the server takes so many a minute, every mail but the first waits for its turn', async () => {
  place.write(
    'paced.yaml',
    minimalSettings
      .replace(
        /smtp: .*/,
        `smtp: { host: 127.0.0.1, port: ${sink.port}, secure: false, perMinute: 30, auth: { user: user, password: { env: SMTP_PASSWORD } } }`,
      )
      .concat('store: { dataDir: paced }\n'),
  );
  const { store } = await openStore({ dataDir: join(place.folder, 'paced') });
  const names = ['one', 'two', 'three'];
  const origin = { dryRun: false, at: new Date(), origin: byTest };
  await store.importCustomers(names.map(readyCustomer), origin);
  await store.close();
  const before = sink.mails.length;
  const pauses: [ms: number, sent: number][] = [];
  const quiet = { write: () => undefined };
  const code = await outreachCommand(
    {
      send: true,
      config: 'paced.yaml',
      async pause(ms) {
        pauses.push([ms, sink.mails.length - before]);
      },
    },
    { stdin: Readable.from([]), stdout: quiet, stderr: quiet, env, cwd: place.folder },
  );
  expect(code).toBe(0);
  expect(sink.mails.length - before).toBe(3);
  // Half of the 30 a minute.
  expect(pauses).toEqual([
    [4_000, 1],
    [4_000, 2],
  ]);
});
