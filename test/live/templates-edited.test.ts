/**
 * An admin changes a sentence while the worker runs: it is in the next reply. A broken edit is in none, also after a
 * restart, and the desk is told.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { command, makePlace, projectRoot, startWorker, type WorkerPlace } from './worker.ts';

const samples = join(projectRoot, 'src/demo/samples');
const sample = (name: string): Buffer => readFileSync(join(samples, `${name}.eml`));
const noDovecot = whyNoDovecot();

describe.skipIf(noDovecot !== undefined)('templates that are edited while the worker runs', () => {
  let dovecot: Dovecot;
  let sink: SmtpSink;
  let place: WorkerPlace;
  const templates = mkdtempSync(join(tmpdir(), 'edited-'));
  const contact = join(templates, 'en/partials/contact.md.hbs');
  const edit = (from: string, to: string) => {
    const text = readFileSync(contact, 'utf8');
    expect(text).toContain(from);
    writeFileSync(contact, text.replace(from, to));
  };
  /** The words of the nth reply, once it is there. */
  const reply = async (nth: number): Promise<string> => {
    await vi.waitFor(() => expect(sink.mails).toHaveLength(nth), { timeout: 20_000, interval: 20 });
    const { text = '' } = await simpleParser(sink.mails[nth - 1]?.octets ?? Buffer.alloc(0));
    return text.replace(/\s+/g, ' ');
  };

  beforeAll(async () => {
    cpSync(join(projectRoot, 'templates'), templates, { recursive: true });
    [dovecot, sink] = await Promise.all([startDovecot(), startSmtpSink()]);
    const settings = { templatesDir: templates };
    place = await makePlace({ imap: dovecot, smtpPort: sink.port, settings });
    await command(place, 'import', join(samples, 'customers.csv'));
  });
  afterAll(async () => {
    await place?.remove();
    await Promise.all([dovecot?.stop(), sink?.close()]);
    rmSync(templates, { recursive: true, force: true });
  });

  test('a good edit is in the next reply, a broken one in none, and the desk is told', {
    timeout: 120_000,
  }, async () => {
    const worker = await startWorker(place);
    edit('Anything unclear?', 'Questions left?');
    await worker.heard('the edited templates are in use');
    await dovecot.deliver(sample('01_outlook_desktop_portal'));
    expect(await reply(1)).toContain('Questions left? Just answer this mail');

    edit('{{customer.accountManager}}', '{{customer.acountManager}}');
    const told = await worker.heard('desk: the edited templates have problems');
    expect(told).toContain('Did you mean');
    expect(await worker.stop()).toBe(0);
    const waiting = await command(place, 'explain', '--waiting');
    expect(waiting.stdout).toMatch(/were edited and are not in use.*contact\.md\.hbs:1:\d+/s);

    // The folder is damaged still: what was in use before serves.
    const again = await startWorker(place);
    await dovecot.deliver(sample('04_outlook_web_phone'));
    expect(await reply(2)).toContain('Questions left? Just answer this mail');
    edit('{{customer.acountManager}}', '{{customer.accountManager}}');
    await again.heard('the edit of the templates is taken back');
    expect(await again.stop()).toBe(0);
    expect((await command(place, 'explain', '--waiting')).stdout).not.toContain('not in use');
  });
});
