/**
 * `backfill --since DATE`: has mails handled that were there before the first start.
 *
 * It takes in what the ledger does not know, over a read-only connection beside the watch, and leaves the
 * work to the service, which does it as if they had just come. With --dry-run it says what would become of
 * them and changes nothing.
 */

import assert from 'node:assert';
import { calendarDay, calendarDays } from '../core/dates.ts';
import { shownCharsMax } from '../core/limits.ts';
import { shown } from '../core/normalize.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import { endOfDay } from '../core/trend-days.ts';
import { systemClock } from '../edges/clock.ts';
import { calendarDate } from '../edges/customer-values.ts';
import { earlierMails } from '../edges/imap-backfill.ts';
import { openLog } from '../edges/log.ts';
import { verifierFor } from '../edges/mail-verifier.ts';
import { openMailboxLogin } from '../edges/mailbox-login.ts';
import type { MailboxSettings, Settings } from '../edges/settings.ts';
import { logOptionsOf } from '../edges/settings-log.ts';
import { ResponderError } from '../errors.ts';
import { BackfillPreview, type Judged, takeInBackfill } from '../pipeline/backfill.ts';
import { ledgerOf } from '../pipeline/reconcile.ts';
import type { FetchedMail, Log, Store } from '../ports.ts';
import { openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import { loadKnowledge, loadTemplateSet } from './knowledge.ts';
import { partsByMailbox } from './mailbox-parts.ts';
import { noQueue } from './no-queue.ts';
import { type Progress, progressOn } from './progress.ts';
import { readCount } from './read-count.ts';
import { templateFolders } from './template-keepers.ts';

export interface BackfillOptions {
  readonly since?: string;
  readonly dryRun?: boolean;
  readonly mailbox?: string;
  readonly limit?: string;
  readonly config?: string;
}

interface Wanted {
  /** As it was given. */
  readonly day: string;
  readonly since: Date;
  readonly mailboxes: readonly MailboxSettings[];
  readonly limit: number;
}

/** Returns 1 when it was stopped before the end. */
export async function backfillCommand(options: BackfillOptions, io: CommandIo): Promise<number> {
  const settings = settingsFor(options, io, 'required');
  const wanted = readOptions(options, settings);
  const log = openLog({ ...logOptionsOf(settings), level: 'warn', destination: io.stderr });
  const { store } = await openStore({ ...settings.store, log });
  const progress = progressOn(io);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, stop);
  const run = { settings, wanted, store, log, io, progress, signal: stopping.signal };
  try {
    await (options.dryRun === true ? preview(run) : takeIn(run));
    if (!stopping.signal.aborted) return 0;
    io.stdout.write(
      'Stopped: the mails behind these were not looked at. The same command goes on.\n',
    );
    return 1;
  } finally {
    progress.end();
    for (const signal of signals) process.off(signal, stop);
    await store.close();
  }
}

function readOptions(options: BackfillOptions, settings: Settings): Wanted {
  const { since: text, mailbox: name } = options;
  if (text === undefined) throw usage('Say from which day on: --since, a date like 2026-11-01.');
  const checked = calendarDate(text);
  if ('message' in checked) throw usage(`--since: “${text}” ${checked.message}.`);
  const day = checked.value;
  const { timeZone, mailboxes } = settings;
  if (day > calendarDay(systemClock.now(), timeZone))
    throw usage(`--since: ${day} is yet to come.`);
  const named = mailboxes.filter((mailbox) => name === undefined || mailbox.name === name);
  if (named.length === 0) {
    const names = mailboxes.map((mailbox) => mailbox.name).join(', ');
    throw usage(`--mailbox: found “${name}”, expected one of ${names}.`);
  }
  const limit = readCount('--limit', options.limit, limitMax) ?? Number.POSITIVE_INFINITY;
  return { day, since: startOfDay(day, timeZone), mailboxes: named, limit };
}

/** More than any mailbox holds. */
const limitMax = 9_999_999;

function usage(sentence: string): ResponderError {
  return new ResponderError('USAGE', sentence);
}

/** The first moment of a day, which may have 23 hours or begin at one o’clock. */
function startOfDay(day: string, timeZone: string): Date {
  const before = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
  return new Date(endOfDay(before, calendarDays(timeZone)).getTime() + 1);
}

interface BackfillRun {
  readonly settings: Settings;
  readonly wanted: Wanted;
  readonly store: Store;
  readonly log: Log;
  readonly io: CommandIo;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Goes through one mailbox until its end, the limit, or a signal. Returns how many mails were compared. */
async function eachBatch(
  run: BackfillRun,
  mailbox: MailboxSettings,
  handlers: {
    readonly opened?: (folder: { uidValidity: string; nextUid: number }) => Promise<void>;
    /** Returns how many of them count for the limit. */
    readonly take: (mails: readonly FetchedMail[], roomFor: number) => Promise<number>;
  },
): Promise<{ readonly compared: number; readonly taken: number }> {
  const { wanted, store, log, progress, signal } = run;
  let compared = 0;
  let taken = 0;
  const login = openMailboxLogin(mailbox, { log, clock: systemClock });
  const place = { name: mailbox.name, imap: login.imap };
  const earlier = earlierMails(place, {
    log,
    clock: systemClock,
    since: wanted.since,
    ledger: ledgerOf({ store, log }, mailbox.name),
    opened: handlers.opened ?? (async () => undefined),
  });
  try {
    for await (const { mails, compared: soFar } of earlier) {
      compared = soFar;
      if (signal.aborted || taken >= wanted.limit) break;
      taken += await handlers.take(mails, wanted.limit - taken);
      progress.show(`${mailbox.name}: ${compared} mails compared, ${taken} found`);
    }
  } finally {
    login.close();
  }
  progress.end();
  return { compared, taken };
}

async function takeIn(run: BackfillRun): Promise<void> {
  const { settings, wanted, store, io } = run;
  let all = 0;
  for (const mailbox of wanted.mailboxes) {
    if (run.signal.aborted) break;
    const { name } = mailbox;
    const { compared, taken } = await eachBatch(run, mailbox, {
      // What comes between this and the first start is new.
      async opened({ uidValidity, nextUid }) {
        const now = systemClock.now().getTime();
        const watchingSince = new Date(Math.floor(now / 1_000) * 1_000);
        await store.beginWatch(name, { uidValidity, nextUid, watchingSince });
      },
      take: (mails, roomFor) =>
        takeInBackfill({ store, clock: systemClock }, name, mails.slice(0, roomFor)),
    });
    io.stdout.write(`${name}: ${compared} mails since ${wanted.day} compared, ${taken} taken in\n`);
    all += taken;
  }
  if (all === 0) return;
  io.stdout.write(
    settings.store.databaseUrl === undefined
      ? 'They are handled once the service runs: `run`.\n'
      : 'A running service takes them up within half a minute.\n',
  );
  const { perMailboxPerHour } = settings.limits;
  if (all > perMailboxPerHour)
    io.stdout.write(
      `If more than ${perMailboxPerHour} replies an hour come of them, sending pauses (limits.perMailboxPerHour, \`holds\`).\n`,
    );
}

async function preview(run: BackfillRun): Promise<void> {
  const { settings, wanted, store, log, io } = run;
  const knowledge = await loadKnowledge(settings);
  const sets = new Map<string, TemplateSet>();
  for (const folder of templateFolders(settings, knowledge).keys())
    sets.set(folder, await loadTemplateSet(folder));
  const templatesIn = (folder: string): TemplateSet => {
    const set = sets.get(folder);
    assert(set !== undefined, 'every folder that the settings name is loaded');
    return set;
  };
  const verify = verifierFor(settings, { clock: systemClock, network: 'dns' });
  const parts = {
    ...knowledge,
    store,
    log,
    jobs: noQueue,
    clock: systemClock,
    templates: () => templatesIn(settings.templatesDir),
    desks: new Map(),
    ...(verify === undefined ? {} : { verify }),
  };
  const own = partsByMailbox(parts, settings, templatesIn);
  const at = momentFormat(settings.timeZone);
  for (const mailbox of wanted.mailboxes) {
    if (run.signal.aborted) break;
    const counts = new Map<string, number>();
    const judging = new BackfillPreview(own.get(mailbox.name) ?? parts, mailbox.name);
    const { compared, taken } = await eachBatch(run, mailbox, {
      async take(mails, roomFor) {
        let judged = 0;
        for (const fetched of mails) {
          if (judged >= roomFor || run.signal.aborted) break;
          const found = await judging.judge(fetched);
          if (found === undefined) continue;
          judged += 1;
          const { action } = found.decision;
          counts.set(action, (counts.get(action) ?? 0) + 1);
          run.progress.end();
          io.stdout.write(`${at(fetched.internalDate)}  ${lineOf(found)}\n`);
        }
        return judged;
      },
    });
    const of = (action: string): number => counts.get(action) ?? 0;
    io.stdout.write(
      `${mailbox.name}: ${compared} mails since ${wanted.day} compared, ${taken} would be taken in: ` +
        `${of('reply')} reply, ${of('review')} review, ${of('suppress')} suppress, ${of('ignore')} ignore\n`,
    );
    const { perMailboxPerHour } = settings.limits;
    if (of('reply') > perMailboxPerHour)
      io.stdout.write(
        `These are more replies than may go out in an hour (limits.perMailboxPerHour: ${perMailboxPerHour}): sending would pause. Take them in bit by bit, with --limit.\n`,
      );
  }
  if (settings.mode !== 'auto')
    io.stdout.write(`The settings say mode: ${settings.mode}; no reply would go out by itself.\n`);
  io.stdout.write('Nothing was changed.\n');
}

/** `2026-11-23 14:05` in the time zone of the settings. */
function momentFormat(timeZone: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return (at) => format.format(at);
}

function lineOf({ mail, decision }: Judged): string {
  const from = mail.from[0]?.address ?? 'no author';
  const { action, reason, scenario } = decision;
  const outcome = `${action} (${reason})${scenario === undefined ? '' : `, ${scenario}`}`;
  return `${shown(from, shownCharsMax)}  ${shown(mail.subject, shownCharsMax)}  ${outcome}`;
}
