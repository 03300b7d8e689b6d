/**
 * What every command that decides or composes needs, loaded from the settings: policy, notice families,
 * contacts, templates.
 */
import { resolve } from 'node:path';
import type { NoticeCatalog } from '../core/notice.ts';
import type { Contacts, Partner, Policy } from '../core/policy.ts';
import { compileTemplates, type TemplateSet } from '../core/template-compile.ts';
import { loadContacts } from '../edges/contacts.ts';
import { loadNotices } from '../edges/notices.ts';
import {
  type MailboxSettings,
  type OwnSettings,
  policyFor,
  policyOf,
  type Settings,
} from '../edges/settings.ts';
import { loadTemplates } from '../edges/templates.ts';
import { ResponderError } from '../errors.ts';
import type { CommandIo } from './io.ts';

export interface Knowledge {
  readonly policy: Policy;
  readonly catalog: NoticeCatalog;
  readonly contacts: Contacts;
  readonly partner: Partner;
}

export async function loadKnowledge(settings: Settings): Promise<Knowledge> {
  return {
    policy: policyOf(settings),
    catalog: loadNotices(settings.noticesFile),
    contacts: await loadContacts(settings.contactsFile),
    partner: settings.partner,
  };
}

/** What one mailbox decides and composes by: its own settings over those of all. */
export function knowledgeFor(knowledge: Knowledge, own: OwnSettings): Knowledge {
  return {
    policy: policyFor(knowledge.policy, own),
    catalog: knowledge.catalog,
    contacts: knowledge.contacts,
    partner: { ...knowledge.partner, ...own.partner },
  };
}

/**
 * The mailbox that a command which asks nobody is to answer for: the one that `--mailbox` names, else the first.
 * Undefined where the settings have none.
 */
export function mailboxNamed(
  { mailboxes }: Settings,
  name: string | undefined,
): MailboxSettings | undefined {
  if (name === undefined) return mailboxes[0];
  const found = mailboxes.find((mailbox) => mailbox.name === name);
  if (found !== undefined) return found;
  const names = mailboxes.map((mailbox) => mailbox.name).join(', ');
  const expected = names === '' ? 'a mailbox of the settings, which have none' : `one of ${names}`;
  throw new ResponderError('USAGE', `--mailbox: found “${name}”, expected ${expected}.`);
}

/** The settings as they hold for one mailbox. */
export function settingsOf(settings: Settings, own: MailboxSettings | undefined): Settings {
  if (own === undefined) return settings;
  return {
    ...settings,
    partner: { ...settings.partner, ...own.partner },
    trustedAuthservIds: own.trustedAuthservIds ?? settings.trustedAuthservIds,
    timeZone: own.timeZone ?? settings.timeZone,
    templatesDir: own.templatesDir ?? settings.templatesDir,
  };
}

/** The folder of the templates, or the copy of it that --templates names: what is edited before it goes live. */
export function templatesFolder(
  { templatesDir }: Settings,
  { templates }: { readonly templates?: string | undefined },
  { cwd }: Pick<CommandIo, 'cwd'>,
): string {
  return templates === undefined ? templatesDir : resolve(cwd, templates);
}

/** The templates as they are in a folder, for commands that run once. */
export async function loadTemplateSet(folder: string): Promise<TemplateSet> {
  return compileTemplates(await loadTemplates(folder));
}
