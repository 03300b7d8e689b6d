/**
 * What every command that decides or composes needs, loaded from the settings: policy, notice families,
 * contacts, templates.
 */
import type { NoticeCatalog } from '../core/notice.ts';
import type { Contacts, Partner, Policy } from '../core/policy.ts';
import { compileTemplates, type TemplateSet } from '../core/template-compile.ts';
import { loadContacts } from '../edges/contacts.ts';
import { loadNotices } from '../edges/notices.ts';
import { policyOf, type Settings } from '../edges/settings.ts';
import { loadTemplates } from '../edges/templates.ts';

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

/** The templates as they are in the folder, or in a copy of it that is being edited, for commands that run once. */
export async function loadTemplateSet(
  { templatesDir }: Settings,
  copy?: string,
): Promise<TemplateSet> {
  return compileTemplates(await loadTemplates(copy ?? templatesDir));
}
