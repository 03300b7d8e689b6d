/**
 * The service, wired: mailboxes, submissions, queue and store around the pipeline. `run` and `demo` use it.
 */
import assert from 'node:assert';
import { createHash } from 'node:crypto';
import type { MailDecider } from '../core/decide-mail.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import { openMailbox } from '../edges/imap.ts';
import { verifierFor } from '../edges/mail-verifier.ts';
import { type MailboxLogin, openMailboxLogin } from '../edges/mailbox-login.ts';
import type { MailboxSettings, Settings } from '../edges/settings.ts';
import { openSubmission } from '../edges/submission.ts';
import { ResponderError } from '../errors.ts';
import { Backlog } from '../pipeline/backlog.ts';
import { followUps } from '../pipeline/follow-up.ts';
import { type Desk, deskOf, type PipelineParts } from '../pipeline/parts.ts';
import { deliverReply, giveUp, handleMail } from '../pipeline.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { LoginExpiries } from '../ports/oauth.ts';
import type { Clock, Job, Jobs, Log, Store } from '../ports.ts';
import type { Knowledge } from './knowledge.ts';
import { partsByMailbox } from './mailbox-parts.ts';
import type { Role } from './roles.ts';
import { watchUnderLease } from './service-watch.ts';
import { startEach } from './start-each.ts';
import { sweepAgainAndAgain } from './sweeping.ts';
import { scheduleSync } from './sync-schedule.ts';
import { scheduleUpkeep } from './upkeep-schedule.ts';
import type { LeasedWatch } from './watch-lease.ts';

export interface ServiceOptions {
  readonly settings: Settings;
  readonly knowledge: Knowledge;
  /** The last good version of the templates in a folder that the settings name. */
  readonly templates: (folder: string) => TemplateSet;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: mails are decided in this thread. */
  readonly decide?: MailDecider;
  readonly roles: readonly Role[];
  /** Absent where nobody counts. */
  readonly metrics?: Metrics;
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
  /** The parts of a mailbox, for what people do beside the queue; undefined where the settings have none of the name. */
  readonly pipelineOf: (mailbox: string) => PipelineParts | undefined;
}

/** Jobs of a mailbox that run at once; one may be a pack of many small mails. */
const handleConcurrency = 4;
/** Twice the connections to the server: while some replies are sent, others are claimed and settled. */
const deliverConcurrency = 4;
/** How often the store is asked for everything that was begun and not finished. */
const sweepMsDefault = 30_000;
/** How often replies are followed up: their days are counted in days. */
const followUpMs = 15 * 60_000;

/** Starts the service. Throws ResponderError when no mailbox or no sending server can be reached. */
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
  const watches: LeasedWatch[] = [];
  const close = async (): Promise<void> => {
    // The watches first, so that those that stand by take over while the jobs in hand are finished here.
    await Promise.all(watches.map((watch) => watch.stop()));
    await jobs.close();
    for (const { submission, login } of desks.values()) {
      await submission.close();
      login.close();
    }
  };
  try {
    await startRoles(options.roles, parts, { settings, own, backlog, watches });
  } catch (error) {
    await close();
    throw error;
  }
  const stopSweeping = sweepAgainAndAgain(backlog, {
    log,
    sweepMs: options.sweepMs ?? sweepMsDefault,
    failed: (error) =>
      parts.metrics?.failed(error instanceof ResponderError ? error.code : undefined),
  });
  return {
    async stop() {
      await stopSweeping();
      await close();
    },
    pipelineOf: (mailbox) => own.get(mailbox),
    loginExpiries: () => [...desks.values()].flatMap(({ login }) => login.expiries()),
  };
}

/** What is made for all mailboxes. Watches are added as they start, so that those that have can be stopped. */
interface Wiring {
  readonly settings: Settings;
  readonly own: PartsByMailbox;
  readonly backlog: Backlog;
  readonly watches: LeasedWatch[];
}

async function startRoles(
  wanted: readonly Role[],
  parts: PipelineParts,
  { settings, own, backlog, watches }: Wiring,
): Promise<void> {
  const { log, desks } = parts;
  if (wanted.includes('work')) {
    await startEach(
      desks.keys(),
      (name) => deskOf(parts, { mailbox: name }).submission.check(),
      (mailbox, { code, message: error, details: mends, hint }) =>
        log.error(
          { mailbox, code, error, mends, hint },
          'no reply can be sent from this mailbox for now; each is tried again by itself',
        ),
    );
    await startWorkers(settings.mailboxes, own);
    await scheduleSync({ ...parts, settings, productAliases: parts.catalog.productAliases });
    await scheduleFollowUps(parts.jobs, own);
    await scheduleUpkeep({ ...parts, settings });
  }
  // Before any mailbox is reached: what was decided can be sent without.
  const unfinished = await backlog.sweep();
  if (unfinished > 0) log.info({ jobs: unfinished }, 'going on with what was begun before');
  if (wanted.includes('watch')) {
    const { leaseSeconds } = settings.watch;
    const byName = new Map(
      [...desks.keys()].map((name) => [
        name,
        watchUnderLease(name, partsFor(own, name), { leaseSeconds, backlog }),
      ]),
    );
    watches.push(...byName.values());
    await startEach(
      byName.keys(),
      async (name) => byName.get(name)?.start(),
      (name, error) => byName.get(name)?.tryAgain(error),
    );
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
