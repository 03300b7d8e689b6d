/**
 * A new language, begun: the files of another one, with the plural forms that the new language has.
 */
import { pluralForms } from './locale-format.ts';
import type { TemplateSource } from './template.ts';

/** The files of the new locale, by their ids; their words are still those of the old one. */
export function scaffoldLocale(
  sources: readonly TemplateSource[],
  from: string,
  to: string,
): readonly { readonly id: string; readonly source: string }[] {
  return sources
    .filter(({ id }) => id.startsWith(`${from}/`))
    .map(({ id, source }) => ({
      id: `${to}/${id.slice(from.length + 1)}`,
      source: source.replace(/\{\{plural\b[^}]*\}\}/g, (call) => withForms(call, to)),
    }));
}

/** A language that is known, in the form its folder is named by: `pt-BR`. Undefined for whatever is none. */
export function localeTag(text: string): string | undefined {
  if (!/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}$/i.test(text)) return undefined;
  const name = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }).of(text);
  return name === undefined ? undefined : (Intl.getCanonicalLocales(text)[0] ?? text);
}

/** The languages of a folder’s files. */
export function localesOf(sources: readonly Pick<TemplateSource, 'id'>[]): readonly string[] {
  const all = sources.flatMap(({ id }) => (id === 'layout' ? [] : [id.split('/')[0] ?? '']));
  return [...new Set(all)].sort();
}

/** `{{plural n one="# license" other="# licenses"}}` with the forms of the language, each as `other` is until it is translated. */
function withForms(call: string, locale: string): string {
  const forms = new Map(
    [...call.matchAll(/(\w+)=("[^"]*"|'[^']*')/g)].map(([, name = '', words = '']) => [
      name,
      words,
    ]),
  );
  const other = forms.get('other');
  if (other === undefined) return call;
  const wanted = ['zero', ...pluralForms(locale)].filter(
    (name) => name !== 'zero' || forms.has(name) || pluralForms(locale).includes('zero'),
  );
  const written = [...new Set(wanted)].map((name) => `${name}=${forms.get(name) ?? other}`);
  const [head = ''] = /^\{\{plural\s+\S+/.exec(call) ?? [];
  return `${head} ${written.join(' ')}}}`;
}
