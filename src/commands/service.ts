/**
 * The service, wired: mailboxes, submissions, queue and store around the pipeline. `run` and `demo` use it.
 */
import assert from 'node:assert';
import { createHash } from 'node:crypto';
import type { TemplateSet } from '../core/template-compile.ts';
import { openMailbox } from '../edges/imap.ts';
import { verifierFor } from '../edges/mail-verifier.ts';
import { type MailboxLogin, openMailboxLogin } from '../edges/mailbox-login.ts';
import type { MailboxSettings, Settings } from '../edges/settings.ts';
import { openSubmission } from '../edges/submission.ts';
import { Backlog } from '../pipeline/backlog.ts';
import { followUps } from '../pipeline/follow-up.ts';
import type { Desk, PipelineParts } from '../pipeline/parts.ts';
import { ledgerOf } from '../pipeline/reconcile.ts';
import { openWatchNotes } from '../pipeline/watch-notes.ts';
import { deliverReply, giveUp, handleMail, markMail, takeIn } from '../pipeline.ts';
import type { LoginExpiries } from '../ports/oauth.ts';
import type { Clock, Job, Jobs, Log, MailboxHandler, Store } from '../ports.ts';
import type { Knowledge } from './knowledge.ts';
import { partsByMailbox } from './mailbox-parts.ts';
import { scheduleSync } from './sync-schedule.ts';
import { scheduleUpkeep } from './upkeep-schedule.ts';

export const roles = ['watch', 'work', 'console'] as const;
export type Role = (typeof roles)[number];

export interface ServiceOptions {
  readonly settings: Settings;
  readonly knowledge: Knowledge;
  /** The last good version of the templates in a folder that the settings name. */
  readonly templates: (folder: string) => TemplateSet;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
  readonly roles: readonly Role[];
  /** Opens a mailbox and its way out. The fault suite puts its own timings, and its faults, around them. */
  readonly openDesk?: typeof openDesk;
  /** How often the store is asked for what was begun and not finished. */
  readonly sweepMs?: number;
}

export interface Service {
  /** Ends the watch and waits for the jobs in hand; what waits goes on at the next start. */
  stop(): Promise<void>;
  /** When the logins of the mailboxes end. */
  readonly loginExpiries: LoginExpiries;
}

/** How many mails of a mailbox are decided at once, and how many replies are sent at once. */
const handleConcurrency = 4;
const deliverConcurrency = 2;
/** How often more is queued of a mailbox that has more to do than was queued. */
const refillMs = 1_000;
/** How often the store is asked for everything that was begun and not finished. */
const sweepMsDefault = 30_000;
/** How often replies are followed up: their days are counted in days. */
const followUpMs = 15 * 60_000;

/** Starts the service. Throws ResponderError when a mailbox or sending server cannot be reached. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, jobs, log } = options;
  const open = options.openDesk ?? openDesk;
  const desks = new Map(
    settings.mailboxes.map((mailbox) => [mailbox.name, open(mailbox, options)]),
  );
  const verify = verifierFor(settings, { clock: options.clock, network: 'dns' });
  const parts: PipelineParts = {
    ...options,
    ...options.knowledge,
    ...(verify === undefined ? {} : { verify }),
    templates: () => options.templates(settings.templatesDir),
    desks,
  };
  const own = partsByMailbox(parts, settings, options.templates);
  const backlog = new Backlog(parts);
  const close = async (): Promise<void> => {
    // Jobs first: marking needs the mailbox. A mail that comes meanwhile is durable and waits.
    await jobs.close();
    for (const { mailbox, submission, login } of desks.values()) {
      await mailbox.stop();
      await submission.close();
      login.close();
    }
  };
  try {
    await startRoles(options.roles, parts, { settings, own, backlog });
  } catch (error) {
    await close();
    throw error;
  }
  const stopSweeping = sweepAgainAndAgain(backlog, {
    log,
    sweepMs: options.sweepMs ?? sweepMsDefault,
  });
  return {
    async stop() {
      await stopSweeping();
      await close();
    },
    loginExpiries: () => [...desks.values()].flatMap(({ login }) => login.expiries()),
  };
}

/** Looks for work that nobody has queued. Returns what ends that, once the round in hand is over. */
function sweepAgainAndAgain(
  backlog: Backlog,
  { log, sweepMs }: { readonly log: Log; readonly sweepMs: number },
): () => Promise<void> {
  const everyMs = Math.min(refillMs, sweepMs);
  const sweepRounds = Math.round(sweepMs / everyMs);
  let round = 0;
  let turn: Promise<void> = Promise.resolve();
  let isBusy = false;
  const once = async (): Promise<void> => {
    isBusy = true;
    round += 1;
    try {
      await (round % sweepRounds === 0 ? backlog.sweep() : backlog.refill());
    } catch (error) {
      log.warn(
        { error: String(error) },
        'the store could not be asked for unfinished work; asked again later',
      );
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(() => {
    if (!isBusy) turn = once();
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await turn;
  };
}

interface Wiring {
  readonly settings: Settings;
  readonly own: PartsByMailbox;
  readonly backlog: Backlog;
}

async function startRoles(
  wanted: readonly Role[],
  parts: PipelineParts,
  { settings, own, backlog }: Wiring,
): Promise<void> {
  const { log, desks } = parts;
  if (wanted.includes('work')) {
    for (const { submission } of desks.values()) await submission.check();
    await startWorkers(settings.mailboxes, own);
    await scheduleSync({ ...parts, settings, productAliases: parts.catalog.productAliases });
    await scheduleFollowUps(parts.jobs, own);
    await scheduleUpkeep({ ...parts, settings });
  }
  if (wanted.includes('watch')) {
    for (const [name, desk] of desks) {
      const parts = partsFor(own, name);
      await desk.mailbox.start(watchHandler(name, parts, backlog));
      await parts.jobs.work({
        kind: 'mark',
        mailbox: name,
        concurrency: 1,
        run: (job) => markMail(parts, job),
        gaveUp: (job, error) => giveUp(parts, job, error),
      });
      log.info({ mailbox: name }, 'watching the mailbox');
    }
  }
  const elsewhere = await parts.store.countUnfinishedElsewhere([...desks.keys()]);
  if (elsewhere > 0) {
    log.warn(
      { mails: elsewhere },
      'mails of mailboxes that are not in these settings are not finished: put the mailbox back under its name',
    );
  }
  for (const { kind, name, at, detail } of await parts.store.listHolds()) {
    if (kind !== 'mailbox') continue;
    log.error(
      { mailbox: name, since: at.toISOString(), detail },
      'desk: sending from this mailbox is paused until a person releases it (holds)',
    );
  }
  const unfinished = await backlog.sweep();
  if (unfinished > 0) log.info({ jobs: unfinished }, 'going on with what was begun before');
}

type PartsByMailbox = ReadonlyMap<string, PipelineParts>;

function partsFor(own: PartsByMailbox, mailbox: string): PipelineParts {
  const parts = own.get(mailbox);
  assert(parts !== undefined, 'every mailbox of the settings has its parts');
  return parts;
}

/** By the names of its mailboxes, since a service looks after these only. */
async function scheduleFollowUps(jobs: Jobs, own: PartsByMailbox): Promise<void> {
  const mailboxes = [...own.keys()].sort().join('\n');
  const name = `follow-up-${createHash('sha256').update(mailboxes).digest('hex').slice(0, 12)}`;
  const following = [...own.values()].filter(({ policy }) => policy.followUp.afterDays > 0);
  if (following.length === 0) return jobs.unschedule(name);
  const run = async (): Promise<void> => {
    for (const parts of following) await followUps(parts);
  };
  return jobs.schedule({ name, everyMs: followUpMs, run });
}

async function startWorkers(
  mailboxes: readonly MailboxSettings[],
  own: PartsByMailbox,
): Promise<void> {
  for (const { name: mailbox, smtp } of mailboxes) {
    const parts = partsFor(own, mailbox);
    const gaveUp = (job: Job, error: Error): Promise<void> => giveUp(parts, job, error);
    await parts.jobs.work({
      kind: 'handle',
      mailbox,
      concurrency: handleConcurrency,
      run: (job) => handleMail(parts, job),
      gaveUp,
    });
    await parts.jobs.work({
      kind: 'deliver',
      mailbox,
      concurrency: deliverConcurrency,
      ...(smtp.perMinute === undefined ? {} : { perMinute: smtp.perMinute }),
      run: (job) => deliverReply(parts, job),
      gaveUp,
    });
  }
}

/** A desk with what its logins hold. */
export interface LoggedInDesk extends Desk {
  readonly login: MailboxLogin;
}

export function openDesk(
  mailbox: MailboxSettings,
  { log, clock }: Pick<ServiceOptions, 'log' | 'clock'>,
): LoggedInDesk {
  const login = openMailboxLogin(mailbox, { log, clock });
  return {
    mailbox: openMailbox({ name: mailbox.name, imap: login.imap }, { log, clock }),
    submission: openSubmission(login.smtp, { log }),
    login,
    sender: { ...mailbox.from, envelopeFrom: mailbox.smtp.envelopeFrom },
    mark: mailbox.mark,
  };
}

function watchHandler(name: string, parts: PipelineParts, backlog: Backlog): MailboxHandler {
  const { store, log, clock } = parts;
  const notes = openWatchNotes(parts, name);
  return {
    ...ledgerOf(parts, name),
    findCursor: () => store.findCursor(name),
    async accept(mails, cursor) {
      if (mails.length > 0) await backlog.admit(name);
      await takeIn({ ...parts, jobs: backlog.intake }, name, mails, cursor);
    },
    looked(at) {
      log.debug({ mailbox: name, at: at.toISOString() }, 'looked at the mailbox');
      return notes.looked(at);
    },
    troubled(error, retryInMs) {
      log.error(
        {
          mailbox: name,
          code: error.code,
          error: error.message,
          mends: error.details,
          hint: error.hint,
          retryInMs,
        },
        'the mailbox cannot be watched; it is tried again by itself',
      );
      return notes.troubled(clock.now(), error.message);
    },
    recovered: () => log.info({ mailbox: name }, 'the mailbox is watched again'),
  };
}
