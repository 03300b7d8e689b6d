/**
 * Customers files that were handed over in the console: received, compared, shown, then applied or forgotten.
 *
 * The work goes on behind the pages, one file at a time, since the same process answers mails. The file lies in a
 * folder of its own, under a name that nobody chose, and is deleted once it was applied, failed or is too old.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ResponderError } from '../errors.ts';
import type {
  ApplyOutcome,
  FileImport,
  FileImports,
  UploadOutcome,
} from '../ports/customer-desk.ts';
import type { Clock, Log, Store } from '../ports.ts';
import { type ComparedFile, compareFile, importFile } from './console-import-file.ts';

export interface FileImportParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly bytesMax: number;
}

/** So long a file waits for its uploader. */
const keptMs = 30 * 60_000;

/** A file as it is kept; what changes is replaced whole. */
interface Kept {
  state: FileImport;
  readonly folder: string;
  readonly path: string;
  readonly timer: NodeJS.Timeout;
}

class TooLarge extends Error {}

export function fileImports({ store, clock, log, bytesMax }: FileImportParts): FileImports {
  const kept = new Map<string, Kept>();
  let isBusy = false;
  let work: Promise<void> = Promise.resolve();

  const forget = async (id: string): Promise<void> => {
    const found = kept.get(id);
    if (found === undefined) return;
    kept.delete(id);
    clearTimeout(found.timer);
    await removeFolder(found.folder);
  };
  const put = (id: string, change: Partial<FileImport>): void => {
    const found = kept.get(id);
    if (found !== undefined) found.state = { ...found.state, ...change };
  };
  /** Runs behind the pages; whatever goes wrong is told on the page of the file. */
  const runBehind = (id: string, run: (file: Kept) => Promise<void>): void => {
    const file = kept.get(id);
    if (file === undefined) return;
    isBusy = true;
    work = run(file)
      .catch(async (error: unknown) => {
        log.warn({ err: error }, 'an import of customers in the console failed');
        await removeFolder(file.folder);
        put(id, { stage: 'failed', sentence: sentenceOf(error) });
      })
      .finally(() => {
        isBusy = false;
      });
  };
  const mine = (id: string, by: string): FileImport | undefined => {
    const state = kept.get(id)?.state;
    if (state?.by !== by) return undefined;
    const isOver = clock.now().getTime() - state.at.getTime() > keptMs;
    if (!isOver || isUnderWay(state)) return state;
    void forget(id);
    return undefined;
  };

  const compare = (id: string): void =>
    runBehind(id, async ({ path, state }) => {
      const report = await compareFile(store, comparedOf(path, state), {
        onRows: (rowsRead) => put(id, { rowsRead }),
        onCustomers: (customersDone) => put(id, { customersDone }),
      });
      put(id, { stage: 'ready', report });
    });

  return {
    bytesMax,
    async begin({ fileName, octets }, act): Promise<UploadOutcome> {
      if (isBusy) return busy;
      isBusy = true;
      const folder = await mkdtemp(join(tmpdir(), 'customers-upload-')).catch((error: unknown) => {
        isBusy = false;
        throw error;
      });
      try {
        const path = join(
          folder,
          /\.(?:jsonl|ndjson)$/i.test(fileName) ? 'file.jsonl' : 'file.csv',
        );
        const digest = await receive(octets, path, bytesMax);
        for (const { state } of [...kept.values()])
          if (state.by === act.by && !isUnderWay(state)) await forget(state.id);
        const id = randomUUID();
        const timer = setTimeout(() => {
          const found = kept.get(id);
          if (found !== undefined && !isUnderWay(found.state)) void forget(id);
        }, keptMs).unref();
        const state: FileImport = {
          id,
          fileName: shownName(fileName),
          by: act.by,
          at: act.at,
          stage: 'comparing',
          digest,
          rowsRead: 0,
          customersDone: 0,
        };
        kept.set(id, { state, folder, path, timer });
        compare(id);
        return { kind: 'taken', id };
      } catch (error) {
        isBusy = false;
        await removeFolder(folder);
        if (error instanceof TooLarge) return tooLarge(bytesMax);
        throw error;
      }
    },
    find: mine,
    latest(by) {
      const ids = [...kept.values()].filter(({ state }) => state.by === by);
      const last = ids.at(-1)?.state.id;
      return last === undefined ? undefined : mine(last, by);
    },
    apply(id, { digest, skipBad }, act): ApplyOutcome {
      const state = mine(id, act.by);
      const refusal = whyNot(state, { digest, skipBad, isBusy });
      if (refusal !== undefined) return { kind: 'refused', sentence: refusal };
      put(id, { stage: 'applying', customersDone: 0 });
      runBehind(id, async ({ path, folder, state: file }) => {
        const report = await importFile(store, comparedOf(path, file), {
          act,
          skipBad,
          onCustomers: (customersDone) => put(id, { customersDone }),
        });
        // Whoever sees that it is done may hand over the next one at once.
        await removeFolder(folder);
        put(id, { stage: 'applied', report });
      });
      return { kind: 'begun' };
    },
    async discard(id, by) {
      const state = mine(id, by);
      if (state === undefined) return true;
      if (isUnderWay(state)) return false;
      await forget(id);
      return true;
    },
    async close() {
      await work;
      for (const id of [...kept.keys()]) await forget(id);
    },
  };
}

function comparedOf(path: string, { fileName }: FileImport): ComparedFile {
  return { path, fileName };
}

function isUnderWay({ stage }: FileImport): boolean {
  return stage === 'comparing' || stage === 'applying';
}

function whyNot(
  state: FileImport | undefined,
  wanted: { readonly digest: string; readonly skipBad: boolean; readonly isBusy: boolean },
): string | undefined {
  if (state?.report === undefined || state.stage !== 'ready')
    return 'This file is no longer kept, or was applied already. Hand it over again.';
  if (state.digest !== wanted.digest)
    return 'This is not the file that was shown. Hand it over again.';
  if (state.report.customers === 0)
    return 'No row of the file is valid, so there is nothing to apply.';
  if (state.report.problemCount > 0 && !wanted.skipBad)
    return 'Rows of the file are wrong. Correct them, or say that the other customers are to be applied without them.';
  return wanted.isBusy ? busy.sentence : undefined;
}

const busy = {
  kind: 'refused',
  why: 'busy',
  sentence: 'Another file is being read or applied just now. Try again when it is done.',
} as const;

function tooLarge(bytesMax: number): UploadOutcome {
  const megabytes = Math.floor(bytesMax / 1024 / 1024);
  const sentence = `The file is larger than ${megabytes} MB, which no list of customers is. Split it, or import it with the command.`;
  return { kind: 'refused', why: 'too-large', sentence };
}

/** Writes the file, and gives its SHA-256. Throws TooLarge as soon as it is. */
async function receive(
  octets: AsyncIterable<Uint8Array>,
  path: string,
  bytesMax: number,
): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    async function* () {
      for await (const chunk of octets) {
        bytes += chunk.byteLength;
        if (bytes > bytesMax) throw new TooLarge();
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  );
  return hash.digest('hex');
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** As history and pages show it: one line, however it was named. */
function shownName(fileName: string): string {
  const name = fileName.split(/[\\/]/).at(-1) ?? '';
  const plain = name.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu, '');
  return plain.trim().slice(0, 200) || 'customers.csv';
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof ResponderError))
    return 'Something went wrong here, and nothing was changed; the log of the service says what.';
  const details = error.details?.slice(0, 20) ?? [];
  return [error.message, ...details].join(' ');
}
