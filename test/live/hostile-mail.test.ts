/**
 * The worker as a process on a real Dovecot: mails that cannot be read, and a worker that is killed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import {
  command,
  makePlace,
  projectRoot,
  startWorker,
  type Worker,
  type WorkerPlace,
} from './worker.ts';

const samples = join(projectRoot, 'src/demo/samples');
const sample = (name: string): Buffer => readFileSync(join(samples, `${name}.eml`));

const noDovecot = whyNoDovecot();
if (noDovecot !== undefined)
  console.warn(`SKIPPED: the tests of hostile mail, because ${noDovecot}.`);

describe.skipIf(noDovecot !== undefined)('a worker among hostile mail', () => {
  let dovecot: Dovecot;
  let sink: SmtpSink;
  let place: WorkerPlace;

  beforeAll(async () => {
    [dovecot, sink] = await Promise.all([startDovecot(), startSmtpSink()]);
    place = await makePlace({ imap: dovecot, smtpPort: sink.port });
    expect(await command(place, 'import', join(samples, 'customers.csv'))).toMatchObject({
      code: 0,
    });
  });
  afterAll(async () => {
    await place.remove();
    await Promise.all([dovecot.stop(), sink.close()]);
  });

  test('gives what it cannot read to the desk, and goes on', { timeout: 120_000 }, async () => {
    const worker = await startWorker(place);
    const head =
      'From: anna.hoff@contoso.example\r\nMessage-ID: <large@contoso.example>\r\nSubject: large\r\n\r\n';
    const line = `${'x'.repeat(998)}\r\n`;
    await dovecot.deliver(Buffer.from(head + line.repeat(30 * 1024)));
    await dovecot.deliver(
      Buffer.from(
        'From: ben.carter@contoso.example\r\nMessage-ID: <empty@contoso.example>\r\nSubject: empty\r\n\r\n',
      ),
    );
    await dovecot.deliver(manyParts());
    await dovecot.deliver(sample('04_outlook_web_phone'));
    await vi.waitFor(() => expect(sink.mails).toHaveLength(1), 60_000);
    await worker.heard('"review-too-large"');
    await worker.heard('"review-empty-mail"');
    await worker.heard('"review-unparsable"');
    expect(await worker.stop()).toBe(0);
    const { stdout } = await command(place, 'explain', '--waiting');
    for (const reason of ['review-too-large', 'review-empty-mail', 'review-unparsable']) {
      expect(stdout).toContain(reason);
    }
  });

  test('killed at work, it loses nothing and answers nothing twice', {
    timeout: 180_000,
  }, async () => {
    const before = sink.mails.length;
    const names = [
      '01_outlook_desktop_portal',
      '02_outlook_desktop_german_approve',
      '05_outlook_web_french_wait',
      '06_gmail_unknown_licenses',
      '07_apple_mail_already_cancelled',
      '08_thunderbird_german_stop_renewal',
    ];
    // Each time a little later in the way of a mail.
    const workers: Worker[] = [];
    for (const [index, name] of names.entries()) {
      const worker = await startWorker(place);
      workers.push(worker);
      await dovecot.deliver(sample(name));
      if (index % 2 === 0) await worker.heard('mails taken in');
      else await worker.heard('"action":"reply"');
      expect(await worker.stop('SIGKILL')).toBe('SIGKILL');
    }
    const last = await startWorker(place);
    workers.push(last);
    // What was cut off while sending waits for the desk; everything else has gone out.
    await vi.waitFor(() => {
      const lines = workers.flatMap((worker) => worker.lines);
      const toDesk = lines.filter((line) =>
        /whether the reply arrived is unknown|given up/.test(line),
      ).length;
      expect(sink.mails.length - before + toDesk).toBeGreaterThanOrEqual(names.length);
    }, 90_000);
    expect(await last.stop()).toBe(0);
    const recipients = sink.mails.slice(before).map(({ to }) => to[0]);
    expect(new Set(recipients).size).toBe(recipients.length);
    const { stdout } = await command(place, 'explain', '--waiting');
    const waiting = stdout.match(/review-(?:unconfirmed|processing-failed)/g)?.length ?? 0;
    expect(recipients.length + waiting).toBeGreaterThanOrEqual(names.length);
    console.info(
      `killed ${names.length} times: ${recipients.length} replies, ${waiting} to the desk, 0 lost, 0 doubled`,
    );
  });
});

/** More parts than a MIME reader is asked to hold. */
function manyParts(): Buffer {
  const part = '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n';
  const head =
    'From: anna.hoff@contoso.example\r\nMessage-ID: <parts@contoso.example>\r\nSubject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n';
  return Buffer.from(`${head}${part.repeat(1_200)}--b--\r\n`);
}
