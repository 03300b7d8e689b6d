/**
 * Everything that the page of a case shows, asked for once.
 */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { domainOf } from '../core/address.ts';
import type { Customer } from '../core/customer.ts';
import { waitsForDesk } from '../core/desk-standing.ts';
import { shownCharsMax } from '../core/limits.ts';
import type { Mail } from '../core/mail.ts';
import { shown } from '../core/normalize.ts';
import { normalizeOrganization } from '../core/organization-name.ts';
import type { Reason } from '../core/reasons.ts';
import type { AuditEntry } from '../ports/audit.ts';
import type { CustomerLine } from '../ports/console.ts';
import type { DeskChoice, DeskWords, Proposal, Refused, Settlement } from '../ports/desk.ts';
import type { StoredCase } from '../ports.ts';
import type { ConsoleParts } from './parts.ts';
import { mayDo, personOf } from './person.ts';
import { isCut, readShownMail, shownHtmlOf, shownOctetsMax } from './shown-mail.ts';
import type { Now } from './views/days.ts';

/** What of the mail stands around its frame. */
export interface MailView {
  readonly from: string;
  readonly replyTo: string;
  readonly hasHtml: boolean;
  readonly isCut: boolean;
  readonly attachments: readonly {
    readonly name: string;
    readonly type: string;
    readonly size: string;
  }[];
}

export interface CaseView {
  readonly stored: StoredCase;
  /** Whether a person is still to decide. */
  readonly isWaiting: boolean;
  /** What the desk did last, where it does not wait any more. */
  readonly settlement?: Settlement;
  readonly settlements: readonly Settlement[];
  readonly audit: readonly AuditEntry[];
  readonly mail?: MailView;
  readonly choice: DeskChoice;
  readonly words?: DeskWords;
  /** Absent where nothing is to be decided any more. */
  readonly proposed?: { readonly kind: 'proposal'; readonly proposal: Proposal } | Refused;
  /** Whom it may be about, the one that the reply is for first. */
  readonly candidates: readonly Customer[];
  readonly found?: { readonly text: string; readonly customers: readonly CustomerLine[] };
  /** Who else looks at it. */
  readonly others: readonly string[];
  /** Names what is shown of its state: another one means that somebody did something. */
  readonly state: string;
  readonly me: string;
  readonly mayDecide: boolean;
  readonly now: Now;
  /** Where forms lead back to. */
  readonly from: 'review' | 'case';
  /** Which like cases the queue shows. */
  readonly reason?: Reason;
  /** Why what a person just asked for was not done. */
  readonly refusal?: string;
}

export interface CaseAsk {
  readonly caseId: string;
  readonly from: 'review' | 'case';
  readonly reason?: Reason;
  readonly choice: DeskChoice;
  readonly words?: DeskWords;
  /** Words to search a customer by. */
  readonly find?: string;
  readonly refusal?: string;
}

const auditLinesMax = 30;
const foundMax = 8;
const candidatesShown = 4;
const attachmentsShown = 30;
/** Somebody who was not heard of for so long has left. */
export const presenceMs = 25_000;

export async function loadCase(
  parts: ConsoleParts,
  request: FastifyRequest,
  ask: CaseAsk,
): Promise<CaseView | undefined> {
  const { store, clock, timeZone } = parts;
  const stored = await store.findCase(ask.caseId);
  if (stored === undefined) return undefined;
  const { name: me, role } = personOf(request);
  const at = clock.now();
  const settlements = await store.listSettlements(stored.caseId);
  const settlement = settlements[0];
  const isWaiting = waits(stored);
  const mail = await mailOf(parts, stored.caseId);
  const choice = ask.choice;
  const proposed = isWaiting
    ? await parts.desk.propose(stored.caseId, choice, ask.words)
    : undefined;
  const candidates = isWaiting ? await candidatesOf(parts, stored, choice) : [];
  const found = ask.find === undefined ? undefined : await findCustomers(parts, ask.find);
  return {
    stored,
    isWaiting,
    ...(isWaiting || settlement === undefined ? {} : { settlement }),
    settlements,
    audit: await store.listAudit({
      subject: 'case',
      subjectId: stored.caseId,
      limit: auditLinesMax,
    }),
    ...(mail === undefined ? {} : { mail }),
    choice,
    ...(ask.words === undefined ? {} : { words: ask.words }),
    ...(proposed === undefined ? {} : { proposed }),
    candidates,
    ...(found === undefined ? {} : { found }),
    others: await othersAt(parts, stored.caseId, me),
    state: stateOf(stored, settlement),
    me,
    mayDecide: mayDo(role, 'desk'),
    now: { at, timeZone },
    from: ask.from,
    ...(ask.reason === undefined ? {} : { reason: ask.reason }),
    ...(ask.refusal === undefined ? {} : { refusal: ask.refusal }),
  };
}

/** What is asked of a person: the same that the queue holds, however it was settled before. */
function waits({ action, reason, followUp, settledAt }: StoredCase): boolean {
  const isOverdue = followUp?.state === 'told' || followUp?.state === 'reminded';
  return waitsForDesk({ action, reason, isSettled: settledAt !== undefined, isOverdue });
}

async function mailOf({ store }: ConsoleParts, caseId: string): Promise<MailView | undefined> {
  const raw = await store.findRaw(caseId, shownOctetsMax);
  if (raw === undefined) return undefined;
  const mail = await readShownMail(raw);
  return {
    from: addressesOf(mail.from),
    replyTo: addressesOf(mail.replyTo),
    hasHtml: shownHtmlOf(mail) !== undefined,
    isCut: isCut(raw),
    attachments: mail.attachments
      .slice(0, attachmentsShown)
      .map(({ filename, mediaType, sizeBytes }) => ({
        name: shown(filename ?? '(no name)', shownCharsMax),
        type: shown(mediaType, shownCharsMax),
        size: sizeOf(sizeBytes),
      })),
  };
}

function addressesOf(list: Mail['from']): string {
  const names = list.map(({ name, address }) =>
    name === undefined ? address : `${name} <${address}>`,
  );
  return shown(names.join(', '), shownCharsMax);
}

export function sizeOf(octets: number): string {
  if (octets < 1024) return `${octets} B`;
  const kilobytes = octets / 1024;
  return kilobytes < 1024 ? `${Math.round(kilobytes)} kB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}

/** Customers that anything of the mail points to; who is right is for the person to say. */
async function candidatesOf(
  { store }: ConsoleParts,
  { decision, customerId }: StoredCase,
  choice: DeskChoice,
): Promise<readonly Customer[]> {
  const { notice = {}, sender } = decision;
  const organization = normalizeOrganization(notice.organization ?? '');
  const domains = [notice.tenantDomain, sender === undefined ? undefined : domainOf(sender)];
  const named = await Promise.all(
    [choice.customerId, decision.match?.customer.id ?? customerId].map((id) =>
      id === undefined ? undefined : store.findCustomer(id),
    ),
  );
  const pointedTo = await store.findCandidates({
    subscriptionIds: notice.subscriptionId === undefined ? [] : [notice.subscriptionId],
    tenantIds: notice.tenantId === undefined ? [] : [notice.tenantId],
    domains: domains.flatMap((domain) => (domain === undefined || domain === '' ? [] : [domain])),
    addresses: sender === undefined ? [] : [sender.toLowerCase()],
    organizations: organization === '' ? [] : [organization],
  });
  const alike = organization === '' ? [] : await store.findSimilar(organization);
  const all = [...named, ...pointedTo, ...alike].filter((one) => one !== undefined);
  return [...new Map(all.map((one) => [one.id, one])).values()].slice(0, candidatesShown);
}

async function findCustomers({ store }: ConsoleParts, find: string): Promise<CaseView['found']> {
  const text = find.slice(0, shownCharsMax);
  return { text, customers: await store.searchCustomers({ text, limit: foundMax }) };
}

export async function othersAt(
  { store, clock }: ConsoleParts,
  caseId: string,
  me: string,
): Promise<readonly string[]> {
  const seen = await store.listPresence(new Date(clock.now().getTime() - presenceMs));
  return [...new Set(seen.filter((one) => one.caseId === caseId).map(({ by }) => by))].filter(
    (by) => by !== me,
  );
}

export function stateOf(stored: StoredCase, settlement: Settlement | undefined): string {
  const { action, reason, reply, followUp, followUps } = stored;
  const parts = [action, reason, reply?.state, reply?.attempts, followUp?.state, followUps.length];
  const done = [settlement?.kind, settlement?.at.getTime(), settlement?.by];
  return createHash('sha256')
    .update(JSON.stringify([...parts, ...done]))
    .digest('base64url')
    .slice(0, 16);
}
