/**
 * What the pipeline is given, and what every step of it asks of that.
 */
import type { MailDecider } from '../core/decide-mail.ts';
import type { Mail } from '../core/mail.ts';
import type { NoticeCatalog } from '../core/notice.ts';
import type { Contacts, Partner, Policy, ReplySender } from '../core/policy.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import type { Verification } from '../core/verification.ts';
import { ResponderError } from '../errors.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Clock, Job, Jobs, Log, Mailbox, Store, Submission } from '../ports.ts';

/** One mailbox as the pipeline sees it. */
export interface Desk {
  readonly mailbox: Mailbox;
  readonly submission: Submission;
  readonly sender: ReplySender;
  readonly mark: {
    readonly answered: boolean;
    readonly keyword?: string;
    readonly move: {
      readonly reply?: string;
      readonly review?: string;
      readonly suppress?: string;
    };
  };
}

export interface PipelineParts {
  readonly store: Store;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: Policy;
  readonly catalog: NoticeCatalog;
  /** Decides about a mail elsewhere than in this thread; absent: here. */
  readonly decide?: MailDecider;
  /** Absent where signatures are not verified here. */
  readonly verify?: (raw: Uint8Array, mail: Mail) => Promise<Verification>;
  readonly contacts: Contacts;
  readonly partner: Partner;
  /** The last good version of the templates. */
  readonly templates: () => TemplateSet;
  readonly desks: ReadonlyMap<string, Desk>;
  /** Absent where nobody counts. */
  readonly metrics?: Metrics;
}

export async function queue(
  { jobs, log }: Pick<PipelineParts, 'log'> & { readonly jobs: Pick<Jobs, 'add'> },
  wanted: readonly Job[],
): Promise<void> {
  if (wanted.length === 0) return;
  try {
    await jobs.add(wanted);
  } catch (error) {
    // What is to be done stands in the store; the sweep queues it once the queue is back.
    log.warn(
      { error: messageOf(error), jobs: wanted.length },
      'the queue did not take the jobs; they are queued again later',
    );
  }
}

export function deskOf({ desks }: PipelineParts, { mailbox }: Pick<Job, 'mailbox'>): Desk {
  const desk = desks.get(mailbox);
  if (desk === undefined) {
    throw new ResponderError(
      'SETTINGS_INVALID',
      `The mailbox “${mailbox}” is no longer in the settings.`,
    );
  }
  return desk;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
