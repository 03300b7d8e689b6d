/**
 * Texts and countries that another system tells, as the records keep them: what a customers file may hold, so that an
 * export of the records can be read back.
 */

import { nameCharsMax } from '../core/limits.ts';
import { country, plainText } from './customer-values.ts';

/** A name or product on one line; undefined where nothing is left of it. */
export function systemText(text: string | null | undefined): string | undefined {
  const line = (text ?? '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .trim()
    .slice(0, nameCharsMax);
  const checked = plainText(line);
  return 'value' in checked && checked.value.trim() !== '' ? checked.value.trim() : undefined;
}

/** ISO 3166-1 alpha-2; what is none is no fact. */
export function systemCountry(text: string | null | undefined): string | undefined {
  const checked = country(text ?? '');
  return 'value' in checked ? checked.value : undefined;
}
