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
import { policyOf, type Settings } from '../edges/settings.ts';
import { loadTemplates } from '../edges/templates.ts';
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
