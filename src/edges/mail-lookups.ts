/**
 * The look-ups that one mail may cause: counted, ended by its time limit, and handed on in the form that mailauth
 * asks for.
 *
 * mailauth knows an answer by the code of an error. Whether a name is absent or nobody could tell is the
 * difference between a signature that fails and one that says nothing yet, so trouble is remembered here by name.
 */
import { mailLookupsMax } from '../core/limits.ts';
import type { DnsAnswer, RecordType, Resolver } from '../ports.ts';
import { recordTypes } from '../ports.ts';

/** Why a look-up gave no answer. */
export type LookupTrouble = 'temporary' | 'unasked' | 'too-many';

/** What mailauth takes: strings of TXT records, hosts with their priority, addresses. */
type MailauthRecords = string[] | string[][] | { exchange: string; priority: number }[];

export interface MailLookups {
  /** Rejects with a code where there are no records, as Node's own resolver does. */
  readonly ask: (name: string, type: string) => Promise<MailauthRecords>;
  /** Without a name: the worst trouble of all look-ups so far. */
  readonly troubleOf: (name?: string) => LookupTrouble | undefined;
  /** Ends what still waits. */
  readonly close: () => void;
}

export function openMailLookups(resolver: Resolver, timeoutMs: number): MailLookups {
  const troubles = new Map<string, LookupTrouble>();
  let left = mailLookupsMax;
  const late: DnsAnswer = { kind: 'temporary', why: 'no answer in time' };
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<DnsAnswer>((resolve) => {
    timer = setTimeout(() => resolve(late), timeoutMs);
  });
  const failWith = (name: string, trouble: LookupTrouble, why: string): never => {
    troubles.set(name.toLowerCase(), trouble);
    throw new LookupError(trouble, why);
  };
  return {
    async ask(name, type) {
      const wanted = recordTypes.find((known) => known === type);
      if (wanted === undefined) return failWith(name, 'temporary', `${type} is not asked for`);
      left -= 1;
      if (left < 0) return failWith(name, 'too-many', 'more look-ups than are made for one mail');
      const answer = await Promise.race([resolver.resolve(name, wanted), timeUp]);
      switch (answer.kind) {
        case 'found':
          return inMailauthsForm(answer.records, wanted);
        case 'absent':
          throw new LookupError('absent', 'no such record');
        case 'unasked':
          return failWith(name, 'unasked', 'DNS is not asked');
        case 'temporary':
          return failWith(name, 'temporary', answer.why);
      }
    },
    troubleOf: (name) =>
      name === undefined ? worstOf(troubles.values()) : troubles.get(name.toLowerCase()),
    close: () => clearTimeout(timer),
  };
}

const byWeight = ['temporary', 'unasked', 'too-many'] as const;

function worstOf(troubles: Iterable<LookupTrouble>): LookupTrouble | undefined {
  const met = new Set(troubles);
  return byWeight.find((trouble) => met.has(trouble));
}

/** An error with the code, and for SPF the result, that mailauth reads. */
class LookupError extends Error {
  readonly code: string;
  readonly spfResult?: { error: 'permerror'; text: string };
  constructor(trouble: LookupTrouble | 'absent', why: string) {
    super(why);
    this.code = codes[trouble];
    // RFC 7208 §4.6.4: who needs too many look-ups has a record in error.
    if (trouble === 'too-many') this.spfResult = { error: 'permerror', text: why };
  }
}

const codes = {
  absent: 'ENOTFOUND',
  temporary: 'ETIMEOUT',
  unasked: 'EUNASKED',
  'too-many': 'ETOOMANY',
} as const;

function inMailauthsForm(records: readonly string[], type: RecordType): MailauthRecords {
  switch (type) {
    case 'TXT':
      return records.map((record) => [record]);
    case 'MX':
      return records.map((exchange, priority) => ({ exchange, priority }));
    default:
      return [...records];
  }
}
