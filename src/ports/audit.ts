/**
 * Who changed what: one line for every change that a person made, written in the transaction of the change.
 */

/** Someone at work, and the door they came in by. */
export interface Act {
  readonly at: Date;
  /** The login name, or the name of the token's owner. */
  readonly by: string;
  readonly via: 'console' | 'api' | 'command';
  /** The address that the request came from; absent for a command. */
  readonly from?: string;
}

export const auditSubjects = [
  'case',
  'customer',
  'customers',
  'template',
  'user',
  'token',
  'hold',
  'session',
] as const;
export type AuditSubject = (typeof auditSubjects)[number];

export interface AuditEntry extends Act {
  /** Ascending in the order of the changes. */
  readonly id: number;
  /** What was done, a kebab-case word: `approved`, `dismissed`, `role-changed`. */
  readonly action: string;
  readonly subject: AuditSubject;
  /** Its id: a case, a customer, `de/cancel-portal`, a login name. */
  readonly subjectId: string;
  /** Values as shown to people, never a secret. */
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
}

export interface AuditQuery {
  readonly by?: string;
  readonly subject?: AuditSubject;
  readonly subjectId?: string;
  /** Only those before this id: the next page. */
  readonly beforeId?: number;
  readonly limit: number;
}

export interface AuditStore {
  /** For a change that is not the store's own: a file that was written, a login. */
  writeAudit(entry: Omit<AuditEntry, 'id'>): Promise<void>;
  /** Newest first. */
  listAudit(query: AuditQuery): Promise<readonly AuditEntry[]>;
}
