/**
 * The house that the console is in: its settings, its health and its queue.
 *
 * Nothing here ever holds a secret: of one there is only whether it is set, and where it comes from.
 */

import type { QueueDepth } from '../ports.ts';
import type { LoginExpiry } from './oauth.ts';

/** Where a value comes from. A `secret file` is named by the settings; its contents are the value. */
export type SettingSource =
  | { readonly kind: 'default' }
  | { readonly kind: 'file' }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'secret file'; readonly name: string };

export interface SettingLine {
  /** `mailboxes[0].imap.host`. */
  readonly path: string;
  /** As shown to people. Absent: nothing is set, or it is a secret. */
  readonly value?: string;
  /** Of a secret: whether there is one. */
  readonly secret?: 'set' | 'not set';
  readonly source: SettingSource;
}

export interface HouseSettings {
  /** The file they were read from. */
  readonly file: string;
  /** What is allowed but unwise. */
  readonly warnings: readonly string[];
  /** In the order of the schema. */
  readonly lines: readonly SettingLine[];
  /** What a setting means, by its path with `[]` in place of numbers; empty where the documentation is not there. */
  readonly meanings: ReadonlyMap<string, string>;
}

/** What a part said, or why it said nothing. */
export type PartAnswer<Value> = { readonly value: Value } | { readonly why: string };

export interface WatchedMailbox {
  readonly mailbox: string;
  readonly lastLookAt?: Date;
  readonly troubledSince?: Date;
  readonly trouble?: string;
  readonly unhandled: number;
  readonly oldestUnhandledAt?: Date;
  readonly reconciledAt?: Date;
  readonly reconciledMissing?: number;
}

/** Who watches a mailbox, by its lease. */
export interface Watcher {
  readonly mailbox: string;
  readonly host: string;
  readonly pid: number;
  /** Whether the lease still holds. */
  readonly isAtWork: boolean;
}

export interface HouseStore {
  /** One for each mailbox that was ever watched. */
  listWatchers(): Promise<readonly Watcher[]>;
}

export interface HouseHealth {
  readonly at: Date;
  /** Whether each mailbox was looked at lately, and store and queue answer. */
  readonly ready: boolean;
  /** What is wrong, a sentence each. */
  readonly reasons: readonly string[];
  readonly mailboxes: readonly WatchedMailbox[];
  readonly store: PartAnswer<{ readonly server: string; readonly schemaVersion: string }>;
  readonly queue: PartAnswer<readonly QueueDepth[]>;
  /** Edits that no worker uses, since they have faults. */
  readonly refusedTemplates: readonly {
    readonly place: string;
    readonly at: Date;
    readonly problems: readonly string[];
  }[];
  readonly watchers: readonly Watcher[];
  readonly logins: readonly LoginExpiry[];
}

/** What `doctor` says of one part. */
export interface DoctorLine {
  readonly what: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly mends: readonly string[];
}

export interface DoctorRun {
  readonly by: string;
  readonly startedAt: Date;
  /** Absent while it runs. */
  readonly finishedAt?: Date;
  /** How many parts are looked at. */
  readonly parts: number;
  /** As they come, in the order of the command. */
  readonly lines: readonly DoctorLine[];
}

export interface HouseDoctor {
  /** The last run of this process, or the one that is under way. */
  last(): DoctorRun | undefined;
  /** Starts one unless one runs, or the last began less than a minute ago. */
  start(by: string): 'started' | 'running' | 'too-soon';
}

export interface House {
  /** Names of the mailboxes of the settings. */
  readonly mailboxes: readonly string[];
  /** How often each is looked at when nothing is heard from it. */
  readonly watched: readonly { readonly name: string; readonly pollSeconds: number }[];
  readonly settings: HouseSettings;
  /** Never rejects: what does not answer says why. */
  health(): Promise<HouseHealth>;
  readonly doctor: HouseDoctor;
  /** `process`: the jobs are kept in the memory of the service, where no board can look. */
  readonly queueKept: 'process' | 'database' | 'redis';
}
