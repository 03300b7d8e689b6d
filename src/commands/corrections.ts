/**
 * `corrections DIR`: what the desk decided, as labelled mails that `evaluate` reads.
 *
 * The folder holds the mails as they came and the customers with their contacts, so its files are for their owner only.
 * A mail whose octets were deleted is left out, and counted.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { customersWriters } from '../edges/customers-writer.ts';
import { ResponderError } from '../errors.ts';
import type { DeskStore } from '../ports/desk-store.ts';
import type { Store } from '../ports.ts';
import { settingsFor } from './command-settings.ts';
import { correctionOf } from './corrections-label.ts';
import { openWholeFile } from './export-file.ts';
import type { CommandIo } from './io.ts';
import { withStore } from './with-store.ts';

export interface CorrectionsOptions {
  readonly dir: string;
  readonly config?: string;
}

interface Written {
  /** Lines of the manifest, by case: the last settlement of a case says what is right. */
  readonly lines: ReadonlyMap<string, string>;
  readonly withoutMail: number;
  readonly unproven: number;
}

/** Throws USAGE where the folder cannot be written. */
export async function correctionsCommand(
  options: CorrectionsOptions,
  io: CommandIo,
): Promise<number> {
  const dir = resolve(io.cwd, options.dir);
  const settings = settingsFor(options, io, 'store');
  await mkdir(dir, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new ResponderError('USAGE', `${options.dir} cannot be made.`, { cause: error });
  });
  return withStore(settings, async (store) => {
    const written = await writeMails(store, dir);
    await writeWhole(join(dir, 'labelled.jsonl'), each(written.lines.values()));
    const leftOut = await writeCustomers(store, join(dir, 'customers.csv'), io);
    io.stderr.write(summary(options.dir, written));
    return leftOut === 0 ? 0 : 1;
  });
}

async function writeMails(store: DeskStore, dir: string): Promise<Written> {
  const lines = new Map<string, string>();
  const [without, unproven] = [new Set<string>(), new Set<string>()];
  for await (const settled of store.eachSettledCase()) {
    const { caseId, kind } = settled.settlement;
    const isAboutSending = kind === 'arrived' || kind === 'sent-again';
    // What became of the reply says nothing about the mail: what was decided before holds.
    if (isAboutSending && (lines.has(caseId) || without.has(caseId))) continue;
    const label = correctionOf(settled);
    lines.delete(caseId);
    without.delete(caseId);
    unproven.delete(caseId);
    if (label === undefined) unproven.add(caseId);
    else if (settled.raw === undefined) without.add(caseId);
    else {
      const file = fileOf(caseId);
      await writeFile(join(dir, file), settled.raw, { mode: 0o600 });
      lines.set(caseId, `${JSON.stringify({ file, ...label })}\n`);
    }
  }
  return { lines, withoutMail: without.size, unproven: unproven.size };
}

/** A case id is a hash, but what came from a restored store could be anything: it must not name another folder. */
function fileOf(caseId: string): string {
  const isPlain = /^[\w-]{1,100}$/.test(caseId);
  const name = isPlain ? caseId : createHash('sha256').update(caseId).digest('hex').slice(0, 24);
  return `${name}.eml`;
}

async function* each(lines: Iterable<string>): AsyncGenerator<string> {
  yield* lines;
}

async function writeWhole(path: string, texts: AsyncIterable<string>): Promise<void> {
  const file = await openWholeFile(path);
  try {
    await file.write(texts);
    await file.keep();
  } finally {
    await file.discard();
  }
}

/** Returns how many customers the file cannot hold. */
async function writeCustomers(
  store: Pick<Store, 'eachCustomer'>,
  path: string,
  io: CommandIo,
): Promise<number> {
  let leftOut = 0;
  const texts = customersWriters.csv(store.eachCustomer(), {
    onWritten: () => undefined,
    onLeftOut: ({ id }, why) => {
      leftOut += 1;
      io.stderr.write(`customer ${JSON.stringify(id)} ${why}\n`);
    },
  });
  await writeWhole(path, texts);
  return leftOut;
}

function summary(dir: string, { lines, withoutMail, unproven }: Written): string {
  const rest = [
    ...(withoutMail === 0 ? [] : [`${withoutMail} left out, since their mails are no longer kept`]),
    ...(unproven === 0 ? [] : [`${unproven} that prove nothing`]),
  ];
  return [
    `${[`${lines.size} labelled mails written`, ...rest].join('; ')}.`,
    `node src/cli.ts evaluate ${dir}/labelled.jsonl --customers ${dir}/customers.csv`,
    '',
  ].join('\n');
}
