/**
 * Templates as the console edits them: looked at, tried, saved and taken back. What is wrong with a draft is found
 * behind this port; a page only shows it.
 */
import type { RenderedReply } from '../core/compose.ts';
import type { Scenario } from '../core/decision.ts';
import type { ReplyChange } from '../core/reply-changes.ts';
import type { Act } from './audit.ts';
import type { TemplateFileVersion } from './templates.ts';

/** A folder that mailboxes take their words from. */
export interface TemplateFolder {
  /** Names it in an address: `1` is the first of the settings. */
  readonly key: string;
  readonly path: string;
  readonly mailboxes: readonly string[];
  readonly isWritable: boolean;
  /** The machine it lies on, where the store serves several: each may have a folder of its own. */
  readonly machine?: string;
}

/** A file: `de/cancel-phone`, `de/partials/warnings` or `layout`. */
export interface TemplatePlace {
  readonly folder: string;
  readonly id: string;
}

/** A problem, with the file as people name it: `de/cancel-phone.md.hbs`. */
export interface DraftProblem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  /** Whether it stands in the file that is edited. */
  readonly isHere: boolean;
}

export interface TemplateFileLine {
  readonly id: string;
  readonly changedAt: Date;
  /** Who saved what it holds now; absent where it was changed in the folder. */
  readonly changedBy?: string;
  readonly problems: number;
  /** Word by word the English one. */
  readonly isEnglish: boolean;
}

export interface LocaleOverview {
  readonly locale: string;
  /** One for each scenario that is answered, in their order; where there is no file, the language that serves. */
  readonly scenarios: readonly {
    readonly scenario: Scenario;
    readonly file?: TemplateFileLine;
    readonly fallsBackTo?: string;
  }[];
  readonly partials: readonly TemplateFileLine[];
}

export interface TemplateOverview {
  readonly folder: TemplateFolder;
  readonly layout?: TemplateFileLine;
  readonly locales: readonly LocaleOverview[];
  readonly problems: readonly DraftProblem[];
  /** Whether this process composes replies of just these files; undefined where it composes none. */
  readonly isInUse?: boolean;
}

export interface OpenTemplate {
  readonly folder: TemplateFolder;
  readonly place: TemplatePlace;
  /** Below the folder. */
  readonly name: string;
  /** Of a file that is not there yet: the words that serve meanwhile. */
  readonly source: string;
  /** Of the file; absent where it is not there yet. */
  readonly hash?: string;
  readonly changedAt?: Date;
  readonly changedBy?: string;
  /** Partials of the same language. */
  readonly partials: readonly string[];
  /** Scenarios whose reply shows it. */
  readonly scenarios: readonly Scenario[];
  readonly locale: string;
}

export interface TryRequest {
  /** Absent: the file as it is. */
  readonly source?: string;
  readonly scenario?: string;
  readonly sample?: string;
  readonly customerId?: string;
}

export interface TriedDraft {
  readonly problems: readonly DraftProblem[];
  readonly preview: { readonly reply: RenderedReply } | { readonly problem: string };
  /** What the preview is not. */
  readonly note?: string;
  readonly scenario: Scenario;
  readonly samples: readonly string[];
  readonly tookMs: number;
}

/** What a draft would change in a reply that was made before. */
export interface DraftChange {
  readonly caseId: string;
  readonly at: Date;
  readonly scenario: Scenario;
  readonly to: string;
  readonly change: ReplyChange;
}

export interface DraftChanges {
  readonly changes: readonly DraftChange[];
  /** Replies that were looked through; the others of them are of another language or folder. */
  readonly replies: number;
}

export interface SaveRequest {
  readonly source: string;
  /** The hash of the file when it was opened; empty where it was not there. */
  readonly opened: string;
  readonly act: Act;
  readonly action: 'saved' | 'rolled-back';
}

export type SaveOutcome =
  /** `inUse`: `yes`: replies are made of it now; `no`: other files have problems; `elsewhere`: not by this process. */
  | { readonly kind: 'saved'; readonly hash: string; readonly inUse: 'yes' | 'no' | 'elsewhere' }
  | { readonly kind: 'problems'; readonly problems: readonly DraftProblem[] }
  /** Somebody else changed the file since it was opened; these are its words now. */
  | { readonly kind: 'changed'; readonly source: string; readonly hash: string }
  | { readonly kind: 'same' }
  | { readonly kind: 'too-long'; readonly bytesMax: number }
  | { readonly kind: 'not-writable'; readonly sentence: string };

export type BeginLocaleOutcome =
  | { readonly kind: 'begun'; readonly locale: string; readonly files: number }
  | { readonly kind: 'refused'; readonly sentence: string };

export interface TemplateDesk {
  folders(): Promise<readonly TemplateFolder[]>;
  /** Undefined where there is no such folder. */
  overview(folder: string): Promise<TemplateOverview | undefined>;
  /** Undefined for whatever is neither in the folder nor a scenario of one of its languages. */
  open(place: TemplatePlace): Promise<OpenTemplate | undefined>;
  /** Throws TEMPLATES_CHECK_FAILED. */
  tryDraft(place: TemplatePlace, request: TryRequest): Promise<TriedDraft | undefined>;
  changes(place: TemplatePlace, source: string): Promise<DraftChanges | undefined>;
  save(place: TemplatePlace, request: SaveRequest): Promise<SaveOutcome | undefined>;
  /** Newest first; empty where the file is not known. */
  history(place: TemplatePlace): Promise<readonly TemplateFileVersion[]>;
  /** The words of a version of the file. */
  words(place: TemplatePlace, hash: string): Promise<string | undefined>;
  /** Begins a language with the files of another one. */
  beginLocale(
    folder: string,
    request: { readonly locale: string; readonly from: string; readonly act: Act },
  ): Promise<BeginLocaleOutcome>;
  /** Ends the thread that checks. */
  close(): Promise<void>;
}
