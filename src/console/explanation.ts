/**
 * A case explained line by line, from what is stored: one source for the command `explain` and for the page.
 */
import { isOwnScenario, type Reply } from '../core/decision.ts';
import { shownCharsMax } from '../core/limits.ts';
import type { Evidence } from '../core/mail.ts';
import { shown } from '../core/normalize.ts';
import { reasonSentence } from '../core/reasons.ts';
import type { Settlement } from '../ports/desk.ts';
import type { StoredCase } from '../ports.ts';
import { settlementLines } from './settlement-lines.ts';

export interface ExplanationLine {
  /** Empty for a line that goes on with the one above. */
  readonly label: string;
  readonly value: string;
}

export interface Explanation {
  readonly lines: readonly ExplanationLine[];
  readonly evidence: readonly Evidence[];
  /** What became of the reply; empty where there is none. */
  readonly delivery: readonly ExplanationLine[];
  /** The reply as it was or will be sent, or else what is proposed. */
  readonly content?: Reply;
}

/** A value as the mail has it could command the terminal. */
export function oneLine(value: string): string;
export function oneLine(value: string | undefined): string | undefined;
export function oneLine(value: string | undefined): string | undefined {
  return value === undefined ? undefined : shown(value, shownCharsMax);
}

/** Nobody wrote what we begin ourselves. */
export function authorOf({ decision, scenario }: StoredCase): string {
  return oneLine(decision.sender) ?? (isOwnScenario(scenario) ? '(we wrote first)' : '(no author)');
}

export function explain(stored: StoredCase): Explanation {
  const content = stored.reply?.content ?? stored.proposal;
  return {
    lines: [...mailLines(stored), ...outcomeLines(stored), ...stateLines(stored)],
    evidence: stored.decision.evidence,
    delivery: deliveryLines(stored),
    ...(content === undefined ? {} : { content }),
  };
}

function mailLines(stored: StoredCase): readonly ExplanationLine[] {
  return [
    { label: 'case', value: stored.caseId },
    { label: 'mail', value: oneLine(stored.messageId) ?? '(no Message-ID)' },
    { label: 'received', value: `${stored.receivedAt.toISOString()} in ${stored.mailbox}` },
    { label: 'from', value: authorOf(stored) },
    { label: 'subject', value: stored.subject },
    { label: 'decided', value: stored.decidedAt.toISOString() },
  ];
}

function outcomeLines(stored: StoredCase): readonly ExplanationLine[] {
  const { customerId, scenario, relatedCaseId, followUps } = stored;
  return [
    { label: 'outcome', value: `${stored.action} (${stored.reason})` },
    { label: '', value: reasonSentence(stored.reason) },
    ...lineOf('customer', customerId),
    ...lineOf('scenario', scenario),
    ...lineOf('belongs to', relatedCaseId),
    ...lineOf('later mails', followUps.length === 0 ? undefined : followUps.join(', ')),
  ];
}

function stateLines({ followUp, mailState }: StoredCase): readonly ExplanationLine[] {
  const mail = { label: 'mail state', value: mailState };
  if (followUp === undefined) return [mail];
  const { state, dueAt, settledAt, detail } = followUp;
  const when = settledAt === undefined ? `due ${dueAt.toISOString()}` : settledAt.toISOString();
  return [{ label: 'follow-up', value: `${state}, ${when}` }, ...lineOf('', oneLine(detail)), mail];
}

function deliveryLines({ reply }: StoredCase): readonly ExplanationLine[] {
  if (reply === undefined) return [];
  const { state, attempts, settledAt, response } = reply;
  const when = settledAt === undefined ? '' : `, ${settledAt.toISOString()}`;
  return [
    { label: 'reply', value: `${state}, ${attempts} attempt(s)${when}` },
    ...lineOf('', response),
  ];
}

function lineOf(label: string, value: string | undefined): readonly ExplanationLine[] {
  return value === undefined ? [] : [{ label, value }];
}

const labelColumns = 12;

function textOf({ label, value }: ExplanationLine): string {
  return `${label.padEnd(labelColumns)}${value}`;
}

/** The case as people read it in the terminal. */
export function describeCase(stored: StoredCase, settlements: readonly Settlement[] = []): string {
  const { lines, evidence, delivery, content } = explain(stored);
  const seen = evidence.map(
    ({ stage, code, detail }) => `  ${stage.padEnd(13)} ${code}: ${detail}`,
  );
  const text = [
    ...lines.map(textOf),
    '',
    'what was seen',
    ...seen,
    ...settlementLines(settlements),
    ...(delivery.length === 0 ? [] : ['', ...delivery.map(textOf)]),
    ...(content === undefined ? [] : contentLines(content, stored.reply === undefined)),
  ];
  return `${text.join('\n')}\n`;
}

function contentLines(content: Reply, isProposal: boolean): readonly string[] {
  return [
    ...(isProposal ? ['', 'proposed reply, not sent'] : []),
    `  To: ${content.to.address}`,
    `  Subject: ${content.subject}`,
    `  Message-ID: ${content.messageId}`,
    `  Template: ${content.templateId} (${content.templateHash.slice(0, 12)})`,
    '',
    content.text.replace(/^/gm, '  '),
  ];
}
