/**
 * Composes a reply: template, record and settings in, one complete mail out.
 *
 * It never uses a word, link, name or address of the incoming mail; of that it only gets message-ids for
 * the thread. What it cannot compose completely it refuses with TemplateError, and nothing is sent.
 * RFC 3834 §3.1, RFC 5322 §3.6.4.
 */
import { domainOf } from './address.ts';
import { isGenericScenario, isOwnScenario, type Reply, type Scenario } from './decision.ts';
import { plainValue } from './document.ts';
import { frameHtml, writingDirection } from './frame-html.ts';
import { templateValueCharsMax } from './limits.ts';
import { signedMessageId, unsignedMessageId } from './message-id.ts';
import type { Policy, ReplySender } from './policy.ts';
import { renderHtml } from './render-html.ts';
import { renderText } from './render-text.ts';
import { type Draft, type DraftInput, draftReply, type WrittenWords } from './reply-draft.ts';
import {
  automaticHeaders,
  displayName,
  isBareAddress,
  replyThread,
  subjectLine,
  type ThreadedMail,
} from './reply-headers.ts';
import { TemplateError } from './template.ts';

export type RenderInput = Omit<DraftInput, 'forced'>;

export interface ComposeInput extends RenderInput {
  readonly policy: Pick<Policy, 'portalLicensesBelow' | 'timeZone' | 'messageIdKey'>;
  readonly sender: ReplySender;
  readonly mail: ThreadedMail;
  readonly caseId: string;
}

/** What the recipient reads, and which template it came from. */
export type RenderedReply = Pick<
  Reply,
  'subject' | 'text' | 'html' | 'locale' | 'templateId' | 'templateHash'
>;

/**
 * Composes the reply of a case.
 *
 * The same input always gives the same reply, Message-ID included, so composing again after a crash
 * changes nothing. Throws TemplateError where the reply would not be complete.
 */
export function composeReply(input: ComposeInput): Reply {
  return addressed(renderReply(input), input);
}

/** A reply for a person to look at, with its words as Markdown and what is wrong with them. */
export interface ProposedReply {
  readonly reply: Reply;
  readonly markdown: string;
  /** Of words that a person wrote: they may know why. */
  readonly problems: readonly string[];
}

/**
 * Composes a reply as it would be sent, or with words that a person wrote: the same layout and header fields around
 * them, and nothing in them executed. What the template's own words lack is refused, as in `composeReply`.
 */
export function composeProposal(input: ComposeInput, written?: WrittenWords): ProposedReply {
  const draft = draftReply(input, written);
  const problems = problemsOf(draft);
  if (written === undefined && problems.length > 0)
    throw new TemplateError({ file: draft.template.path, message: problems.join(' ') });
  const reply = addressed(renderDraft(draft, input), input);
  return { reply, markdown: draft.markdown, problems };
}

function addressed(rendered: RenderedReply, input: ComposeInput): Reply {
  const { plan, sender, caseId } = input;
  if (!isBareAddress(plan.to)) {
    const message = 'The recipient is not one bare address.';
    throw new TemplateError({ file: rendered.templateId, message });
  }
  // A name of the record would tell that there is a record.
  const wanted = isGenericScenario(plan.scenario) ? undefined : plan.toName;
  const name = wanted === undefined ? undefined : displayName(wanted);
  return {
    ...rendered,
    from: { name: displayName(sender.name) ?? '', address: sender.address },
    to: name === undefined ? { address: plan.to } : { name, address: plan.to },
    messageId: messageIdOf(caseId, sender, input.policy.messageIdKey),
    ...replyThread(input.mail),
    headers: automaticHeaders(caseId, plan.scenario),
    envelopeFrom: reversePath(plan.scenario, sender),
  };
}

/**
 * RFC 5321 §4.5.5: the null reverse-path is for responses. What we begin ourselves comes back to the mailbox when
 * it cannot be delivered.
 */
function reversePath(scenario: Scenario, { envelopeFrom, address }: ReplySender): string {
  return isOwnScenario(scenario) && envelopeFrom === '' ? address : envelopeFrom;
}

/** Subject and both parts of a reply, without addresses and headers: what a preview shows. */
export function renderReply(input: RenderInput): RenderedReply {
  const draft = draftReply(input);
  const problems = problemsOf(draft);
  if (problems.length > 0) {
    throw new TemplateError({ file: draft.template.path, message: problems.join(' ') });
  }
  return renderDraft(draft, input);
}

function problemsOf({ badLinks, missing }: Draft): readonly string[] {
  return [...badLinks, ...missing.map((lack) => `The reply ${lack}`)];
}

function renderDraft(draft: Draft, input: RenderInput): RenderedReply {
  const { template } = draft;
  const subject = subjectLine(draft.subject);
  return {
    subject,
    text: renderText(draft.blocks),
    html: htmlOf(draft, subject, input),
    locale: template.locale,
    templateId: template.id,
    templateHash: template.hash,
  };
}

function htmlOf(draft: Draft, subject: string, { templates, partner }: RenderInput): string {
  if (templates.layout === undefined) {
    throw new TemplateError({ file: 'layout.html.hbs', message: 'The layout is missing.' });
  }
  return frameHtml(templates.layout.render, {
    lang: draft.template.locale,
    dir: writingDirection(draft.template.locale),
    subject,
    preheader: subjectLine(draft.preheader),
    body: renderHtml(draft.blocks),
    partner: { name: plainValue(partner.name, templateValueCharsMax) },
  });
}

function messageIdOf(caseId: string, sender: ReplySender, key: string | undefined): string {
  const domain = domainOf(sender.address);
  return key === undefined
    ? unsignedMessageId(caseId, domain)
    : signedMessageId(caseId, key, domain);
}
