/**
 * Customers as the console changes them: by a file, or one by hand.
 */

export interface CustomerDesk {
  /** Names of the columns of a customers file, in their order. */
  readonly columns: readonly string[];
}
