/**
 * `templates new-locale`: begins a language with the files of another one, ready to be translated one by one.
 */

import { join } from 'node:path';
import { localesOf, localeTag, scaffoldLocale } from '../core/template-scaffold.ts';
import { loadTemplates } from '../edges/templates.ts';
import { ResponderError } from '../errors.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import { templatesFolder } from './knowledge.ts';
import { writeOut } from './write-out.ts';

export interface NewLocaleOptions {
  readonly locale: string;
  /** The language whose files are copied. */
  readonly from?: string;
  readonly templates?: string;
  readonly config?: string;
}

/** Throws ResponderError for usage, settings and files. A file that is there already is not touched. */
export async function newLocaleCommand(options: NewLocaleOptions, io: CommandIo): Promise<number> {
  const locale = readTag(options.locale);
  const settings = settingsFor(options, io, 'optional');
  const { from = 'en' } = options;
  const folder = templatesFolder(settings, options, io);
  const sources = await loadTemplates(folder);
  const locales = localesOf(sources);
  if (locales.some((known) => known.toLowerCase() === locale.toLowerCase())) {
    throw new ResponderError('USAGE', `${join(folder, locale)} is there already.`);
  }
  if (!locales.includes(from)) {
    const message = `--from: there are no templates in “${from}”; there are ${locales.join(', ')}.`;
    throw new ResponderError('USAGE', message);
  }
  const files = scaffoldLocale(sources, from, locale);
  for (const { id, source } of files) {
    await writeOut(join(folder, `${id}.md.hbs`), source, { isNew: true });
  }
  io.stdout.write(nextSteps({ folder, locale, from, count: files.length }));
  return 0;
}

function readTag(text: string): string {
  const tag = localeTag(text);
  if (tag !== undefined) return tag;
  throw new ResponderError(
    'USAGE',
    `“${text}” is no language; write its tag, such as ro, pt-PT or zh-TW.`,
  );
}

function nextSteps(made: {
  readonly folder: string;
  readonly locale: string;
  readonly from: string;
  readonly count: number;
}): string {
  const { folder, locale, from, count } = made;
  const language = new Intl.DisplayNames('en', { type: 'language' }).of(locale);
  return `${join(folder, locale)}: ${count} files for ${language}, in the words of ${from} until you translate them.
Customers of that language get those words meanwhile. Translate file by file, and look at each:
  preview cancel-portal --locale ${locale}
  templates check
Numbers, days, money and lists are written in the language already; plural has its forms.
`;
}
