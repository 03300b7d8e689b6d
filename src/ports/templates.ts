/**
 * The part of the store that keeps which words went out, and which edits did not.
 */
import type { TemplateSource } from '../core/template.ts';
import type { TemplateVersion } from '../core/template-version.ts';
import type { Act } from './audit.ts';

export interface StoredTemplateVersion extends TemplateVersion {
  readonly firstUsedAt: Date;
  /** Who saved it, where it was edited in the console. */
  readonly author?: string;
}

/** A version in a list: its words are fetched by its hash. */
export interface TemplateUse {
  readonly hash: string;
  readonly templateId: string;
  readonly firstUsedAt: Date;
  readonly author?: string;
}

/** An edit that is not in use: the last good version goes on serving. */
export interface TemplateRefusal {
  /** Host and folder. */
  readonly place: string;
  readonly at: Date;
  /** Each with file, line and column, as `templates check` prints it. */
  readonly problems: readonly string[];
}

/** The words of one file. */
export interface TemplateWords {
  /** SHA-256 of the file, in hex. */
  readonly hash: string;
  readonly source: string;
}

/** A file that somebody saves in the console. */
export interface TemplateSave {
  readonly folder: string;
  /** `de/cancel-phone`, `de/partials/warnings` or `layout`. */
  readonly id: string;
  readonly file: TemplateWords;
  /** What it replaces; absent for a new file. */
  readonly before?: TemplateWords;
  readonly act: Act;
  /** For the audit log. */
  readonly action: 'saved' | 'rolled-back' | 'locale-begun';
}

/** The last save of a file. */
export interface TemplateSaved {
  readonly id: string;
  readonly hash: string;
  readonly at: Date;
  readonly by: string;
}

/** A version of one file: saved in the console, or seen when a reply was made of it. */
export interface TemplateFileVersion {
  readonly hash: string;
  /** When it was saved; else when it first went out, or was replaced. */
  readonly at: Date;
  readonly by?: string;
  readonly firstUsedAt?: Date;
  /** It was in the folder, nobody knows since when, and was replaced at that time. */
  readonly replaced?: true;
}

export interface TemplateStore {
  /** With a line of the audit log, in one transaction. */
  saveTemplate(save: TemplateSave): Promise<void>;
  lastTemplateSaves(folder: string): Promise<readonly TemplateSaved[]>;
  /** Newest first. */
  templateFileHistory(query: {
    readonly folder: string;
    readonly id: string;
    readonly limit: number;
  }): Promise<readonly TemplateFileVersion[]>;
  /** The words of a version of a file; undefined where the hash is of no version of it. */
  findTemplateWords(query: {
    readonly folder: string;
    readonly id: string;
    readonly hash: string;
  }): Promise<string | undefined>;
  /** By its hash, or by the beginning of it where that names one only. */
  findTemplateVersion(hash: string): Promise<StoredTemplateVersion | undefined>;
  /** Newest first. Without an id those of every template. */
  listTemplateVersions(query: {
    readonly templateId?: string;
    readonly limit: number;
  }): Promise<readonly TemplateUse[]>;
  /** Keeps all files of the version that is in use, in place of the one before of the same folder. */
  keepTemplateSet(folder: string, files: readonly TemplateSource[], at: Date): Promise<void>;
  findTemplateSet(folder: string): Promise<readonly TemplateSource[] | undefined>;
  /** Replaces what was refused before at the same place. */
  refuseTemplates(refusal: TemplateRefusal): Promise<void>;
  /** What is in the folder is good again. */
  acceptTemplates(place: string): Promise<void>;
  /** Oldest first. */
  listTemplateRefusals(): Promise<readonly TemplateRefusal[]>;
}
