/**
 * Something to be done a little later in this process, so that nobody waits for the sweep. It is lost with the process.
 */
export interface Later {
  /** Runs once when the time is over, in the place of what waits under the same key. */
  after(key: string, waitMs: number, run: () => void): void;
  cancel(key: string): void;
  close(): void;
}
