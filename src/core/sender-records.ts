/**
 * What DNS says about the domain that replies come from, judged as a receiver would: SPF, DMARC, DKIM keys.
 *
 * RFC 7208 (SPF), RFC 7489 (DMARC), RFC 6376 §3.6.1 (keys). Whether the sending server's own address is in the SPF
 * record cannot be told from here, since the provider sends from many.
 */

/** `absent`: nothing is published. `wrong`: receivers count it as an error, or it lets everybody send. */
export interface RecordVerdict {
  readonly verdict: 'ok' | 'weak' | 'absent' | 'wrong';
  readonly detail: string;
}

/** `records`: every TXT record of the domain. */
export function judgeSpf(records: readonly string[]): RecordVerdict {
  // RFC 7208 §4.5: the version is a whole word.
  const found = records.filter((record) => /^v=spf1(?: |$)/i.test(record));
  const [record] = found;
  if (record === undefined) return { verdict: 'absent', detail: 'no SPF record' };
  if (found.length > 1)
    return {
      verdict: 'wrong',
      detail: `${found.length} SPF records, which is an error for every receiver`,
    };
  const terms = record.toLowerCase().split(/ +/).slice(1);
  const lookups = terms.filter((term) =>
    /^[+?~-]?(?:include:|a(?:[:/]|$)|mx(?:[:/]|$)|ptr(?:[:/]|$)|exists:)|^redirect=/.test(term),
  ).length;
  // RFC 7208 §4.6.4: more than ten look-ups are a permerror; those of what is included come on top.
  if (lookups > spfLookupsMax)
    return {
      verdict: 'wrong',
      detail: `its SPF record asks for ${lookups} look-ups, and ten are allowed`,
    };
  if (terms.some((term) => term === 'all' || term === '+all'))
    return { verdict: 'wrong', detail: 'its SPF record ends with +all: everybody may send as you' };
  const ends = terms.some((term) => /^[?~-]all$|^redirect=/.test(term));
  return ends
    ? { verdict: 'ok', detail: record }
    : { verdict: 'weak', detail: `${record} (no ~all or -all at its end)` };
}

const spfLookupsMax = 10;

/**
 * `records`: every TXT record at `_dmarc.` of the domain or, where there is none, of its organisation
 * (`ofOrganization`), whose `sp` then counts before its `p`.
 */
export function judgeDmarc(
  records: readonly string[],
  { ofOrganization = false } = {},
): RecordVerdict {
  // RFC 7489 §6.6.3: others at the name are left out, and of several that remain none counts.
  // §6.4: blanks may stand around the equals sign.
  const found = records.filter((record) => /^v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/.test(record));
  const [record] = found;
  if (record === undefined) return { verdict: 'absent', detail: 'no DMARC record' };
  if (found.length > 1)
    return { verdict: 'wrong', detail: `${found.length} DMARC records, so that none counts` };
  const own = tagOf(record, 'p');
  if (own === undefined || !['none', 'quarantine', 'reject'].includes(own))
    return { verdict: 'wrong', detail: `its DMARC record names no policy (p=): ${record}` };
  const policy = ofOrganization ? (tagOf(record, 'sp') ?? own) : own;
  return policy === 'none'
    ? {
        verdict: 'weak',
        detail: `${record} (policy none: forged mail of your domain is only reported)`,
      }
    : { verdict: 'ok', detail: record };
}

function tagOf(record: string, name: string): string | undefined {
  const tags = record.split(';').map((tag) => tag.split('=', 2).map((part) => part.trim()));
  return tags.find(([tag]) => tag?.toLowerCase() === name)?.[1]?.toLowerCase();
}

/** Selectors that providers use: Microsoft 365, Google, and those that manuals propose. */
export const usualSelectors = [
  'selector1',
  'selector2',
  'google',
  'default',
  'dkim',
  'mail',
  's1',
  's2',
  'k1',
] as const;

/** RFC 6376 §3.6.1: `p` is required, and empty for a key that was withdrawn. */
export function isDkimKey(record: string): boolean {
  return /^[a-z0-9+/]/.test(tagOf(record, 'p') ?? '');
}
