/**
 * Saves a decision once: what was sent before is weighed, the reply composed, and both are saved in one
 * transaction; where another worker was quicker, all of it anew.
 */
import { domainOf, normalizeAddress, organizationalDomain } from '../core/address.ts';
import { tellAlreadyAnswered } from '../core/already-answered.ts';
import { type ComposeInput, composeReply } from '../core/compose.ts';
import type { DecidedMail } from '../core/decide-mail.ts';
import type { Decision, Reply, ReplyPlan } from '../core/decision.ts';
import { isShared } from '../core/genuineness.ts';
import { shownCharsMax } from '../core/limits.ts';
import { shown } from '../core/normalize.ts';
import type { NoticeCatalog } from '../core/notice.ts';
import type { ThreadedMail } from '../core/reply-headers.ts';
import { restrain, type SentBefore, withheld } from '../core/restrain.ts';
import { TemplateError } from '../core/template.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import { type TemplateVersion, versionOf } from '../core/template-version.ts';
import { ResponderError } from '../errors.ts';
import type { CaseRecord, Job, ReplyAllowance } from '../ports.ts';
import { deskOf, type PipelineParts } from './parts.ts';

export interface SaveInput {
  readonly job: Job;
  readonly mail: DecidedMail;
  readonly decision: Decision;
  readonly now: Date;
}

export interface SavedOnce {
  readonly record: CaseRecord;
  readonly outcome: 'saved' | 'already-decided';
}

/** Where another worker was quicker, the decision is made anew, with what that one sent as history. */
export async function saveOnce(parts: PipelineParts, input: SaveInput): Promise<SavedOnce> {
  const { store, log } = parts;
  const { caseId, mailbox } = input.job;
  for (let round = 1; ; round += 1) {
    const record = recordOf(parts, input, await restrainBySent(parts, input, input.decision));
    const saved = await store.saveDecision(record);
    if (saved === 'saved' && record.pause !== undefined)
      log.error(
        { case: caseId, mailbox, detail: record.pause.detail },
        'desk: sending from this mailbox is paused until a person releases it (holds)',
      );
    if (saved === 'saved') parts.metrics?.decided(mailbox, record.decision);
    if (saved !== 'outrun') return { record, outcome: saved };
    log.info({ case: caseId, round }, 'another mail was just answered; deciding again');
    if (round >= saveRoundsMax)
      throw new ResponderError(
        'STORE_FAILED',
        'The reply could not be saved, and no other reply shows why.',
      );
  }
}

/** Each round somebody else saved a reply to the same people or from the same mailbox. */
const saveRoundsMax = 10;

/** What is left of a reply after what was sent before. */
async function restrainBySent(
  parts: PipelineParts,
  input: SaveInput,
  decision: Decision,
): Promise<Decision> {
  const { policy } = parts;
  if (decision.action !== 'reply') return decision;
  const { job, now } = input;
  const before = await historyFor(parts, { mailbox: job.mailbox, now }, decision.plan);
  const restrained = restrain(decision, before, policy);
  if (restrained.reason !== 'suppressed-already-answered') return restrained;
  const word = tellAlreadyAnswered(decision, before, policy);
  if (word === undefined) return restrained;
  const told = await restrainBySent(parts, input, word);
  // Who was told before is told nothing again.
  if (told.reason === 'suppressed-already-answered') return restrained;
  const { relatedCaseId } = restrained;
  return relatedCaseId === undefined ? told : { ...told, relatedCaseId };
}

export function historyFor(
  { store, catalog }: PipelineParts,
  { mailbox, now }: { readonly mailbox: string; readonly now: Date },
  plan: Pick<ReplyPlan, 'to' | 'replyKey'>,
): Promise<SentBefore> {
  const { to: address, replyKey } = plan;
  const domain = limitedDomain(address, catalog);
  return store.replyHistory({ mailbox, replyKey, address, domain, now });
}

/** Two people at one freemail provider have nothing to do with each other. */
function limitedDomain(address: string, catalog: NoticeCatalog): string {
  const domain = domainOf(address);
  return isShared(domain, catalog) ? normalizeAddress(address) : organizationalDomain(domain);
}

function recordOf(parts: PipelineParts, input: SaveInput, decision: Decision): CaseRecord {
  const { job, mail, now } = input;
  const composed = composeFor(parts, input, decision);
  const messageId = mail.messageId;
  const pause = pauseOf(decision, parts);
  const base = {
    caseId: job.caseId,
    mailbox: job.mailbox,
    ...(messageId === undefined ? {} : { messageId }),
    subject: shown(mail.subject, shownCharsMax),
    decision: composed.decision,
    decidedAt: now,
    ...(pause === undefined ? {} : { pause }),
  };
  if (composed.reply === undefined) return base;
  const { decision: final } = composed;
  const { reply, ...made } = composed.reply;
  if (final.action !== 'reply' || parts.policy.mode !== 'auto')
    return { ...base, ...made, proposal: reply };
  const allowance = allowanceFor(final.plan, parts);
  return { ...base, ...made, reply: { replyKey: final.plan.replyKey, content: reply, allowance } };
}

/** Only where this very decision trips the breaker: one that found it tripped pauses nothing anew. */
function pauseOf(
  { pausesMailbox, reason, evidence }: Decision,
  { policy }: PipelineParts,
): CaseRecord['pause'] {
  if (pausesMailbox !== true) return undefined;
  const detail = evidence.at(-1)?.detail ?? reason;
  return { detail, fromMailboxLastHour: policy.limits.perMailboxPerHour };
}

/** One fewer than the limit: the reply itself comes on top. */
export function allowanceFor(
  { to }: ReplyPlan,
  { policy, catalog }: PipelineParts,
): ReplyAllowance {
  const { perAddressPerDay, perDomainPerHour, perMailboxPerHour } = policy.limits;
  return {
    domain: limitedDomain(to, catalog),
    toAddressLastDay: perAddressPerDay - 1,
    toDomainLastHour: perDomainPerHour - 1,
    fromMailboxLastHour: perMailboxPerHour - 1,
  };
}

/** A reply, with what it was made of. */
export interface Composed {
  readonly reply: Reply;
  readonly template?: TemplateVersion;
}

export interface ToCompose {
  readonly job: Pick<Job, 'caseId' | 'mailbox'>;
  readonly plan: ReplyPlan;
  readonly mail: ThreadedMail;
  readonly now: Date;
}

/** Composes with what the parts know. Throws TemplateError. */
export function composeWith(parts: PipelineParts, input: ToCompose): Composed {
  // Asked once: an edit may go live between two askings.
  const templates = parts.templates();
  return composed(composeReply(composeInput(parts, templates, input)), templates);
}

export function composed(reply: Reply, templates: TemplateSet): Composed {
  const template = versionOf(templates, reply);
  return { reply, ...(template === undefined ? {} : { template }) };
}

export function composeInput(
  parts: PipelineParts,
  templates: TemplateSet,
  { job, plan, mail, now }: ToCompose,
): ComposeInput {
  return {
    plan,
    templates,
    contacts: parts.contacts,
    partner: parts.partner,
    policy: parts.policy,
    sender: deskOf(parts, job).sender,
    mail,
    caseId: job.caseId,
    now,
  };
}

/** Composes the reply or the proposal; a template that cannot say it completely leaves it to the desk. */
function composeFor(
  parts: PipelineParts,
  { job, mail, now }: SaveInput,
  decision: Decision,
): { readonly decision: Decision; readonly reply?: Composed } {
  if (decision.action !== 'reply' && decision.action !== 'review') return { decision };
  const plan = decision.plan;
  if (plan === undefined) return { decision };
  try {
    return { decision, reply: composeWith(parts, { job, plan, mail, now }) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    parts.metrics?.templateFailed(job.mailbox);
    parts.log.error(
      { case: job.caseId, stage: 'compose', error: error.message },
      'the reply could not be composed; the desk decides',
    );
    return {
      decision:
        decision.action === 'reply'
          ? withheld(decision, 'review', 'review-template', error.message)
          : decision,
    };
  }
}
