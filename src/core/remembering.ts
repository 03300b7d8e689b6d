/**
 * Remembers what a pure function answered to short texts that mails repeat: links, styles, subjects.
 *
 * The answers stay the same; only asking twice is saved. Nothing of a mail is kept alive but the short text itself.
 */

export interface RememberLimits {
  /** Beyond it everything is forgotten. */
  readonly entriesMax: number;
  /** What is longer is asked for each time. */
  readonly charsMax: number;
}

export function remembering<T>(
  answer: (text: string) => T,
  { entriesMax, charsMax }: RememberLimits,
): (text: string) => T {
  const answers = new Map<string, { readonly given: T }>();
  return (text) => {
    if (text.length > charsMax) return answer(text);
    const known = answers.get(text);
    if (known !== undefined) return known.given;
    if (answers.size >= entriesMax) answers.clear();
    const own = copyOf(text);
    const given = answer(own);
    answers.set(own, { given });
    return given;
  };
}

/** Part of a larger text is a view of it in V8, and would keep a whole mail in memory. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
