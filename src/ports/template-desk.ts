/**
 * Templates as the console edits them.
 */

export interface TemplateDesk {
  /** Folders that the mailboxes use, absolute. */
  readonly folders: readonly string[];
}
