/**
 * The options of `import`, for customers files and for Partner Center's own.
 */

/** As they come from the command line. */
export interface ImportOptions {
  readonly file: string;
  readonly config?: string;
  /** Says what would change; nothing is written. */
  readonly dryRun?: boolean;
  /** Imports the customers without a bad row. */
  readonly skipBad?: boolean;
  /** Ends the move of the customers that the file does not have. */
  readonly replace?: boolean;
  readonly format?: string;
  /** Names every change instead of the first of each kind. */
  readonly all?: boolean;
  /** Who imports, for the history. */
  readonly by?: string;
  /** Which of Partner Center's own files it is. */
  readonly profile?: string;
}
