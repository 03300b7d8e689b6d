/**
 * Reads one template file: its front matter, and its words as Handlebars, with places that people can find.
 *
 * What cannot be read is a list of problems, never an exception.
 */
import Handlebars from 'handlebars';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { TemplateProblem, TemplateSource } from './template.ts';
import { suggest } from './template-suggest.ts';

/** A piece of Handlebars with where its first character stands in the file. */
export interface TemplatePart {
  readonly program: hbs.AST.Program;
  /** Added to the places that Handlebars tells. */
  readonly lineOffset: number;
  /** Added to columns of the first line. */
  readonly columnOffset: number;
}

export interface ReadTemplate {
  readonly subject?: TemplatePart;
  readonly preheader?: TemplatePart;
  readonly body?: TemplatePart;
  readonly problems: readonly TemplateProblem[];
}

const frontMatterPattern = /^---[ \t]*\n([\s\S]*?\n)?---[ \t]*(?:\n|$)/;

/** Reads a scenario’s template. */
export function readTemplate(source: TemplateSource): ReadTemplate {
  const text = normalizeSource(source.source);
  const found = frontMatterPattern.exec(text);
  if (found === null) {
    const isOpen = /^---[ \t]*\n/.test(text);
    const message = isOpen
      ? 'The front matter that begins here is never closed: it ends with a line of three dashes.'
      : 'The front matter is missing. A template begins with three lines: ---, subject: …, ---.';
    return { problems: [{ file: source.path, line: 1, message }] };
  }
  const problems: TemplateProblem[] = [];
  const front = readFrontMatter(source.path, found[1] ?? '', problems);
  const lines = found[0].split('\n').length - 1;
  const body = parsePart(source.path, text.slice(found[0].length), lines, 0, problems);
  return { ...front, ...(body === undefined ? {} : { body }), problems };
}

/** Reads a partial or the layout, which have no front matter. */
export function readPartial(source: TemplateSource): ReadTemplate {
  const problems: TemplateProblem[] = [];
  const body = parsePart(source.path, normalizeSource(source.source), 0, 0, problems);
  return body === undefined ? { problems } : { body, problems };
}

/** The place of a Handlebars node in the file. */
export function placeOf(
  part: TemplatePart,
  position: { readonly line: number; readonly column: number },
): { readonly line: number; readonly column: number } {
  return {
    line: position.line + part.lineOffset,
    column: position.column + 1 + (position.line === 1 ? part.columnOffset : 0),
  };
}

function normalizeSource(source: string): string {
  return source.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
}

/** What the front matter may hold. `subject` must be there. */
export const frontMatterFields = ['subject', 'preheader'] as const;
type FrontMatter = Partial<Record<(typeof frontMatterFields)[number], TemplatePart>>;

function readFrontMatter(file: string, yaml: string, problems: TemplateProblem[]): FrontMatter {
  const counter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: counter });
  // An unknown tag is a warning to YAML, and to whoever reads the subject half of it.
  const faults = [...document.errors, ...document.warnings];
  for (const error of faults) {
    const { line, col } = counter.linePos(error.pos[0]);
    const [first = ''] = error.message.split('\n');
    // It tells its own place, which is that in the front matter and not in the file.
    const message = `The front matter is not YAML: ${first.replace(/ at line \d+, column \d+:$/, '')}.`;
    problems.push({ file, line: line + 1, column: col, message });
  }
  if (faults.length > 0) return {};
  const parts: FrontMatter = {};
  const pairs = isMap(document.contents) ? document.contents.items : [];
  for (const { key, value } of pairs) {
    const name = isScalar(key) ? String(key.value) : '';
    const at = counter.linePos(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
    const report = (message: string) =>
      problems.push({ file, line: at.line + 1, column: at.col, message });
    const field = frontMatterFields.find((known) => known === name);
    if (field === undefined) {
      report(`The front matter knows no "${name}".${suggest(name, frontMatterFields)}`);
      continue;
    }
    const part = readField(file, value, counter, problems);
    if (typeof part === 'string') report(`The ${field} ${part}`);
    else if (part !== undefined) parts[field] = part;
  }
  if (!pairs.some(({ key }) => isScalar(key) && key.value === 'subject')) {
    problems.push({ file, line: 1, message: 'The front matter has no subject. Add "subject: …".' });
  }
  return parts;
}

/** The words of a field, or what is wrong with it, which continues "The subject …". Undefined where braces are. */
function readField(
  file: string,
  value: unknown,
  counter: LineCounter,
  problems: TemplateProblem[],
): TemplatePart | string | undefined {
  if (!isScalar(value) || typeof value.value !== 'string' || value.value.trim() === '') {
    return 'is empty or not text.';
  }
  if (/[\r\n]/.test(value.value)) return 'must be one line.';
  const quoted = value.type === 'QUOTE_DOUBLE' || value.type === 'QUOTE_SINGLE';
  const begin = counter.linePos((value.range?.[0] ?? 0) + (quoted ? 1 : 0));
  return parsePart(file, value.value, begin.line, begin.col - 1, problems);
}

function parsePart(
  file: string,
  text: string,
  lineOffset: number,
  columnOffset: number,
  problems: TemplateProblem[],
): TemplatePart | undefined {
  try {
    return { program: Handlebars.parse(text), lineOffset, columnOffset };
  } catch (error) {
    problems.push({ file, ...readParseError(error, { text, lineOffset, columnOffset }) });
    return undefined;
  }
}

/** Handlebars tells the place in its message, or for blocks that do not fit in properties of the error. */
function readParseError(
  error: unknown,
  offset: { readonly text: string; readonly lineOffset: number; readonly columnOffset: number },
): Omit<TemplateProblem, 'file'> {
  const text = error instanceof Error ? error.message : String(error);
  const { lineNumber, column } = error as { lineNumber?: number; column?: number };
  if (lineNumber !== undefined) {
    const place = { line: lineNumber + offset.lineOffset, column: (column ?? 0) + 1 };
    return { ...place, message: `Handlebars: ${text.replace(/ - \d+:\d+$/, '')}.` };
  }
  const line = Number(/on line (\d+)/.exec(text)?.[1] ?? 1) + offset.lineOffset;
  const [, snippet = ''] = text.split('\n');
  const got = /got '([^']+)'/.exec(text)?.[1];
  const near = snippet.trim().slice(-60);
  if (got === 'EOF') {
    const open = findOpenBlock(offset.text);
    if (open === undefined) return { line, message: `Braces stay open, near "${near}".` };
    const before = offset.text.slice(0, open.at).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    const message = `The block {{#${open.name}}} that is opened here is never closed.`;
    return { line: before.length + offset.lineOffset, column, message };
  }
  return {
    line,
    message: `The braces cannot be read near "${near}": they are open, empty or wrong.`,
  };
}

/** The innermost block that is opened and never closed. */
function findOpenBlock(text: string): { readonly name: string; readonly at: number } | undefined {
  const open: { readonly name: string; readonly at: number }[] = [];
  for (const { 1: sign, 2: name = '', index } of text.matchAll(/\{\{~?([#/])\s*([^\s}~]+)/g)) {
    if (sign === '#') open.push({ name, at: index });
    else if (open.at(-1)?.name === name) open.pop();
  }
  return open.at(-1);
}
