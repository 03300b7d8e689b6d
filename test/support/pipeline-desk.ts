/**
 * The pipeline on a real store, with a mailbox and a sending server that do what a test says.
 */

import { type Knowledge, loadKnowledge } from '../../src/commands/knowledge.ts';
import type { Customer } from '../../src/core/customer.ts';
import type { Reply } from '../../src/core/decision.ts';
import type { Mode, Policy } from '../../src/core/policy.ts';
import { checkTemplates } from '../../src/core/template-check.ts';
import { compileTemplates, type TemplateSet } from '../../src/core/template-compile.ts';
import { loadSettings, programRoot } from '../../src/edges/settings.ts';
import { loadTemplates } from '../../src/edges/templates.ts';
import { ResponderError } from '../../src/errors.ts';
import type { Desk, PipelineParts } from '../../src/pipeline/parts.ts';
import { deliverReply, giveUp, handleMail, markMail, sweep, takeIn } from '../../src/pipeline.ts';
import type {
  FetchedMail,
  Job,
  Log,
  MailLocation,
  Mark,
  Store,
  SubmissionOutcome,
} from '../../src/ports.ts';

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export const watchingSince = new Date('2026-11-01T00:00:00Z');
export const noon = new Date('2026-11-23T12:00:00Z');

export interface PipelineDesk {
  readonly parts: PipelineParts;
  readonly sent: Reply[];
  readonly marks: { readonly location: MailLocation; readonly mark: Mark }[];
  readonly queue: Job[];
  now: Date;
  mode: Mode;
  /** Replies to one domain and from the mailbox an hour; the settings' own where it is not set. */
  perHour: number | undefined;
  tellAlreadyAnswered: boolean;
  followUp: Policy['followUp'];
  outreachPerHour: number;
  /** What the log was told at the level of warnings, without its fields. */
  readonly warnings: string[];
  submit: (reply: Reply) => Promise<SubmissionOutcome>;
  take(
    raw: Buffer,
    more?: { readonly answered?: boolean; readonly internalDate?: Date },
  ): Promise<string>;
  /** All of them as one batch of the watcher. */
  takeAll(raws: readonly Buffer[]): Promise<void>;
  /** Runs what is queued, in order, until nothing is left; a job that fails is given up as a worker would. */
  run(): Promise<void>;
  sweep(): Promise<number>;
}

let good: Promise<TemplateSet> | undefined;

/** Compiled and checked once for all desks of a test file. */
function goodTemplates(dir: string, knowledge: Knowledge): Promise<TemplateSet> {
  good ??= loadTemplates(dir).then((sources) => {
    const set = compileTemplates(sources);
    if (checkTemplates(set, knowledge).length > 0) throw new Error('the templates are damaged');
    return set;
  });
  return good;
}

/** A desk with one mailbox, `support`. `move` names the folders of the settings. */
export async function openPipelineDesk(
  store: Store,
  move: Desk['mark']['move'] = {},
): Promise<PipelineDesk> {
  const settings = loadSettings({ env: {}, cwd: programRoot, secrets: 'optional' });
  const knowledge = await loadKnowledge(settings);
  const set = await goodTemplates(settings.templatesDir, knowledge);
  const sent: Reply[] = [];
  const marks: PipelineDesk['marks'] = [];
  const queue: Job[] = [];
  let uid = 0;
  const fetched = (raw: Buffer): FetchedMail => {
    uid += 1;
    return {
      location: { mailbox: 'support', path: 'INBOX', uidValidity: '1', uid },
      internalDate: desk.now,
      answered: false,
      sizeBytes: raw.byteLength,
      raw,
      complete: true,
    };
  };
  const accept = (mails: readonly FetchedMail[]) =>
    takeIn(desk.parts, 'support', mails, { uidValidity: '1', nextUid: uid + 1, watchingSince });
  const desk: PipelineDesk = {
    sent,
    marks,
    queue,
    now: noon,
    mode: 'auto',
    perHour: undefined,
    tellAlreadyAnswered: false,
    followUp: { afterDays: 7, remind: true },
    outreachPerHour: 30,
    warnings: [],
    submit: async (reply) => {
      sent.push(reply);
      return { outcome: 'accepted', response: '250 ok' };
    },
    get parts(): PipelineParts {
      return {
        store,
        jobs: {
          add: async (jobs) => {
            queue.push(...jobs);
          },
          work: async () => ({ close: async () => undefined }),
          schedule: async () => undefined,
          unschedule: async () => undefined,
          depth: async () => [],
          close: async () => undefined,
        },
        clock: { now: () => desk.now },
        log: { ...silent, warn: (_fields, sentence) => void desk.warnings.push(sentence) },
        ...knowledge,
        policy: {
          ...knowledge.policy,
          mode: desk.mode,
          tellAlreadyAnswered: desk.tellAlreadyAnswered,
          followUp: desk.followUp,
          outreach: { perHour: desk.outreachPerHour },
          limits: limitsOf(knowledge.policy.limits, desk.perHour),
          ownAddresses: ['support@partner.example'],
          trustedAuthservIds: ['mx.partner.example'],
          messageIdKey: 'a key of the tests, no secret',
        },
        templates: () => set,
        desks: new Map([
          [
            'support',
            {
              mailbox: {
                name: 'support',
                check: () => Promise.reject(new Error('not asked for')),
                start: async () => undefined,
                mark: async (location, mark) => {
                  marks.push({ location, mark });
                  return 'marked';
                },
                stop: async () => undefined,
              },
              submission: {
                check: async () => undefined,
                submit: (reply) => desk.submit(reply),
                close: async () => undefined,
              },
              sender: {
                name: 'Fabrikam Support',
                address: 'support@partner.example',
                envelopeFrom: '',
              },
              mark: { answered: true, move },
            },
          ],
        ]),
      };
    },
    async take(raw, { answered = false, internalDate = desk.now } = {}) {
      const before = queue.length;
      await accept([{ ...fetched(raw), answered, internalDate }]);
      return queue[before]?.caseId ?? '';
    },
    takeAll: (raws) => accept(raws.map(fetched)),
    async run() {
      for (let job = queue.shift(); job !== undefined; job = queue.shift())
        await runJob(desk.parts, job);
    },
    sweep: () => sweep(desk.parts),
  };
  return desk;
}

function limitsOf(limits: Policy['limits'], perHour: number | undefined): Policy['limits'] {
  return perHour === undefined
    ? limits
    : { ...limits, perDomainPerHour: perHour, perMailboxPerHour: perHour };
}

async function runJob(parts: PipelineParts, job: Job): Promise<void> {
  const run = { handle: handleMail, deliver: deliverReply, mark: markMail }[job.kind];
  try {
    await run(parts, job);
  } catch (error) {
    if (error instanceof ResponderError && error.retry === 'later') return;
    await giveUp(parts, job, error instanceof Error ? error : new Error(String(error)));
  }
}

/** A customer for whom everything is ready, with a contact at its own domain. */
export function readyCustomer(name: string): Customer {
  return {
    id: name,
    name: `${name} Ltd`,
    tenantDomain: `${name}.example`,
    otherDomains: [],
    contacts: [{ name: 'Ana', address: `ana@${name}.example` }],
    locale: 'en',
    country: 'GB',
    partnerApproved: true,
    subscriptions: [
      {
        product: 'Office 365 Business Premium',
        advisorStatus: 'active',
        cspStatus: 'active',
        licensesAssigned: 12,
        cspLicensesAssigned: 12,
      },
    ],
  };
}

/** A forward of the notice by the customer's contact, in Gmail's form. */
export function forwardOf(
  name: string,
  { from = `ana@${name}.example`, id = `${name}-1` } = {},
): Buffer {
  const domain = from.split('@')[1];
  return Buffer.from(
    [
      `Authentication-Results: mx.partner.example; dmarc=pass header.from=${domain}`,
      `From: ${from}`,
      'To: support@partner.example',
      'Subject: Fwd: You’re about to lose access to your Office 365 Subscription',
      `Message-ID: <${id}@${domain}>`,
      'Date: Mon, 23 Nov 2026 11:59:00 +0000',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'What is this?',
      '',
      '---------- Forwarded message ---------',
      'From: Microsoft <microsoft-noreply@microsoft.com>',
      'Date: Mon, Nov 23, 2026 at 8:00 AM',
      'Subject: You’re about to lose access to your Office 365 Subscription',
      `To: <ana@${name}.example>`,
      '',
      `Domain: ${name}.example`,
      'Subscription name: Office 365 Business Premium',
      '',
    ].join('\r\n'),
  );
}
