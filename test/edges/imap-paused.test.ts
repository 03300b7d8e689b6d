/**
 * A handler that has no room for more: the mails stay on the server as they are, the mailbox counts as seen and is
 * no trouble, its marks are set meanwhile, and all is taken in once there is room again.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DemoServer, startDemoServer } from '../../src/demo/server.ts';
import { openMailbox } from '../../src/edges/imap.ts';
import { watchTiming } from '../../src/edges/imap-watch.ts';
import { ResponderError } from '../../src/errors.ts';
import type { Mailbox } from '../../src/ports.ts';
import {
  MailboxRecorder,
  sampleMail,
  silentLog,
  systemClock,
} from '../support/mailbox-recorder.ts';

const user = 'support@partner.example';
let server: DemoServer;
let mailbox: Mailbox;

beforeEach(async () => {
  server = await startDemoServer({ user, password: 'secret', mailboxAddress: user });
  const { host, imapPort: port } = server;
  const imap = { host, port, secure: false, auth: { user, pass: 'secret' } };
  const timing = { ...watchTiming, intakePausedMs: 5 };
  mailbox = openMailbox({ name: 'support', imap }, { log: silentLog, clock: systemClock, timing });
});
afterEach(async () => {
  await mailbox.stop();
  await server.close();
});

test('without room for new mails the server keeps them, and nothing is troubled', async () => {
  const recorder = new MailboxRecorder();
  await mailbox.start(recorder);
  server.deliver(Buffer.from(sampleMail('taken')));
  await recorder.until(() => recorder.mails.length === 1);

  let refusals = 0;
  let isFull = true;
  recorder.onAccept = async (mails) => {
    if (!isFull || mails.length === 0) return;
    refusals += 1;
    throw new ResponderError('INTAKE_PAUSED', 'too many mails of support are unfinished');
  };
  const before = recorder.looks;
  for (const subject of ['one', 'two', 'three']) server.deliver(Buffer.from(sampleMail(subject)));
  await recorder.until(() => recorder.looks >= before + 3);
  expect(refusals).toBeGreaterThan(1);
  expect(recorder.subjects).toEqual(['taken']);
  expect([2, 3, 4].map((uid) => server.flags(uid))).toEqual([[], [], []]);
  const [taken] = recorder.mails;
  expect(taken && (await mailbox.mark(taken.location, { answered: true }))).toBe('marked');

  isFull = false;
  await recorder.until(() => recorder.mails.length === 4);
  expect(recorder.subjects).toEqual(['taken', 'one', 'two', 'three']);
  expect([recorder.troubles, recorder.recoveries]).toEqual([[], 0]);
});

test('a start finds the mailbox in order, with room or without', async () => {
  const recorder = new MailboxRecorder();
  await mailbox.start(recorder);
  await mailbox.stop();
  server.deliver(Buffer.from(sampleMail('meanwhile')));
  recorder.onAccept = async () => {
    throw new ResponderError('INTAKE_PAUSED', 'too many mails of support are unfinished');
  };
  await mailbox.start(recorder);
  expect(recorder.mails).toEqual([]);
  recorder.onAccept = async () => undefined;
  await recorder.until(() => recorder.mails.length === 1);
});
