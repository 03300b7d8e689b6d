/**
 * A whole instance of the service for loop tests: its own IMAP mailbox, settings, key, store and queue, inside
 * this process so that its clock can be set, sending through the post office.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadKnowledge } from '../../src/commands/knowledge.ts';
import { type Service, startService } from '../../src/commands/service.ts';
import type { Customer } from '../../src/core/customer.ts';
import { caseIdOf } from '../../src/core/parse.ts';
import { compileTemplates } from '../../src/core/template-compile.ts';
import { rememberDecisions } from '../../src/demo/decisions.ts';
import { startDemoServer } from '../../src/demo/server.ts';
import { openJobs } from '../../src/edges/jobs.ts';
import { openLog } from '../../src/edges/log.ts';
import { loadSettings, programRoot } from '../../src/edges/settings.ts';
import { loadOrCreateMessageIdKey } from '../../src/edges/settings-secrets.ts';
import { loadTemplates } from '../../src/edges/templates.ts';
import type { Store } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { byTest } from './origin.ts';
import { type PostOffice, type Resident, receivingHostOf } from './post-office.ts';

/** An IMAP mailbox, empty at first, and a way to put mail into it. */
export interface BotMailbox {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** `raw` is a binary string. Resolves when it is stored. */
  deliver(raw: string, envelope: { readonly from: string; readonly to: string }): Promise<void>;
  stop(): Promise<void>;
}

export interface LoopBotOptions {
  readonly office: PostOffice;
  readonly address: string;
  /** The embedded server where absent. */
  readonly mailbox?: BotMailbox;
  /** Merged over the settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly envelopeFrom?: string;
}

export interface LoopBot {
  readonly address: string;
  readonly resident: Resident;
  readonly store: Store;
  readonly service: Service;
  /** Makes the record what it says; customers of before lose their contacts and domains. */
  know(customers: readonly Customer[]): Promise<void>;
  /**
   * What is not at rest: a mail since the last call without an outcome or with a reply that is not out, a job.
   * Empty when all is done.
   */
  unsettled(): Promise<readonly string[]>;
  advance(hours: number): void;
  stop(): Promise<void>;
}

const mailboxName = 'desk';
const password = 'secret';

/** The demo's server as a mailbox. */
async function embeddedMailbox(address: string): Promise<BotMailbox> {
  const server = await startDemoServer({ user: address, password, mailboxAddress: address });
  return {
    host: server.host,
    port: server.imapPort,
    user: address,
    password,
    deliver: async (raw) => {
      server.deliver(Buffer.from(raw, 'latin1'));
    },
    stop: () => server.close(),
  };
}

export async function startLoopBot(options: LoopBotOptions): Promise<LoopBot> {
  const { address } = options;
  const mailbox = options.mailbox ?? (await embeddedMailbox(address));
  const folder = await mkdtemp(join(tmpdir(), 'loop-bot-'));
  const configPath = join(folder, 'config.yaml');
  await writeFile(configPath, stringify(settingsOf(options, mailbox, folder)));
  const settings = loadSettings({
    configPath,
    env: { IMAP_PASSWORD: mailbox.password, SMTP_PASSWORD: password },
    cwd: folder,
    secrets: 'required',
  });
  const { log, decisions } = rememberDecisions(openLog(settings.log));
  const loaded = await loadKnowledge(settings);
  const knowledge = {
    ...loaded,
    policy: { ...loaded.policy, messageIdKey: loadOrCreateMessageIdKey(settings) },
  };
  const templates = compileTemplates(await loadTemplates(settings.templatesDir));
  const opened = await openStore({ dataDir: ':memory:', log });
  const progress = watchProgress(opened.store);
  let aheadMs = 0;
  const service = await startService({
    settings,
    knowledge,
    templates: () => templates,
    store: progress.store,
    jobs: await openJobs({ pool: opened.pool, log }),
    clock: { now: () => new Date(Date.now() + aheadMs) },
    log,
    roles: ['watch', 'work'],
  });
  let known: readonly Customer[] = [];
  // The UID of the last mail that lay there before; nobody else puts mail into this mailbox.
  let lastUid = ((await opened.store.findCursor(mailboxName))?.nextUid ?? 1) - 1;
  const sinceAsked = new Set<string>();

  /** Taken in, decided, answered where it is answered, marked, and nothing left to do. */
  const isDone = async (uid: number, caseId: string): Promise<boolean> => {
    const cursor = await opened.store.findCursor(mailboxName);
    if (cursor === undefined || cursor.nextUid <= uid) return false;
    return (await opened.store.findMail(caseId))?.state === 'finished';
  };
  return {
    address,
    store: opened.store,
    service,
    async resident({ raw, from, to }) {
      const caseId = caseIdOf(mailboxName, Buffer.from(raw, 'latin1'));
      const isKnown = (await opened.store.findMail(caseId)) !== undefined;
      sinceAsked.add(caseId);
      lastUid += 1;
      const uid = lastUid;
      await mailbox.deliver(raw, { from, to });
      await progress.until(() => isDone(uid, caseId));
      const reason = decisions.get(caseId)?.reason ?? 'no decision';
      return isKnown ? `${reason} (the same mail)` : reason;
    },
    async know(customers) {
      const unknown = known.map((customer) => stranger(customer, customers));
      await opened.store.importCustomers([...unknown.flat(), ...customers], {
        dryRun: false,
        at: new Date(),
        origin: byTest,
      });
      known = customers;
    },
    async unsettled() {
      const jobs = await opened.store.unfinishedJobs([mailboxName], 10);
      const open = await Promise.all(
        [...sinceAsked].map((caseId) => openEnd(opened.store, caseId)),
      );
      sinceAsked.clear();
      return [
        ...jobs.map(({ kind, caseId }) => `${caseId}: ${kind} is to be done`),
        ...open.flat(),
      ];
    },
    advance(hours) {
      aheadMs += hours * 3_600_000;
    },
    async stop() {
      await service.stop();
      await opened.store.close();
      await mailbox.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every mail has its line in the ledger; what was not ignored has a case, and its reply is out. */
async function openEnd(store: Store, caseId: string): Promise<readonly string[]> {
  const mail = await store.findMail(caseId);
  if (mail?.state !== 'finished') return [`${caseId}: the mail is ${mail?.state ?? 'not there'}`];
  const reply = (await store.findCase(caseId))?.reply;
  return reply === undefined || reply.state === 'sent' ? [] : [`${caseId}: reply ${reply.state}`];
}

/** A customer of an earlier run as it must not stand in the way of this one. */
function stranger(customer: Customer, kept: readonly Customer[]): readonly Customer[] {
  if (kept.some(({ id }) => id === customer.id)) return [];
  const { tenantDomain: _domain, tenantId: _tenant, ...rest } = customer;
  return [{ ...rest, contacts: [], otherDomains: [] }];
}

function settingsOf(
  { address, office, settings, envelopeFrom }: LoopBotOptions,
  { host, port, user }: BotMailbox,
  folder: string,
): object {
  return {
    partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
    mailboxes: [
      {
        name: mailboxName,
        imap: {
          host,
          port,
          secure: false,
          auth: { user, password: { env: 'IMAP_PASSWORD' } },
        },
        smtp: {
          host: '127.0.0.1',
          port: office.port,
          secure: false,
          auth: { user: address, password: { env: 'SMTP_PASSWORD' } },
          ...(envelopeFrom === undefined ? {} : { envelopeFrom }),
        },
        from: `Support <${address}>`,
      },
    ],
    trustedAuthservIds: [receivingHostOf(address)],
    store: { dataDir: join(folder, 'data') },
    templatesDir: `${programRoot}templates`,
    noticesFile: `${programRoot}config/notices.yaml`,
    contactsFile: `${programRoot}config/contacts.yaml`,
    log: { level: 'error' },
    ...settings,
  };
}

/** A store that says when something was written, so that nobody has to ask again and again. */
function watchProgress(store: Store): {
  readonly store: Store;
  /** Resolves when the condition holds: it is tried now and after each step of the work. */
  until(condition: () => Promise<boolean>): Promise<void>;
} {
  const waiting = new Set<() => void>();
  const stepped = <Args extends readonly unknown[], Result>(
    method: (...args: Args) => Promise<Result>,
  ) => {
    return async (...args: Args): Promise<Result> => {
      const result = await method(...args);
      for (const look of [...waiting]) look();
      return result;
    };
  };
  return {
    store: {
      ...store,
      accept: stepped(store.accept),
      saveDecision: stepped(store.saveDecision),
      finishMail: stepped(store.finishMail),
      giveUp: stepped(store.giveUp),
    },
    until: (condition) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          condition().then((holds) => {
            if (!holds || !waiting.delete(look)) return;
            resolve();
          }, reject);
        };
        waiting.add(look);
        look();
      }),
  };
}
