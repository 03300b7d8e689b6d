/**
 * Every figure of the service: its name, kind, labels and meaning. docs/operations.md has the same table.
 *
 * Labels hold names of mailboxes from the settings and words of closed lists only, so that no mail can make a new one.
 */

const mailbox = ['mailbox'] as const;

export const metricTable = {
  mailsSeen: {
    name: 'transition_responder_mails_seen_total',
    type: 'counter',
    labels: mailbox,
    help: 'Mails taken in by this process.',
  },
  cases: {
    name: 'transition_responder_cases_total',
    type: 'counter',
    labels: ['mailbox', 'action', 'reason'],
    help: 'Cases decided by this process, ignored mails included.',
  },
  replies: {
    name: 'transition_responder_replies_total',
    type: 'counter',
    labels: ['mailbox', 'outcome'],
    help: 'Attempts of this process to send a reply, and replies that it held back.',
  },
  replySeconds: {
    name: 'transition_responder_reply_seconds',
    type: 'histogram',
    labels: mailbox,
    help: 'From the arrival of a mail at its server (whole seconds) to the acceptance of the reply.',
  },
  templateFailures: {
    name: 'transition_responder_template_failures_total',
    type: 'counter',
    labels: mailbox,
    help: 'Replies that a template could not say completely.',
  },
  jobs: {
    name: 'transition_responder_jobs_total',
    type: 'counter',
    labels: ['kind', 'mailbox', 'end'],
    help: 'Attempts at jobs that ended in this process.',
  },
  jobSeconds: {
    name: 'transition_responder_job_seconds',
    type: 'histogram',
    labels: ['kind'],
    help: 'How long an attempt at a job took.',
  },
  errors: {
    name: 'transition_responder_errors_total',
    type: 'counter',
    labels: ['code'],
    help: 'Operational errors of mail servers, store and queue, by the codes of errors.md; OTHER is a fault of the program.',
  },
  up: {
    name: 'transition_responder_up',
    type: 'gauge',
    labels: ['part'],
    help: 'Whether the part (store, queue) answered this process just now: 1 or 0.',
  },
  queueJobs: {
    name: 'transition_responder_queue_jobs',
    type: 'gauge',
    labels: ['kind', 'mailbox', 'state'],
    help: 'Jobs that the queue holds: waiting, active, or delayed until they are tried again.',
  },
  unhandled: {
    name: 'transition_responder_unhandled_mails',
    type: 'gauge',
    labels: mailbox,
    help: 'Mails taken in and not finished.',
  },
  oldestUnhandled: {
    name: 'transition_responder_oldest_unhandled_seconds',
    type: 'gauge',
    labels: mailbox,
    help: 'How long the oldest mail waits that is not finished; 0 where none waits.',
  },
  lastLook: {
    name: 'transition_responder_last_look_seconds',
    type: 'gauge',
    labels: mailbox,
    help: 'Time since the last successful look at the mailbox; absent where there was none.',
  },
  troubled: {
    name: 'transition_responder_mailbox_troubled',
    type: 'gauge',
    labels: mailbox,
    help: 'Whether the mailbox cannot be watched now: 1 or 0.',
  },
  paused: {
    name: 'transition_responder_mailbox_paused',
    type: 'gauge',
    labels: mailbox,
    help: 'Whether sending is paused until a person releases it: 1 or 0.',
  },
  heldAddresses: {
    name: 'transition_responder_held_addresses',
    type: 'gauge',
    labels: [],
    help: 'Addresses that gave mail back and are not written to until a person releases them.',
  },
  reconciled: {
    name: 'transition_responder_reconciled_seconds',
    type: 'gauge',
    labels: mailbox,
    help: 'Time since the mailbox was last compared with the store.',
  },
  reconciledMissing: {
    name: 'transition_responder_reconciled_missing_mails',
    type: 'gauge',
    labels: mailbox,
    help: 'Mails that the last comparison found in the mailbox only; they were taken in then.',
  },
  templatesRefused: {
    name: 'transition_responder_templates_refused',
    type: 'gauge',
    labels: [],
    help: 'Folders of templates whose last edit has problems and is not in use.',
  },
  loginExpiry: {
    name: 'transition_responder_login_expiry_timestamp_seconds',
    type: 'gauge',
    labels: ['mailbox', 'what'],
    help: 'When a token, secret or certificate of the login ends, as seconds since 1970.',
  },
  build: {
    name: 'transition_responder_build_info',
    type: 'gauge',
    labels: ['version'],
    help: 'Always 1; which version runs.',
  },
} as const satisfies Record<string, MetricEntry>;

export interface MetricEntry {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

/** Seconds. INTERNALDATE knows whole seconds, so nothing finer would mean anything. */
export const replySecondsBuckets = [1, 2, 3, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];
export const jobSecondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];
