/**
 * A service of several mailboxes starts although one of them is in trouble: the others’ mails must not wait for it.
 */

/**
 * Does it for each mailbox. One for which it fails keeps none of the others from being served, and what becomes of it
 * is for the caller to say; where it fails for all there is nothing to serve. Throws the first failure then.
 */
export async function forEachMailbox(
  names: Iterable<string>,
  run: (name: string) => Promise<void>,
): Promise<ReadonlyMap<string, unknown>> {
  const failures = new Map<string, unknown>();
  let served = 0;
  for (const name of names) {
    try {
      await run(name);
      served += 1;
    } catch (error) {
      failures.set(name, error);
    }
  }
  if (served === 0) for (const error of failures.values()) throw error;
  return failures;
}
