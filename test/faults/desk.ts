/**
 * A desk of the fault suite: a real Dovecot, the SMTP sink, a store of its own, customers, and the mails that
 * came. Workers come and go; the desk lives on, and in the end it is judged.
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { type Dovecot, startDovecot } from '../support/dovecot.ts';
import { byTest } from '../support/origin.ts';
import { readyCustomer } from '../support/pipeline-desk.ts';
import { projectRoot } from '../support/source-code.ts';
import type { Backend, BackendPlace } from './backends.ts';
import { customerName, type Letter, type LetterKind, openLetters } from './letters.ts';
import { type Chance, chanceOf, type WorkerPlan } from './plan.ts';
import { startWorkerProcess, type WorkerProcess } from './process.ts';
import { type FaultSink, startFaultSink } from './sink.ts';

export const mailboxName = 'support';
export const keyword = 'TransitionReplied';
export const reviewFolder = 'Review';

export interface DeskOptions {
  readonly backend: Backend;
  readonly seed: number;
  /** As many can write for the first time. */
  readonly customers: number;
  /** The folder of the embedded store; in the desk's own folder by default. */
  readonly dataDir?: string;
}

export interface FaultDesk {
  readonly backend: Backend;
  readonly chance: Chance;
  readonly dovecot: Dovecot;
  readonly sink: FaultSink;
  readonly place: BackendPlace;
  /** Everything that came, in its order. */
  readonly letters: readonly Letter[];
  /** Lets so many mails come. */
  receive(count: number, kind?: LetterKind): Promise<void>;
  /** The first UID that no mail has yet. */
  uidNext(): Promise<number>;
  /** A worker process, told its plan. `urls`: where the servers of the store are reached. */
  start(plan?: Partial<WorkerPlan>, urls?: BackendPlace): Promise<WorkerProcess>;
  /** The store, while no worker has it. */
  openStore(): Promise<OpenedStore>;
  close(): Promise<void>;
}

/** How soon the jobs of a dead process are taken up: longer than a busy machine holds a live one up. */
const lockMs = 1_500;

export async function openDesk(options: DeskOptions): Promise<FaultDesk> {
  const { backend, seed } = options;
  const chance = chanceOf(seed);
  const folder = await mkdtemp(join(tmpdir(), 'faults-'));
  const dataDir = options.dataDir ?? join(folder, 'data');
  const [dovecot, sink, place] = await Promise.all([
    startDovecot(),
    startFaultSink(),
    backend.newPlace(),
  ]);
  const config = await writeSettings(folder, { dovecot, sink, dataDir });
  const writer = openLetters(chance, options.customers);
  const letters: Letter[] = [];
  const env = (urls: BackendPlace) => ({
    PATH: process.env.PATH ?? '',
    IMAP_PASSWORD: dovecot.password,
    TRANSITION_RESPONDER_SECRET: 'a key of the fault suite, no secret',
    NODE_COMPILE_CACHE: join(tmpdir(), 'faults-compile-cache'),
    ...(urls.databaseUrl === undefined ? {} : { DATABASE_URL: urls.databaseUrl }),
    ...(urls.redisUrl === undefined ? {} : { REDIS_URL: urls.redisUrl }),
  });
  const workers = new Set<WorkerProcess>();
  const desk: FaultDesk = {
    backend,
    chance,
    dovecot,
    sink,
    place,
    letters,
    async receive(count, kind) {
      for (const letter of writer.write(count, kind)) {
        letters.push(letter);
        await dovecot.deliver(letter.raw);
      }
    },
    // Mails are numbered in their order, and none came in another way.
    uidNext: async () => letters.length + 1,
    async start(plan = {}, urls = place) {
      const worker = await startWorkerProcess(env(urls), folder);
      workers.add(worker);
      worker.tell({ config, imapPort: dovecot.port, smtpPort: sink.port, lockMs, ...plan });
      return worker;
    },
    openStore: () =>
      openStore(place.databaseUrl === undefined ? { dataDir } : { databaseUrl: place.databaseUrl }),
    async close() {
      await Promise.all([...workers].map((worker) => worker.kill()));
      await Promise.all([dovecot.stop(), sink.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await fillRecords(desk, options.customers);
  return desk;
}

async function fillRecords(desk: FaultDesk, customers: number): Promise<void> {
  const { store } = await desk.openStore();
  try {
    const records = Array.from({ length: customers }, (_, index) =>
      readyCustomer(customerName(index + 1)),
    );
    await store.importCustomers(records, { dryRun: false, at: new Date(), origin: byTest });
  } finally {
    await store.close();
  }
}

/** Templates of one language, so that a start is quick; everything else as an operator has it. */
async function writeSettings(
  folder: string,
  { dovecot, sink, dataDir }: { dovecot: Dovecot; sink: FaultSink; dataDir: string },
): Promise<string> {
  const templates = join(folder, 'templates');
  await cp(join(projectRoot, 'templates/en'), join(templates, 'en'), { recursive: true });
  await cp(join(projectRoot, 'templates/layout.html.hbs'), join(templates, 'layout.html.hbs'));
  const auth = { user: dovecot.user, password: { env: 'IMAP_PASSWORD' } };
  const config = join(folder, 'config.yaml');
  await writeFile(
    config,
    stringify({
      partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
      mailboxes: [
        {
          name: mailboxName,
          imap: { host: dovecot.host, port: dovecot.port, secure: false, auth },
          smtp: { host: '127.0.0.1', port: sink.port, secure: false },
          from: 'Fabrikam Support <support@partner.example>',
          mark: { keyword, move: { review: reviewFolder } },
        },
      ],
      trustedAuthservIds: ['mx.partner.example'],
      // Nobody writes so much within an hour elsewhere.
      limits: { perDomainPerHour: 10_000, perMailboxPerHour: 100_000 },
      store: { dataDir },
      templatesDir: templates,
      noticesFile: join(projectRoot, 'config/notices.yaml'),
      contactsFile: join(projectRoot, 'config/contacts.yaml'),
      log: { level: process.env.FAULTS_LOG ?? 'silent', pretty: false },
    }),
  );
  return config;
}
