/**
 * The doors of the console: who may come in, and as what.
 */

/** `viewer` reads. `desk` decides about cases and corrects customers. `admin` also edits templates, users and imports. */
export const consoleRoles = ['viewer', 'desk', 'admin'] as const;
export type ConsoleRole = (typeof consoleRoles)[number];
