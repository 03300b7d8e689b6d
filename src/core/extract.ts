/**
 * Reads the fields of a notice: which organisation, tenant and subscription it is about.
 *
 * A value is taken only from beside its label or from a subscription link, never guessed from the first
 * thing that looks like one; where two different values stand for one field, there is none.
 */
import { parseCalendarDate } from './dates.ts';
import { foldedCatalog } from './folded-catalog.ts';
import { shownCharsMax } from './limits.ts';
import { unwrapLink } from './link-gateways.ts';
import { isGenuineHost } from './link-marks.ts';
import { hostOf } from './links.ts';
import type { Evidence, Original } from './mail.ts';
import { asciiDigits, foldText, normalizeText, shown } from './normalize.ts';
import type { NoticeCatalog, NoticeFields, NoticeLabel } from './notice.ts';
import { endOfNotice } from './notice-marks.ts';

export interface Extraction {
  readonly fields: NoticeFields;
  readonly evidence: readonly Evidence[];
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const valueCharsMax = 200;
const linesMax = 5_000;
const lineCharsMax = 2_000;
const valuesMax = 50;

/** A line that is nothing but a number of licenses; inside a sentence it may be the rule of 25. */
const countedLicenses =
  /^[>*|•\-\s]{0,10}(\d{1,7}) (?:licen[sc]es|lizenzen|licences?|licencias|licenze|licenças|licenties|licenser|lisenser|licencji|licencí|лицензий|ліцензій)[.*|\s]{0,5}$/i;

export function extractFields(original: Original, catalog: NoticeCatalog): Extraction {
  const evidence: Evidence[] = [];
  // Below the notice stands its forwarder's signature, which names an organisation too.
  const text = original.text.slice(0, endOfNotice(original.text));
  const labelled = readLabelled(text, catalog);
  const take = (
    field: NoticeLabel,
    read: (value: string) => string | undefined,
  ): string | undefined => {
    const values = new Set((labelled.get(field) ?? []).flatMap((value) => read(value) ?? []));
    if (values.size > 1)
      note(field, `${values.size} different values, so none is taken`, 'ambiguous');
    const [value] = values.size === 1 ? values : [];
    if (value !== undefined) note(field, `“${value}” beside its label`, 'label');
    return value;
  };
  const note = (field: string, detail: string, code: string): void => {
    const kebab = field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    evidence.push({
      stage: 'extract',
      code: `${kebab}-${code}`,
      detail: shown(detail, shownCharsMax),
    });
  };

  const fromLinks = subscriptionIdsInLinks(original, catalog);
  const [linked] = fromLinks.size === 1 ? fromLinks : [];
  if (linked !== undefined) note('subscriptionId', `${linked} in a link`, 'link');
  const typedId = take('subscriptionId', readGuid);
  const contradicts = linked !== undefined && typedId !== undefined && linked !== typedId;
  const subscriptionId = contradicts || fromLinks.size > 1 ? undefined : (linked ?? typedId);
  if (contradicts || fromLinks.size > 1)
    note('subscriptionId', 'links and text name different ones, so none is taken', 'ambiguous');

  const typedDomain = take('domain', readDomain);
  // Where two domains stand beside the label, a third place does not settle it.
  const tenantDomain =
    typedDomain ?? (labelled.has('domain') ? undefined : tenantNameIn(text, note));
  const licenses = take('licenses', readCount);
  const fields = {
    organization: take('organization', readName),
    tenantDomain,
    tenantId: take('tenantId', readGuid),
    subscription: take('subscription', readName),
    licenses: licenses === undefined ? undefined : Number(licenses),
    expiresOn: take('expiresOn', parseCalendarDate),
    subscriptionId,
  };
  return { fields: withoutAbsent(fields), evidence };
}

function withoutAbsent(fields: Readonly<Record<string, unknown>>): NoticeFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Values beside known labels: on the same line, or on the next one where the line ends with the colon. */
function readLabelled(text: string, catalog: NoticeCatalog): Map<NoticeLabel, string[]> {
  const { labels } = foldedCatalog(catalog);
  const values = new Map<NoticeLabel, string[]>();
  const add = (label: NoticeLabel, value: string): void => {
    values.set(label, [...(values.get(label) ?? []), value].slice(0, valuesMax));
  };
  const lines = normalizeText(text).split('\n').slice(0, linesMax);
  lines.forEach((line, index) => {
    const bare = line.replace(/^[>*|•\-\s]+/, '');
    const colon = bare.slice(0, 80).indexOf(':');
    if (colon < 1) {
      const counted = countedLicenses.exec(line.slice(0, 80))?.[1];
      if (counted !== undefined) add('licenses', counted);
      return;
    }
    const label = labels.get(foldText(bare.slice(0, colon)).replace(/[*\s]+$/g, ''));
    if (label === undefined) return;
    const beside = bare.slice(colon + 1, colon + lineCharsMax);
    const value = beside.replace(/[*|\s]/g, '') === '' ? nextFilledLine(lines, index) : beside;
    const head = value.replace(/^[*|\s]+/, '').slice(0, valueCharsMax);
    const cleaned = head.replace(/[*|\s]+$/, '');
    if (cleaned !== '') add(label, cleaned);
  });
  return values;
}

function nextFilledLine(lines: readonly string[], index: number): string {
  for (let i = index + 1; i <= index + 2; i += 1) {
    const line = (lines[i] ?? '').replace(/^[>*|\s]+/, '').trim();
    if (line !== '') return line.slice(0, 80).includes(':') ? '' : line;
  }
  return '';
}

/** `Contoso Ltd <https://…>`: clients append the target of a link they made. */
function withoutLink(value: string): string {
  return value.replace(/\s*[<[(]\s*(?:https?:\/\/|mailto:).*$/i, '').trim();
}

function readName(value: string): string | undefined {
  const name = withoutLink(value).replace(/\s+/g, ' ');
  return name === '' ? undefined : name;
}

function readDomain(value: string): string | undefined {
  const domain = withoutLink(value)
    .replace(/^https?:\/\//i, '')
    .replace(/[/\s].*$/, '')
    .toLowerCase();
  return /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u.test(
    domain,
  )
    ? domain
    : undefined;
}

function readGuid(value: string): string | undefined {
  const id = withoutLink(value)
    .replace(/[{}\s]/g, '')
    .toLowerCase();
  return guid.test(id) ? id : undefined;
}

/** `12`, `12 licenses`, `١٢`; `1,000` and `1 000` are not 1. */
function readCount(value: string): string | undefined {
  return /^\d{1,7}(?!\d|[.,'’٬ ]\d)/.exec(asciiDigits(value).trim())?.[0];
}

/** `…/#/subscriptions/webdirect/{guid}`: the subscription that Microsoft sold directly, in a link of its own. */
function subscriptionIdsInLinks(original: Original, catalog: NoticeCatalog): Set<string> {
  const ids = new Set<string>();
  for (const { href } of original.links) {
    if (!isGenuineHost(hostOf(href) ?? '', catalog)) continue;
    // Gateways encode what they wrap, some of them twice.
    const target = unwrapLink(href).toLowerCase().replaceAll('%25', '%');
    const found =
      /subscriptions(?:\/|%2f)(?:webdirect(?:\/|%2f))?(?:\{|%7b)?([0-9a-f]{8}-[0-9a-f-]{27})(?![0-9a-f-])/.exec(
        target,
      );
    if (found?.[1] !== undefined && guid.test(found[1])) ids.add(found[1]);
  }
  return ids;
}

/** A tenant's own name, `contoso.onmicrosoft.com`, when the text names exactly one. */
function tenantNameIn(
  text: string,
  note: (field: string, detail: string, code: string) => void,
): string | undefined {
  const names = new Set<string>();
  for (const match of text.matchAll(
    /(?<![\p{L}\p{N}-])([a-z0-9][a-z0-9-]{0,62}\.onmicrosoft\.com)\b/giu,
  )) {
    names.add((match[1] ?? '').toLowerCase());
  }
  const [name] = names.size === 1 ? names : [];
  if (name !== undefined) note('domain', `${name} in the text`, 'text');
  return name;
}
