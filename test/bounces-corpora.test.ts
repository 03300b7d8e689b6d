/**
 * Delivery reports by others, in dozens of dialects, that lie beside the project in ../shared/corpora: with one of our
 * ids in place of the returned message's, how many are read, and as what. They are read and never copied.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readBounce } from '../src/core/bounce.ts';
import { signedMessageId } from '../src/core/message-id.ts';
import { parseMail } from '../src/core/parse.ts';
import { screen } from '../src/core/screen.ts';
import { messageIdKey } from './support/sample-desk.ts';

const corpora = fileURLToPath(new URL('../../shared/corpora/', import.meta.url));
const isHere = existsSync(join(corpora, 'manifest.tsv'));
if (!isHere) console.warn('SKIPPED: bounces by others, because ../shared/corpora is not here.');

const own = signedMessageId('c0123456789abcdef01234567', messageIdKey, 'partner.example');

interface Report {
  readonly path: string;
  readonly label: string;
  readonly raw: Buffer;
}

function automatic(): readonly Report[] {
  return readFileSync(join(corpora, 'manifest.tsv'), 'utf8')
    .split('\n')
    .slice(1)
    .map((row) => row.split('\t'))
    .filter(([, category]) => category === 'C-automated')
    .map(([path = '', , label = '']) => ({ path, label, raw: readFileSync(join(corpora, path)) }));
}

/** The Message-ID behind the header section of the report, which is the returned message's. */
function withOurs(raw: Buffer): Buffer | undefined {
  const text = raw.toString('latin1');
  const head = /\r?\n\r?\n|\r\r/.exec(text)?.index ?? text.length;
  const body = text.slice(head);
  const line = /^([>|\s]{0,5}(?:x-)?(?:original-)?message-id:\s{0,5})<?[^<>\s]{3,300}>?/gim;
  if (body.search(line) < 0) return undefined;
  return Buffer.from(text.slice(0, head) + body.replace(line, `$1${own}`), 'latin1');
}

test.skipIf(!isHere)('reports of dozens of servers are read as what they are', async () => {
  const counts = { read: 0, failed: 0, delayed: 0, delivered: 0, unknown: 0, missed: 0, silent: 0 };
  const missed: string[] = [];
  for (const { path, label, raw } of automatic().filter((one) => one.label.startsWith('dsn/'))) {
    const ours = withOurs(raw);
    if (ours === undefined) {
      counts.silent += 1;
      continue;
    }
    const bounce = readBounce(await parseMail(ours), messageIdKey);
    if (bounce === undefined) {
      counts.missed += 1;
      missed.push(`${label} ${path}`);
      continue;
    }
    counts.read += 1;
    if (bounce.kind in counts) counts[bounce.kind as 'failed'] += 1;
  }
  console.info(`bounces by others: ${JSON.stringify(counts)}`);
  console.info(`not read:\n  ${missed.join('\n  ')}`);
  expect(counts.read / (counts.read + counts.missed)).toBeGreaterThan(0.95);
  expect(counts.unknown / counts.read).toBeLessThan(0.05);
});

test.skipIf(!isHere)('no automatic mail by others is a report about a reply of ours', async () => {
  let seen = 0;
  for (const { path, raw } of automatic()) {
    const mail = await parseMail(raw);
    expect(readBounce(mail, messageIdKey), path).toBeUndefined();
    seen += 1;
  }
  expect(seen).toBeGreaterThan(500);
});

test.skipIf(!isHere)('reports, receipts and vacation replies by others are machines', async () => {
  const policy = { ownAddresses: ['support@partner.example'], messageIdKey };
  const human: string[] = [];
  let seen = 0;
  for (const { path, label, raw } of automatic()) {
    if (!/^(?:dsn|mdn|autoreply|feedback-loop)\//.test(label)) continue;
    seen += 1;
    const { verdict } = screen(await parseMail(raw), { policy, senderDomains: ['microsoft.com'] });
    if (verdict !== 'machine') human.push(`${label} ${path}`);
  }
  console.info(`not known by the header section, of ${seen}:\n  ${human.join('\n  ')}`);
  expect(human.length).toBeLessThanOrEqual(seen * 0.03);
});
