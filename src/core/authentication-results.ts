/**
 * Reads one Authentication-Results field: whose verdict it is and what it says.
 *
 * Comments, quoted strings and Exchange Online's form without an authserv-id are understood. A field
 * that cannot be read has no results. RFC 8601 §2.2; comments RFC 5322 §3.2.2.
 */

export interface AuthenticationResult {
  /** `spf`, `dkim`, `dmarc`, `arc`, `compauth`, … in lower case. */
  readonly method: string;
  /** RFC 8601 §2.7 result words, in lower case. */
  readonly result: string;
  /** `header.d`, `smtp.mailfrom`, … in lower case, with values as written. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface AuthenticationResultsField {
  /** In lower case; absent in Exchange Online's form. */
  readonly authservId?: string;
  readonly results: readonly AuthenticationResult[];
}

export function readAuthenticationResults(value: string): AuthenticationResultsField {
  // The reverse-path is the sender's to choose, quotes and semicolons included: what is not well-formed
  // to the last character could be read as results that its host never wrote.
  if (!isBalanced(value) || value.length > fieldCharsMax) {
    // Whose it is still counts: a field that cannot be read must not make way for a forged one below it.
    const id = /^\s*([^\s;()="]{1,255})\s*[;(\s]/.exec(value.slice(0, 300))?.[1];
    return { ...(id === undefined ? {} : { authservId: id.toLowerCase() }), results: [] };
  }
  const segments = splitOutsideQuotes(withoutComments(value), ';').map((part) => part.trim());
  const head = segments[0] ?? '';
  const hasId = head !== '' && !head.includes('=');
  const authservId = head.split(/\s+/, 1)[0]?.toLowerCase().replaceAll('"', '');
  const results = segments.slice(hasId ? 1 : 0).flatMap((segment) => {
    const result = readResult(segment);
    return result === undefined ? [] : [result];
  });
  return { ...(hasId && authservId !== undefined ? { authservId } : {}), results };
}

function readResult(segment: string): AuthenticationResult | undefined {
  // First to single spaces, so that a run of them costs its length once.
  const tight = segment.replace(/\s+/g, ' ').replace(/ ?= ?/g, '=');
  const pairs = splitOutsideQuotes(tight, ' ').filter((part) => part !== '');
  const [first, ...rest] = pairs.map(readPair);
  if (first === undefined || first.key === '' || first.value === '') return undefined;
  const properties: Record<string, string> = {};
  for (const { key, value } of rest)
    if (key !== '' && !(key in properties)) properties[key] = value;
  // RFC 8601 §2.2: a method may carry its version, `dkim/1`.
  return {
    method: first.key.split('/', 1)[0] ?? '',
    result: first.value.toLowerCase(),
    properties,
  };
}

function readPair(text: string): { readonly key: string; readonly value: string } {
  const at = text.indexOf('=');
  if (at < 0) return { key: '', value: '' };
  return { key: text.slice(0, at).toLowerCase(), value: text.slice(at + 1).replace(/^"|"$/g, '') };
}

const fieldCharsMax = 16_384;

/** Comments may nest and may hold anything, quotes and semicolons included. RFC 5322 §3.2.2. */
export function withoutComments(value: string): string {
  let depth = 0;
  let quoted = false;
  let out = '';
  for (let i = 0; i < value.length; i += 1) {
    const char = value[i] ?? '';
    if (char === '\\' && (quoted || depth > 0)) {
      if (depth === 0) out += char + (value[i + 1] ?? '');
      i += 1;
    } else if (char === '"' && depth === 0) {
      quoted = !quoted;
      out += char;
    } else if (char === '(' && !quoted) depth += 1;
    else if (char === ')' && !quoted && depth > 0) {
      depth -= 1;
      out += ' ';
    } else if (depth === 0) out += char === '\t' ? ' ' : char;
  }
  return out;
}

/**
 * Whether every quoted string and comment that is opened is closed. RFC 5322 §3.2.1 (quoted pairs).
 *
 * A comment may hold a lone quotation mark, but one that does may also be the end of a quoted local-part
 * that the host copied into it, and then what seems to follow the comment is still the sender's text.
 */
function isBalanced(value: string): boolean {
  let depth = 0;
  let quoted = false;
  let quotesInComment = 0;
  for (let i = 0; i < value.length; i += 1) {
    const char = value[i];
    if (char === '\\' && (quoted || depth > 0)) i += 1;
    else if (char === '"' && depth > 0) quotesInComment += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === '(' && !quoted) depth += 1;
    else if (char === ')' && !quoted) {
      depth -= 1;
      if (depth === 0 && quotesInComment % 2 === 1) return false;
      if (depth === 0) quotesInComment = 0;
    }
    if (depth < 0) return false;
  }
  return depth === 0 && !quoted;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i += 1) {
    // RFC 5322 §3.2.4: inside a quoted string a backslash quotes the next character.
    if (text[i] === '\\' && quoted) i += 1;
    else if (text[i] === '"') quoted = !quoted;
    else if (text[i] === separator && !quoted) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, text.slice(from)];
}
