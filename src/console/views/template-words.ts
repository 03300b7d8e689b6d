/**
 * Names and addresses as the pages of the templates show them.
 */
const languages = new Intl.DisplayNames('en', { type: 'language', languageDisplay: 'standard' });

/** `German (de)`; the tag alone where the language has no English name. */
export function languageName(locale: string): string {
  const name = languages.of(locale);
  return name === undefined || name === locale ? locale : `${name} (${locale})`;
}

/** The address of a file’s page. The first folder is not named: most houses have only one. */
export function templatePath(
  { folder, id }: { readonly folder: string; readonly id: string },
  rest: { readonly page?: '/history' | '/history/compare'; readonly query?: object } = {},
): string {
  const query = new URLSearchParams({
    ...(folder === '1' ? {} : { folder }),
    ...rest.query,
  }).toString();
  return `/templates/${id}${rest.page ?? ''}${query === '' ? '' : `?${query}`}`;
}

/** The address of a list: of all languages, or of one. */
export function listPath(folder: string, locale?: string): string {
  const query = folder === '1' ? '' : `?folder=${folder}`;
  return `/templates${locale === undefined ? '' : `/${locale}`}${query}`;
}
