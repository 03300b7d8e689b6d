/**
 * SPF of the reverse-path, where the receiving host itself wrote down from which address the mail came.
 *
 * Everything in a header section can be typed by anybody. The topmost Received field is the one that the last
 * host wrote, so only that one is read, only where its `by` is a host the settings trust, and only in the one
 * form of RFC 5321 §4.4 in which that host, not its client, wrote the address: `from HELO (NAME [ADDRESS]) by HOST`.
 * RFC 7208.
 */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { spf } from 'mailauth/lib/spf/index.js';
import type { Mail } from '../core/mail.ts';
import { type AuthResult, authResults, type VerifiedSender } from '../core/verification.ts';
import type { MailLookups } from './mail-lookups.ts';

/** From where the mail came, as the receiving host saw it. */
export interface Client {
  readonly address: string;
  readonly helo: string;
  /** The host that says so. */
  readonly receiver: string;
}

/** The client that a trusted host names in the topmost Received field. */
export function findClient(mail: Mail, trusted: readonly string[]): Client | undefined {
  const received = mail.fields.find(({ name }) => name === 'received')?.value;
  // A second bracket is one that the client wrote itself, as its name or behind it: nobody can say which is which.
  if (received === undefined || received.split('[').length !== 2) return undefined;
  const told = fromClause.exec(received.slice(0, receivedCharsMax));
  const { helo = '', ip = '' } = told?.groups ?? {};
  const receiver = byClause
    .exec(withoutComments(received.slice(told?.[0].length ?? 0, receivedCharsMax)))?.[1]
    ?.toLowerCase();
  const address = ip.replace(/^ipv6:/i, '');
  if (receiver === undefined || isIP(address) === 0) return undefined;
  return trusted.includes(receiver) ? { address, helo: helo.toLowerCase(), receiver } : undefined;
}

const receivedCharsMax = 2_000;
/** RFC 5321 §4.4, Extended-Domain with TCP-info; what a client calls itself must be a name. */
const fromClause =
  /^from[ \t]+(?<helo>[\w.:-]{1,255})[ \t]+\((?:[\w.-]{1,255}[ \t]+)?\[(?<ip>[\w.:]{3,60})\]\)/i;
const byClause = /^\s*by\s+([\w.-]{1,255})(?:\s|;|$)/i;

/** Comments between the clauses: of TLS, or what the host thinks of the name. RFC 5322 §3.2.2. */
function withoutComments(text: string): string {
  let depth = 0;
  let kept = '';
  for (const char of text) {
    if (char === '(') depth += 1;
    else if (char === ')' && depth > 0) depth -= 1;
    else if (depth === 0) kept += char;
  }
  return depth === 0 ? kept : '';
}

/**
 * The reverse-path: only from a Return-Path above all Received fields, where the host of final delivery writes
 * it; below, it is the sender's own text. RFC 5321 §4.4.
 */
export function findReversePath(mail: Mail): string | undefined {
  const received = mail.fields.findIndex(({ name }) => name === 'received');
  const path = mail.fields
    .slice(0, Math.max(received, 0))
    .find(({ name }) => name === 'return-path');
  const address = path?.value.trim().replace(/^<([^<>]*)>$/, '$1') ?? '';
  return /^[^\s<>@]{1,64}@[^\s<>@]{1,255}$/.test(address) ? address : undefined;
}

export interface SenderCheck {
  readonly lookups: MailLookups;
  readonly trusted: readonly string[];
  readonly timeoutMs: number;
}

/** Absent where no trusted host says from where the mail came. Never rejects. */
export async function verifySender(
  mail: Mail,
  check: SenderCheck,
): Promise<VerifiedSender | undefined> {
  const client = findClient(mail, check.trusted);
  const reversePath = findReversePath(mail);
  if (client === undefined || reversePath === undefined) return undefined;
  const domain = domainToASCII(reversePath.slice(reversePath.lastIndexOf('@') + 1)).toLowerCase();
  return { result: await checkSender({ ...client, sender: reversePath }, check), domain };
}

export interface SenderQuestion extends Client {
  readonly sender: string;
}

/** RFC 7208 §4: check_host(). Never rejects. */
export async function checkSender(
  { sender, address, helo, receiver }: SenderQuestion,
  { lookups, timeoutMs }: Pick<SenderCheck, 'lookups' | 'timeoutMs'>,
): Promise<AuthResult> {
  try {
    const { status } = await spf({
      sender,
      ip: address,
      helo,
      mta: receiver,
      strict: true,
      maxElapsedTime: timeoutMs,
      resolver: lookups.ask as (name: string, type: string) => Promise<string[]>,
    });
    return authResults.find((result) => result === status.result) ?? 'permerror';
  } catch {
    // What mailauth cannot read at all is a record in error, not a fault of ours.
    return 'permerror';
  }
}
