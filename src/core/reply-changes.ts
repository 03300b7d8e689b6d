/**
 * What an edit of the templates would change in a reply that was made before.
 *
 * Both sides are made anew with the same settings and on the day of the case, so that only the words differ.
 */
import { structuredPatch } from 'diff';
import { type RenderedReply, type RenderInput, renderReply } from './compose.ts';
import { formatProblem, TemplateError } from './template.ts';
import type { TemplateSet } from './template-compile.ts';

export type ReplyChange =
  | { readonly kind: 'same' }
  /** The words are the same; the HTML part looks different. */
  | { readonly kind: 'look' }
  /** The lines that differ, with some around them, marked as `diff -u` marks them. */
  | { readonly kind: 'words'; readonly lines: readonly string[] }
  /** It could be composed before, and cannot be any more: nothing would be sent. */
  | { readonly kind: 'broken'; readonly problem: string };

export interface Before {
  /** What the reply was made of; absent where that is not kept. */
  readonly templates?: TemplateSet;
  /** As it was sent: compared with where it cannot be made anew. */
  readonly sent: Pick<RenderedReply, 'subject' | 'text' | 'html' | 'templateId'>;
}

export function changeOf(
  input: Omit<RenderInput, 'templates'>,
  before: Before,
  edited: TemplateSet,
): ReplyChange {
  const after = tryRender({ ...input, templates: edited });
  if ('problem' in after) return { kind: 'broken', problem: after.problem };
  const anew =
    before.templates === undefined
      ? undefined
      : tryRender({ ...input, templates: before.templates });
  const old = anew !== undefined && 'reply' in anew ? anew.reply : before.sent;
  const [was, will] = [wordsOf(old), wordsOf(after.reply)];
  if (was !== will) return { kind: 'words', lines: changedLines(was, will) };
  return old.html === after.reply.html ? { kind: 'same' } : { kind: 'look' };
}

/** So many lines that stay are shown around one that changes. */
const context = 2;

function changedLines(before: string, after: string): readonly string[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context });
  return hunks.flatMap(({ newStart, lines }) => [`@@ line ${newStart}`, ...lines]);
}

function tryRender(input: RenderInput): { reply: RenderedReply } | { problem: string } {
  try {
    return { reply: renderReply(input) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { problem: formatProblem(error) };
  }
}

function wordsOf({
  templateId,
  subject,
  text,
}: Pick<RenderedReply, 'templateId' | 'subject' | 'text'>): string {
  return `Template: ${templateId}\nSubject: ${subject}\n\n${text}`;
}
