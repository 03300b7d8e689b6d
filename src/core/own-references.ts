/**
 * Finds which of our replies a mail names: by their signed Message-IDs, wherever these stand.
 *
 * A mail can name a reply as its own Message-ID, as what it answers, by carrying a copy of it, in the parts of
 * a delivery report, or in its text. Only what verifies is ours: a forged signature is nothing. That a mail
 * names a reply proves that its author saw the reply or its header section, and nothing else.
 *
 * RFC 5322 §3.6.4, RFC 3464, RFC 6533 §3, §5.
 */
import { ownIdCandidatesMax, ownReferencesMax } from './limits.ts';
import type { Evidence, HeaderField, Mail } from './mail.ts';
import { verifyOwnMessageId } from './message-id.ts';

/** Where a mail can name a reply of ours. */
export type OwnPlace = 'message-id' | 'thread' | 'attached' | 'report' | 'text';

export interface OwnReference {
  readonly caseId: string;
  /** The first place it was found in, in the order above. */
  readonly place: OwnPlace;
}

/**
 * Every reply of ours that a mail names, each once.
 *
 * Bounded: what lies behind a thousand look-alikes is not looked for, and twenty are enough.
 */
export function ownReferences(mail: Mail, key: string | undefined): readonly OwnReference[] {
  if (key === undefined) return [];
  const search = searchWith(key);
  const found = new Map<string, OwnPlace>();
  for (const [place, text] of textsOf(mail)) {
    for (const caseId of search(text)) {
      if (found.size >= ownReferencesMax) break;
      if (!found.has(caseId)) found.set(caseId, place);
    }
  }
  return [...found].map(([caseId, place]) => ({ caseId, place }));
}

/** The case whose reply is the first that a text names; undefined when it names none of ours. */
export function ownCaseIn(text: string, key: string): string | undefined {
  return searchWith(key)(text)[0];
}

/** What a mail is taken to say by the replies it names, for people. */
export function ownReferencesEvidence(references: readonly OwnReference[]): readonly Evidence[] {
  return references.map(({ caseId, place }) => ({
    stage: 'screen',
    code: 'names-own-reply',
    detail: `${placeSentence[place]} the reply of case ${caseId}`,
  }));
}

const placeSentence: Readonly<Record<OwnPlace, string>> = {
  'message-id': 'it is, by its Message-ID,',
  thread: 'In-Reply-To or References names',
  attached: 'an attached mail is or names',
  report: 'a part of a delivery report names',
  text: 'its text names',
};

// Without brackets and domain: servers drop the ones and rewrite the other, HTML escapes them.
const candidate = /(?<![a-z0-9])tr\.([a-z0-9_-]{1,128})\.([0-9a-f]{32})(?![a-z0-9])/gi;

const hexDigits = 32;

/** Whether a text has as many hexadecimal digits in a row as each of them. Of most texts it looks at few characters. */
function hasLongHex(text: string): boolean {
  for (let at = hexDigits - 1; at < text.length; at += hexDigits) {
    if (!isHex(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && at - start < hexDigits && isHex(text.charCodeAt(start - 1))) start -= 1;
    let end = at + 1;
    while (end - start < hexDigits && isHex(text.charCodeAt(end))) end += 1;
    if (end - start >= hexDigits) return true;
  }
  return false;
}

function isHex(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  // Capital and small letters differ by one bit.
  return isDigit || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}

/** A search that asks the signature of at most so many different look-alikes, over all texts it is given. */
function searchWith(key: string): (text: string) => readonly string[] {
  const asked = new Map<string, string | undefined>();
  const casesIn = (text: string): readonly string[] => {
    if (!hasLongHex(text)) return [];
    const cases: string[] = [];
    for (const [token] of text.matchAll(candidate)) {
      if (!asked.has(token)) {
        if (asked.size >= ownIdCandidatesMax) break;
        asked.set(token, verifyOwnMessageId(`<${token}@any>`, key));
      }
      const caseId = asked.get(token);
      if (caseId !== undefined) cases.push(caseId);
    }
    return cases;
  };
  return (text) => {
    const cases = casesIn(text);
    return cases.length > 0 ? cases : casesIn(rejoined(text));
  };
}

/** Lines put together again: some servers break a long id, with or without quoting the lines. */
function rejoined(text: string): string {
  return text.replace(/=?\r?\n[>|\s]{0,20}/g, '');
}

function* textsOf(mail: Mail): Iterable<readonly [OwnPlace, string]> {
  for (const value of valuesOf(mail.fields, ['message-id'])) yield ['message-id', value];
  for (const value of valuesOf(mail.fields, ['in-reply-to'])) yield ['thread', value];
  // RFC 5322 §3.6.4: the nearest stands last.
  for (const value of valuesOf(mail.fields, ['references']))
    yield ['thread', value.split(/\s+/).reverse().join(' ')];
  for (const inner of mail.attachedMails) {
    for (const [, text] of textsOf(inner)) yield ['attached', text];
  }
  for (const { text } of mail.reportParts ?? []) yield ['report', text];
  if (mail.text !== undefined) yield ['text', mail.text];
  if (mail.html !== undefined) yield ['text', mail.html];
}

function valuesOf(fields: readonly HeaderField[], names: readonly string[]): string[] {
  return fields.filter(({ name }) => names.includes(name)).map(({ value }) => value);
}
