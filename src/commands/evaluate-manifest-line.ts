/**
 * One line of a manifest: what it says of its mail, or everything that is wrong with it.
 */
import { shownCharsMax } from '../core/limits.ts';
import { shown } from '../core/normalize.ts';
import { type Action, type Reason, reasons } from '../core/reasons.ts';
import { findNearest } from '../edges/did-you-mean.ts';
import { type LabelField, type LabelValue, labelFields, notReply } from './evaluate-label.ts';

/** What a line says. */
export interface Label {
  /** As named in the manifest. */
  readonly file: string;
  /** Right values by path (`forwarded.from.address`); an action may be `not reply`. */
  readonly label: Readonly<Record<string, LabelValue>>;
  /** Kinds of mail that figures are also given for. */
  readonly groups: readonly string[];
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Keys beside those of a `classify --json` line. */
const ownKeys = ['file', 'path', 'expect', 'expected', 'kind', 'category', 'label', 'tags'];

export interface ReadLine {
  readonly label: Label | undefined;
  readonly problems: readonly string[];
  /** Keys that say something to others: passed over, and told. */
  readonly unknownKeys: readonly string[];
}

/** Reads a line; `families` are those of the catalog. There is a label exactly where there is no problem. */
export function readLabelLine(text: string, families: readonly string[]): ReadLine {
  const reading = new LineReading(families);
  const label = reading.read(text);
  return { label, problems: reading.problems, unknownKeys: reading.unknownKeys };
}

/** One line while it is read: what it says, and everything wrong with it. */
class LineReading {
  readonly problems: string[] = [];
  readonly unknownKeys: string[] = [];
  readonly #families: readonly string[];
  readonly #label = new Map<string, LabelValue>();
  readonly #groups = new Set<string>();

  constructor(families: readonly string[]) {
    this.#families = families;
  }

  read(text: string): Label | undefined {
    const row = this.#parse(text);
    if (row === undefined) return undefined;
    const file = this.#readFile(row);
    this.#readGroups(row);
    const { reply, ...fields } = row;
    this.#readReply(reply);
    this.#readFields(fields, labelFields, { prefix: '', otherKeys: ownKeys });
    this.#readExpect(row.expect ?? row.expected);
    this.#checkTogether();
    if (file === undefined || this.problems.length > 0) return undefined;
    return { file, label: Object.fromEntries(this.#label), groups: [...this.#groups] };
  }

  #parse(text: string): JsonObject | undefined {
    try {
      const value: unknown = JSON.parse(text);
      if (isObject(value)) return value;
      this.problems.push('it is no JSON object');
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.problems.push(`it is no JSON (${shown(error.message, shownCharsMax)})`);
    }
    return undefined;
  }

  #readFile(row: JsonObject): string | undefined {
    const file = row.file ?? row.path;
    if (typeof file === 'string' && file !== '' && !file.includes('\0')) return file;
    this.problems.push('file: expected the name of a mail file');
    return undefined;
  }

  #readGroups({ category, label, kind, tags }: JsonObject): void {
    const named = { category, label, kind: kind === 'decision' ? undefined : kind };
    for (const [key, value] of Object.entries(named)) {
      if (typeof value === 'string') this.#addGroup(value);
      else if (value !== undefined && value !== null) this.#wrong(key, value, 'a name');
    }
    if (tags === undefined || tags === null) return;
    const list: readonly unknown[] = Array.isArray(tags) ? tags : [tags];
    if (list.every((tag) => typeof tag === 'string')) for (const tag of list) this.#addGroup(tag);
    else this.#wrong('tags', tags, 'a list of names');
  }

  #addGroup(name: string): void {
    const plain = shown(name, shownCharsMax);
    if (plain !== '') this.#groups.add(plain);
  }

  #readFields(
    row: JsonObject,
    fields: Readonly<Record<string, LabelField>>,
    { prefix, otherKeys }: { readonly prefix: string; readonly otherKeys: readonly string[] },
  ): void {
    for (const [key, value] of Object.entries(row)) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const path = `${prefix}${key}`;
      if (field !== undefined) this.#readField(field, path, value);
      else if (!otherKeys.includes(key)) {
        this.#unknownKey(path, [...Object.keys(fields), ...otherKeys]);
      }
    }
  }

  #readField(field: LabelField, path: string, value: unknown): void {
    if (field.kind === 'unused') return;
    if (value === null) {
      // A line of `classify --json` has no reply where somebody corrected its action to `reply`.
      if (path === 'action' || path === 'reason') this.#wrong(path, value, 'a code');
      else if (path !== 'reply') this.#label.set(path, null);
      return;
    }
    if (field.kind === 'compared') {
      if (!field.accepts(value)) this.#wrong(path, value, field.expected, field.words);
      else if (isAction(path, value)) this.#setAction(value, `action ${value}`);
      else this.#label.set(path, value);
      return;
    }
    if (value === false) {
      this.#label.set(path, null);
      return;
    }
    const given =
      typeof value === 'string' && field.short !== undefined ? { [field.short]: value } : value;
    if (isObject(given)) {
      this.#readFields(given, field.parts, { prefix: `${path}.`, otherKeys: [] });
    } else this.#wrong(path, value, 'an object or null');
  }

  /** The same keys inside one object; its reason may also be the name of a kind of mail. */
  #readExpect(expect: unknown): void {
    if (expect === undefined) return;
    if (!isObject(expect)) {
      this.#wrong('expect', expect, 'an object');
      return;
    }
    const { reply, reason, ...fields } = expect;
    this.#readReply(reply);
    this.#readFields(fields, labelFields, { prefix: '', otherKeys: [] });
    if (typeof reason === 'string') {
      if (isReason(reason)) this.#label.set('reason', reason);
      else this.#addGroup(reason);
    } else if (reason !== undefined && reason !== null) {
      this.#wrong('expect.reason', reason, 'a text');
    }
  }

  /** An object says what the reply is, true and false only whether there may be one. */
  #readReply(reply: unknown): void {
    if (typeof reply === 'boolean') this.#setAction(reply ? 'reply' : notReply, `reply ${reply}`);
    else if (reply !== undefined) this.#readField(labelFields.reply, 'reply', reply);
  }

  /** A label that contradicts itself would call every outcome wrong. */
  #checkTogether(): void {
    const reason = this.#label.get('reason');
    if (typeof reason === 'string' && isReason(reason)) {
      this.#setAction(reasons[reason].action, `reason ${reason}`);
    }
    const family = this.#label.get('family');
    const nearest =
      typeof family === 'string' && !this.#families.includes(family)
        ? findNearest(family, this.#families)
        : undefined;
    // A family of somebody else's catalog is no fault: the mail is then not as labelled.
    if (nearest !== undefined) {
      this.#wrong('family', family, 'a family of the notices file', this.#families);
    }
    if (this.#label.size === 0 && this.problems.length === 0) {
      this.problems.push('it says nothing about the mail that could be compared');
    }
  }

  /** The narrower of two labels that agree stays: `review` rather than `not reply`. */
  #setAction(action: Action | typeof notReply, by: string): void {
    const before = this.#label.get('action');
    if (before === undefined || (before === notReply && action !== 'reply')) {
      this.#label.set('action', action);
      return;
    }
    const agree = before === action || (action === notReply && before !== 'reply');
    if (!agree) this.problems.push(`action: ${String(before)}, which contradicts ${by}`);
  }

  #unknownKey(path: string, known: readonly string[]): void {
    const nearest = findNearest(path.split('.').at(-1) ?? '', known);
    const key = shown(path, shownCharsMax);
    if (nearest === undefined) this.unknownKeys.push(key);
    else this.problems.push(`${key}: unknown key (did you mean ${nearest}?)`);
  }

  #wrong(path: string, value: unknown, expected: string, words: readonly string[] = []): void {
    const nearest = typeof value === 'string' ? findNearest(value, words) : undefined;
    const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
    const found = shown(JSON.stringify(value) ?? 'nothing', shownCharsMax);
    this.problems.push(`${path}: found ${found}, expected ${expected}${hint}`);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAction(path: string, value: unknown): value is Action {
  return path === 'action' && typeof value === 'string';
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(reasons, text);
}
