/**
 * `npm run evaluate:corpora`: `evaluate` over the mails by others that lie beside the project, in
 * ../shared/corpora. None of them is the notice, so none may be answered, and none may fail.
 *
 * They are read and never copied; links in them are never opened. The desk trusts every host whose
 * verdict stands in any of them, forged ones included: no mail is held back only for want of proof.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluateMails } from '../src/commands/evaluate.ts';
import type { LabelledMail } from '../src/commands/evaluate-manifest.ts';
import { readLabelLine } from '../src/commands/evaluate-manifest-line.ts';
import type { CommandIo } from '../src/commands/io.ts';

const corpora = fileURLToPath(new URL('../../shared/corpora/', import.meta.url));
const settings = fileURLToPath(new URL('evaluate-corpora.config.yaml', import.meta.url));
const customers = fileURLToPath(new URL('fixtures/customers.csv', import.meta.url));

/** Body texts and lists of vectors: no mails. test/forward-parse.test.ts reads the former. */
const isMail = (path: string) =>
  !path.startsWith('email-forward-parser/') && !/\.(?:json|yml|html)$/.test(path);

interface Expected {
  readonly kind: string;
  readonly path: string;
  readonly expect?: { readonly forwarded?: boolean; readonly reason?: string };
}

/**
 * Evaluates them all. Returns the exit code: 1 where one would be answered or failed. What is else
 * unlike its label (an answer that is taken for a forward) is printed.
 */
export async function evaluateCorpora(io: CommandIo, folder = corpora): Promise<number> {
  if (!existsSync(join(folder, 'manifest.tsv'))) {
    io.stdout.write('Not evaluated: ../shared/corpora, the mails by others, is not here.\n');
    return 0;
  }
  const wrapped = mkdtempSync(join(tmpdir(), 'corpora-'));
  try {
    const mails = labelMails({ folder, wrapped });
    const hosts = ['mx.partner.example', 'exchange-online', ...vouchingHosts(mails)];
    const { figures } = await evaluateMails(
      {
        title: 'corpora',
        config: settings,
        customers,
        findMails: async () => mails,
      },
      {
        ...io,
        env: { ...io.env, TRANSITION_RESPONDER__TRUSTED_AUTHSERV_IDS: JSON.stringify(hosts) },
      },
    );
    const { wrongReplies, exceptions, unreadable } = figures;
    return wrongReplies + exceptions + unreadable === 0 ? 0 : 1;
  } finally {
    rmSync(wrapped, { recursive: true });
  }
}

interface Places {
  readonly folder: string;
  /** For bodies that are made mails. */
  readonly wrapped: string;
}

function labelMails(places: Places): readonly LabelledMail[] {
  const lines = (name: string) =>
    readFileSync(join(places.folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  const expected = new Map(
    lines('expected.jsonl')
      .map((line) => JSON.parse(line) as Expected)
      .filter(({ kind }) => kind === 'decision' || kind === 'reply')
      .map((row) => [row.path, row]),
  );
  return lines('manifest.tsv')
    .slice(1)
    .flatMap((row) => {
      const [path = '', category = ''] = row.split('\t');
      const { kind, expect = {} } = expected.get(path) ?? {};
      if (kind !== 'reply') {
        const label = { category, expect: { reply: false, reason: expect.reason } };
        return isMail(path) ? [labelled(path, label, places)] : [];
      }
      // An answer with its quote is no forward.
      const label = {
        category,
        tags: ['answer with a quote'],
        expect: { reply: false },
        ...(expect.forwarded === false ? { forwarded: null } : {}),
      };
      const mail = labelled(path, label, places);
      return [path.endsWith('.html') ? { ...mail, path: wrapHtml(path, places) } : mail];
    });
}

/** Makes a mail of a bare HTML body. Returns its path. */
function wrapHtml(path: string, { folder, wrapped }: Places): string {
  const head = [
    'From: Anna Hoff <anna.hoff@contoso.example>',
    'To: support@partner.example',
    'Subject: Re: Question',
    'MIME-Version: 1.0',
    'Content-Type: text/html; charset=utf-8',
  ].join('\r\n');
  const file = join(wrapped, path.replaceAll('/', '_'));
  const html = readFileSync(join(folder, path));
  writeFileSync(file, Buffer.concat([Buffer.from(`${head}\r\n\r\n`), html]));
  return file;
}

function labelled(path: string, label: object, { folder }: Places): LabelledMail {
  const read = readLabelLine(JSON.stringify({ file: path, ...label }), []);
  if (read.label === undefined) throw new Error(`${path}: ${read.problems.join('; ')}`);
  return { ...read.label, path: join(folder, path) };
}

/** First words of every Authentication-Results field, forged ones included. RFC 8601 §2.2. */
function vouchingHosts(mails: readonly LabelledMail[]): readonly string[] {
  const hosts = new Set<string>();
  for (const { path } of mails) {
    const head = readFileSync(path, 'latin1').slice(0, 64 * 1024);
    for (const [, host = ''] of head.matchAll(
      /^Authentication-Results:[ \t\r\n]+([A-Za-z0-9.-]{1,100})(?: 1)?;/gim,
    )) {
      hosts.add(host.toLowerCase());
    }
  }
  return [...hosts].sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await evaluateCorpora({ stdin, stdout, stderr, env, cwd: process.cwd() });
}
