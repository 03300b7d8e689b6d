/**
 * Raw mail that was just taken in, so that deciding about it need not read it back.
 *
 * Bounded, and never relied upon: whatever is not here is read from the database. Only what became durable as it
 * is goes in, under the id of its case.
 */

/** Some hundred mails. Another process may decide about them, and then they stay until newer ones come. */
const keptBytesMax = 16 * 1024 * 1024;

export class RecentMail {
  readonly #raw = new Map<string, Uint8Array>();
  #bytes = 0;

  keep(caseId: string, raw: Uint8Array): void {
    if (this.#raw.has(caseId) || raw.byteLength > keptBytesMax) return;
    this.#raw.set(caseId, raw);
    this.#bytes += raw.byteLength;
    for (const oldest of this.#raw.keys()) {
      if (this.#bytes <= keptBytesMax) return;
      this.#forget(oldest);
    }
  }

  /** Given once: it is asked for again only when something failed. */
  take(caseId: string): Uint8Array | undefined {
    const raw = this.#raw.get(caseId);
    this.#forget(caseId);
    return raw;
  }

  #forget(caseId: string): void {
    this.#bytes -= this.#raw.get(caseId)?.byteLength ?? 0;
    this.#raw.delete(caseId);
  }
}
