/**
 * The project's own source files as text, for the tests that hold architecture and docs to the code.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** Paths from the project's root with `/`, sorted; folders of packages and data are not entered. */
export function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .filter((path) => path.endsWith(ending))
    .sort();
}

export function readProjectFile(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

export interface ImportLine {
  readonly line: number;
  /** As written: `./limits.ts`, `node:fs`, `pg`. */
  readonly specifier: string;
  /** The file it names, from the project's root; undefined for packages. */
  readonly path?: string;
  /** The names in braces, without `type` and `as`. */
  readonly names: readonly string[];
}

/** Every import and re-export of a file, type imports and `import()` included. */
export function importsOf(file: string, source: string): readonly ImportLine[] {
  const statement = /^(?:import|export)\b([^;'"]*?)\bfrom\s*['"]([^'"]+)['"]/gm;
  const bare = /^import()\s*['"]([^'"]+)['"]/gm;
  const dynamic = /\b(?:import|require)()\(\s*['"]([^'"]+)['"]/g;
  return [statement, bare, dynamic]
    .flatMap((pattern) => [...source.matchAll(pattern)])
    .map((match) => {
      const [, clause = '', specifier = ''] = match;
      const names = (/\{([^}]*)\}/.exec(clause)?.[1] ?? '')
        .split(',')
        .map(
          (name) =>
            name
              .trim()
              .replace(/^type\s+/, '')
              .split(/\s+as\s+/)[0] ?? '',
        )
        .filter((name) => name !== '');
      const path = specifier.startsWith('.')
        ? join(dirname(file), specifier).replaceAll('\\', '/')
        : undefined;
      const line = lineAt(source, match.index);
      return { line, specifier, names, ...(path === undefined ? {} : { path }) };
    })
    .sort((a, b) => a.line - b.line);
}

/** The number of the line an offset lies on, from 1. */
export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}

/**
 * The source with comments made blank, and texts and regular expressions made `"`, each as long as it was,
 * so that a search finds code only. What stands in `${…}` of a template literal is code and stays.
 */
export function codeOnly(source: string): string {
  let code = '';
  let at = 0;
  /** Open braces of each `${…}` we are in. */
  const templates: number[] = [];
  const skipTo = (end: number, filling: string): void => {
    code += source.slice(at, end).replace(/[^\n]/g, filling);
    at = end;
  };
  const skipTemplate = (): void => {
    let end = at + 1;
    while (end < source.length && source[end] !== '`' && !source.startsWith('${', end)) {
      end += source[end] === '\\' ? 2 : 1;
    }
    const isOpen = source.startsWith('${', end);
    skipTo(isOpen ? end : end + 1, '"');
    if (!isOpen) return;
    skipTo(end + 2, '(');
    templates.push(0);
  };
  while (at < source.length) {
    const char = source[at] ?? '';
    const depth = templates.at(-1);
    if (source.startsWith('//', at)) skipTo(endOf(source, /\n|$/g, at), ' ');
    else if (source.startsWith('/*', at)) skipTo(endOf(source, /\*\//g, at + 2), ' ');
    else if (char === "'" || char === '"') skipTo(endOfQuoted(source, at, char), '"');
    else if (char === '/' && startsRegex(code)) skipTo(endOfRegex(source, at), '"');
    else if (char === '`') skipTemplate();
    else if (char === '}' && depth === 0) {
      templates.pop();
      skipTemplate();
    } else {
      if (depth !== undefined && (char === '{' || char === '}')) {
        templates[templates.length - 1] = depth + (char === '{' ? 1 : -1);
      }
      code += char;
      at += 1;
    }
  }
  return code;
}

function endOf(source: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  const found = pattern.exec(source);
  if (found === null) return source.length;
  return found[0] === '\n' ? found.index : found.index + found[0].length;
}

function endOfQuoted(source: string, from: number, quote: string): number {
  let end = from + 1;
  while (end < source.length && source[end] !== quote) end += source[end] === '\\' ? 2 : 1;
  return end + 1;
}

/** A slash divides behind a value; elsewhere it begins a regular expression. */
function startsRegex(codeBefore: string): boolean {
  const before = codeBefore.trimEnd();
  return (
    /(?:^|[([{,;:=!&|?+\-*%<>~^])$/.test(before) ||
    /\b(?:return|typeof|case|of|in|yield|await|void)$/.test(before)
  );
}

function endOfRegex(source: string, from: number): number {
  let end = from + 1;
  let inClass = false;
  while (end < source.length && (inClass || source[end] !== '/')) {
    if (source[end] === '[') inClass = true;
    if (source[end] === ']') inClass = false;
    end += source[end] === '\\' ? 2 : 1;
  }
  return end + 1;
}
