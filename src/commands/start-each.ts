/**
 * Starting what each mailbox has of its own: of several, one that cannot be reached must not keep the others waiting.
 */
import { ResponderError } from '../errors.ts';

/**
 * Starts all at once, and tells of those that fail, which go on by themselves later. Throws when none starts, so that
 * who sets up the service learns it at once; when what they share fails; and every error that is none of a server.
 */
export async function startEach(
  names: Iterable<string>,
  start: (name: string) => Promise<void>,
  failed: (name: string, error: ResponderError) => void,
): Promise<void> {
  const all = [...names];
  const outcomes = await Promise.allSettled(all.map(start));
  const failures: { readonly name: string; readonly error: ResponderError }[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') continue;
    const error: unknown = outcome.reason;
    const name = all[index];
    if (!(error instanceof ResponderError) || !isOfOne(error) || name === undefined) throw error;
    failures.push({ name, error });
  }
  const [first] = failures;
  if (first !== undefined && failures.length === all.length && !failures.every(isWaiting))
    throw first.error;
  for (const { name, error } of failures) failed(name, error);
}

/** The store and the queue are everybody's. */
function isOfOne({ code }: ResponderError): boolean {
  return /^(?:IMAP|SMTP|OAUTH)_/.test(code);
}

/** Who starts over and over is never left in peace: a service that goes on asks less. */
function isWaiting({ error }: { readonly error: ResponderError }): boolean {
  return error.code === 'IMAP_THROTTLED';
}
