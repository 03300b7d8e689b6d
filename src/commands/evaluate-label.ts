/**
 * What a label may say about a mail, and how that is compared with what was decided: one table of the
 * fields of a `classify --json` line. A field that the line gains does not compile until it stands here.
 *
 * Only what a label gives is compared; `null` means that there must be none. docs/evaluate.md.
 */
import { normalizeAddress } from '../core/address.ts';
import { scenarios } from '../core/decision.ts';
import { forwardKinds } from '../core/mail.ts';
import { actions, reasons } from '../core/reasons.ts';
import type { ClassificationLine } from './classification-line.ts';

/** A value of a label as it came from JSON, of a type that its field accepts. */
export type LabelValue = unknown;

interface Comparison {
  readonly kind: 'compared';
  /** Ends the sentence `expected …` where the label's own value is of no use. */
  readonly expected: string;
  /** Words of a closed list, for `did you mean`. */
  readonly words?: readonly string[];
  readonly accepts: (value: LabelValue) => boolean;
  readonly isEqual: (label: LabelValue, found: LabelValue) => boolean;
}

interface Parts {
  readonly kind: 'parts';
  /** What a plain text in place of the object stands for. */
  readonly short?: string;
  readonly parts: Readonly<Record<string, LabelField>>;
}

/** Another part of the line: a label may hold it, and it is not compared. */
interface Unused {
  readonly kind: 'unused';
}

export type LabelField = Comparison | Parts | Unused;

const unused: Unused = { kind: 'unused' };

function compared(
  expected: string,
  accepts: Comparison['accepts'],
  isEqual: Comparison['isEqual'],
): Comparison {
  return { kind: 'compared', expected, accepts, isEqual };
}

const isText = (value: LabelValue): value is string => typeof value === 'string';

/** Runs of white space count as one space: how a text is wrapped is nobody's claim. */
function plainText(value: LabelValue): string {
  return String(value).normalize('NFC').replace(/\s+/gu, ' ').trim();
}

const text = compared('text', isText, (label, found) => plainText(label) === plainText(found));

const address = compared(
  'an address',
  isText,
  (label, found) => isText(found) && normalizeAddress(String(label)) === normalizeAddress(found),
);

function oneOf(what: string, words: readonly string[]): Comparison {
  const isWord = (value: LabelValue) => isText(value) && words.includes(value);
  return { ...compared(what, isWord, (label, found) => label === found), words };
}

const count = compared(
  'a whole number',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  (label, found) => label === found,
);

const calendarDay = compared(
  'a day as YYYY-MM-DD',
  (value) => isText(value) && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)),
  (label, found) => label === found,
);

/** Of a day without a time only the day is compared. */
const instant = compared(
  'a date as in 2026-11-12T08:31:04Z',
  (value) => isText(value) && /^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value)),
  (label, found) => {
    if (!isText(label) || !isText(found)) return false;
    return label.length === 10 ? found.startsWith(label) : Date.parse(label) === Date.parse(found);
  },
);

const personParts = { name: text, address } as const;
const person: Parts = { kind: 'parts', short: 'address', parts: personParts };

/** A person in a list: an address, or an object of which only what is given counts. */
function isPerson(value: LabelValue): boolean {
  if (isText(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(
    ([key, inner]) => Object.hasOwn(personParts, key) && (inner === null || isText(inner)),
  );
}

function isSamePerson(label: LabelValue, found: LabelValue): boolean {
  const given: Record<string, unknown> = isText(label) ? { address: label } : { ...Object(label) };
  return Object.entries(personParts).every(([key, part]) => {
    if (!Object.hasOwn(given, key)) return true;
    return isSame(part, given[key], valueAt(found, [key]));
  });
}

const people = compared(
  'a list of addresses, or of objects with name and address',
  (value) => Array.isArray(value) && value.every(isPerson),
  (label, found) =>
    Array.isArray(label) &&
    Array.isArray(found) &&
    label.length === found.length &&
    label.every((item, index) => isSamePerson(item, found[index])),
);

const forwardedParts = {
  how: oneOf('a way of forwarding', forwardKinds),
  depth: count,
  from: person,
  to: people,
  subject: text,
  date: instant,
  comment: text,
} as const satisfies Record<keyof NonNullable<ClassificationLine['forwarded']>, LabelField>;

const noticeParts = {
  organization: text,
  tenantDomain: address,
  subscription: text,
  licenses: count,
  expiresOn: calendarDay,
  subscriptionId: address,
} as const satisfies Record<keyof NonNullable<ClassificationLine['notice']>, LabelField>;

/** Every field of the line. `file` is the mail itself; `family` is checked against the catalog. */
export const labelFields = {
  messageId: unused,
  action: oneOf('an action', actions),
  reason: oneOf('a reason', Object.keys(reasons)),
  family: text,
  confidence: unused,
  forwarded: { kind: 'parts', parts: forwardedParts },
  notice: { kind: 'parts', parts: noticeParts },
  sender: unused,
  customer: {
    kind: 'parts',
    short: 'id',
    parts: { id: text, matchedBy: unused, score: unused },
  },
  scenario: oneOf('a scenario', scenarios),
  locale: unused,
  reply: { kind: 'parts', parts: { to: address, subject: unused, text: unused } },
  evidence: unused,
} as const satisfies Record<Exclude<keyof ClassificationLine, 'file'>, LabelField>;

/** The label that any action satisfies except `reply`. */
export const notReply = 'not reply';

/** Every path that is compared (`forwarded.from.address`), objects that may be null included. */
export const comparisons: ReadonlyMap<string, Comparison | Parts> = new Map(
  pathsOf(labelFields, ''),
);

function pathsOf(
  fields: Readonly<Record<string, LabelField>>,
  prefix: string,
): readonly (readonly [string, Comparison | Parts])[] {
  return Object.entries(fields).flatMap(([key, field]) => {
    const path = `${prefix}${key}`;
    if (field.kind === 'unused') return [];
    if (field.kind === 'compared') return [[path, field] as const];
    return [[path, field] as const, ...pathsOf(field.parts, `${path}.`)];
  });
}

/** What the line says at a path; undefined where an object on the way is null. */
export function foundAt(line: ClassificationLine, path: string): unknown {
  return valueAt(line, path.split('.'));
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return valueAt((value as Readonly<Record<string, unknown>>)[key], rest);
}

/** Whether a line says at a path what the label says. */
export function isAsLabelled(path: string, label: LabelValue, found: unknown): boolean {
  if (path === 'action' && label === notReply) return found !== 'reply';
  const field = comparisons.get(path);
  return field !== undefined && isSame(field, label, found);
}

function isSame(field: Comparison | Parts, label: LabelValue, found: unknown): boolean {
  const isAbsent = found === null || found === undefined;
  if (label === null || isAbsent) return label === null && isAbsent;
  // An object is only ever labelled as a whole to say that there is none.
  return field.kind === 'compared' && field.isEqual(label, found);
}
