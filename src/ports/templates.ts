/**
 * The part of the store that keeps which words went out, and which edits did not.
 */
import type { TemplateSource } from '../core/template.ts';
import type { TemplateVersion } from '../core/template-version.ts';

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

export interface TemplateStore {
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
