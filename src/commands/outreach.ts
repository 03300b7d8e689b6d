/**
 * `outreach`: tells customers ahead of the notice. Without --send it only lists whom, and why others are not.
 *
 * Nobody asked for these mails, so sending must be said; they go out one by one, at a pace that counts what was
 * sent within the last hour, and a customer is never told twice.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { shownCharsMax } from '../core/limits.ts';
import { shown } from '../core/normalize.ts';
import type { OwnPlan } from '../core/own-mail.ts';
import { formatProblem } from '../core/template.ts';
import { checkTemplates } from '../core/template-check.ts';
import { systemClock } from '../edges/clock.ts';
import { openLog } from '../edges/log.ts';
import type { MailboxSettings, Settings } from '../edges/settings.ts';
import { logOptionsOf } from '../edges/settings-log.ts';
import { loadOrCreateMessageIdKey } from '../edges/settings-secrets.ts';
import { ResponderError } from '../errors.ts';
import { type OutreachLine, type OutreachOutcome, outreach } from '../pipeline/outreach.ts';
import type { PipelineParts } from '../pipeline/parts.ts';
import type { Log, Store } from '../ports.ts';
import { openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import { knowledgeFor, loadKnowledge, loadTemplateSet, settingsOf } from './knowledge.ts';
import { noQueue } from './no-queue.ts';
import { readCount } from './read-count.ts';
import { openDesk } from './service.ts';

export interface OutreachCommandOptions {
  readonly dryRun?: boolean;
  readonly send?: boolean;
  readonly mailbox?: string;
  readonly limit?: string;
  readonly config?: string;
  /** How to wait for one's turn. */
  readonly pause?: Pause;
}

type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

const systemPause: Pause = async (ms, signal) => {
  // Stopping ends the pause early, and that is all.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
};

/** Returns 1 when a mail did not go out as it should, or the settings keep every mail. */
export async function outreachCommand(
  options: OutreachCommandOptions,
  io: CommandIo,
): Promise<number> {
  const send = options.send === true;
  if (send && options.dryRun === true)
    throw new ResponderError('USAGE', '--dry-run only lists, --send sends: not both at once.');
  const limit = readCount('--limit', options.limit, limitMax);
  const settings = settingsFor(options, io, send ? 'required' : 'store');
  const mailbox = chooseMailbox(settings, options.mailbox);
  const { perMinute } = mailbox.smtp;
  const log = openLog({ ...logOptionsOf(settings), level: 'warn', destination: io.stderr });
  const { store } = await openStore({ ...settings.store, log });
  try {
    const parts = await partsFor(settings, mailbox, { store, log, send });
    return await run(
      parts,
      {
        send,
        mailbox: mailbox.name,
        ...(limit === undefined ? {} : { limit }),
        ...(perMinute === undefined ? {} : { perMinute }),
        pause: options.pause ?? systemPause,
      },
      io,
    );
  } finally {
    await store.close();
  }
}

/** More than any list of customers has. */
const limitMax = 9_999_999;

function chooseMailbox({ mailboxes }: Settings, name: string | undefined): MailboxSettings {
  const [first, ...others] = mailboxes;
  if (first === undefined)
    throw new ResponderError('SETTINGS_INVALID', 'The settings have no mailbox to send from.');
  const names = mailboxes.map((mailbox) => mailbox.name).join(', ');
  if (name === undefined && others.length > 0)
    throw new ResponderError('USAGE', `Say which mailbox it comes from: --mailbox, of ${names}.`);
  const found = name === undefined ? first : mailboxes.find((mailbox) => mailbox.name === name);
  if (found !== undefined) return found;
  throw new ResponderError('USAGE', `--mailbox: found “${name}”, expected one of ${names}.`);
}

async function partsFor(
  settings: Settings,
  mailbox: MailboxSettings,
  { store, log, send }: { readonly store: Store; readonly log: Log; readonly send: boolean },
): Promise<PipelineParts> {
  const knowledge = knowledgeFor(await loadKnowledge(settings), mailbox);
  const set = await loadTemplateSet(settingsOf(settings, mailbox).templatesDir);
  const problems = checkTemplates(set, knowledge);
  if (problems.length > 0)
    throw new ResponderError('TEMPLATES_INVALID', 'The templates have problems.', {
      details: problems.map(formatProblem),
    });
  const policy = send
    ? { ...knowledge.policy, messageIdKey: loadOrCreateMessageIdKey(settings) }
    : knowledge.policy;
  return {
    ...knowledge,
    policy,
    store,
    log,
    jobs: noQueue,
    clock: systemClock,
    templates: () => set,
    desks: new Map([[mailbox.name, openDesk(mailbox, { log, clock: systemClock })]]),
  };
}

interface RunOptions {
  readonly send: boolean;
  readonly mailbox: string;
  readonly limit?: number;
  readonly perMinute?: number;
  readonly pause: Pause;
}

/**
 * Mails of our own take half of what the sending server allows within a minute: the other half is for the answers of
 * a service, which this command cannot see.
 */
function turns({ perMinute, pause }: RunOptions, signal: AbortSignal): () => Promise<void> {
  let isFirst = true;
  return async () => {
    if (!isFirst && perMinute !== undefined) await pause(Math.ceil(120_000 / perMinute), signal);
    isFirst = false;
  };
}

async function run(parts: PipelineParts, options: RunOptions, io: CommandIo): Promise<number> {
  const { mode } = parts.policy;
  if (options.send && mode !== 'auto') {
    io.stderr.write(`Nothing was sent: the settings say mode: ${mode}.\n`);
    return 1;
  }
  const submission = parts.desks.get(options.mailbox)?.submission;
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    if (options.send) await submission?.check();
    const isStopped = (): boolean => stopping.signal.aborted;
    const counts = new Map<OutreachOutcome['kind'], number>();
    for await (const line of outreach(parts, {
      ...options,
      isStopped,
      turn: turns(options, stopping.signal),
    })) {
      io.stdout.write(lineOf(line));
      counts.set(line.outcome.kind, (counts.get(line.outcome.kind) ?? 0) + 1);
    }
    io.stdout.write(summaryOf(counts, options, isStopped()));
    return counts.has('failed') ? 1 : 0;
  } finally {
    for (const signal of signals) process.off(signal, stop);
    await submission?.close();
  }
}

function lineOf({ customer, outcome }: OutreachLine): string {
  return `${shown(customer.id, shownCharsMax)}  ${shown(sentenceOf(outcome), lineCharsMax)}\n`;
}

/** A case id, an answer of a server and what is said around them. */
const lineCharsMax = 2 * shownCharsMax;

function sentenceOf(outcome: OutreachOutcome): string {
  switch (outcome.kind) {
    case 'ready':
      return `would be told: ${planOf(outcome.plan)}`;
    case 'sent':
      return `sent: ${planOf(outcome.plan)} (case ${outcome.caseId})`;
    case 'left-out':
      return `no: ${outcome.why}`;
    case 'told-before':
      return `told before: case ${outcome.caseId}, ${outcome.state}`;
    case 'later':
      return `later: ${outcome.why}`;
    case 'failed':
      return `failed: ${outcome.why}`;
    default:
      return outcome satisfies never;
  }
}

function planOf({ to, lines }: OwnPlan): string {
  return `${to}, ${[...new Set(lines.map(({ scenario }) => scenario))].join(' and ')}`;
}

function summaryOf(
  counts: ReadonlyMap<OutreachOutcome['kind'], number>,
  { send }: RunOptions,
  isStopped: boolean,
): string {
  const of = (kind: OutreachOutcome['kind']): number => counts.get(kind) ?? 0;
  const told = send ? `${of('sent')} sent, ${of('failed')} failed` : `${of('ready')} would be told`;
  const others = `${of('later')} later, ${of('told-before')} told before, ${of('left-out')} not to be told`;
  return [
    `${told}, ${others}.`,
    ...(isStopped ? ['Stopped: the customers behind these were not looked at.'] : []),
    ...(send ? [] : ['Nothing was sent; --send does it.']),
  ]
    .map((line) => `${line}\n`)
    .join('');
}
