/**
 * A version of a template: every file that a reply was made of, known by the hash that the reply carries.
 */
import type { TemplateSource } from './template.ts';
import type { CompiledTemplate, TemplateSet } from './template-compile.ts';

export interface TemplateVersion {
  /** As in `Reply.templateHash`. */
  readonly hash: string;
  /** `de/cancel-phone`. */
  readonly templateId: string;
  /** The template, the partials of its locale and the layout. */
  readonly files: readonly TemplateSource[];
}

/** The version a reply was made of; undefined when the set is another one by now. */
export function versionOf(
  set: Pick<TemplateSet, 'templates'>,
  reply: { readonly templateId: string; readonly templateHash: string },
): TemplateVersion | undefined {
  const template = set.templates.get(reply.templateId);
  if (template?.hash !== reply.templateHash) return undefined;
  return { hash: template.hash, templateId: template.id, files: filesOf(template) };
}

function filesOf({ sources }: Pick<CompiledTemplate, 'sources'>): readonly TemplateSource[] {
  return [...sources].sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
}
