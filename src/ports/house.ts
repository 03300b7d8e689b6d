/**
 * The house that the console is in: its settings, its health and its queue.
 */

export interface House {
  /** Names of the mailboxes of the settings. */
  readonly mailboxes: readonly string[];
  /** How often each is looked at when nothing is heard from it. */
  readonly watched: readonly { readonly name: string; readonly pollSeconds: number }[];
}
