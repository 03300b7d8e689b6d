/**
 * HTML as a value: a template whose every hole is escaped, unless what fills it is HTML itself.
 *
 * A page is made of mail text, names and addresses that strangers wrote. There is no way here to put a text into a
 * page as it is: only another `html` template, or an octet-for-octet asset of this program, is taken unescaped.
 */
import { escapeHtml } from '../core/render-html.ts';

const markup = Symbol('markup');

/** HTML that was made by `html`. */
export interface Html {
  readonly [markup]: string;
}

/** What a hole takes. `undefined` and `false` leave it empty. */
export type Content = Html | string | number | undefined | false | readonly Content[];

/** Escapes what fills the holes. In an attribute, the hole must stand between double quotes. */
export function html(parts: TemplateStringsArray, ...holes: readonly Content[]): Html {
  let text = parts[0] ?? '';
  holes.forEach((hole, index) => {
    text += textOf(hole) + (parts[index + 1] ?? '');
  });
  return { [markup]: text };
}

function textOf(content: Content): string {
  if (content === undefined || content === false) return '';
  if (typeof content === 'string') return escapeHtml(content);
  if (typeof content === 'number') return String(content);
  if (markup in content) return content[markup];
  return content.map(textOf).join('');
}

/** The page as it is sent. */
export function markupOf(value: Html): string {
  return value[markup];
}
