/**
 * Loads config/contacts.yaml: support numbers and links that replies show.
 *
 * A wrong number sends a worried customer to a stranger, so nothing is taken that does not look right.
 */
import { z } from 'zod';
import type { Contacts } from '../core/policy.ts';
import { ResponderError } from '../errors.ts';
import { expecting, faultLines, readYamlFile } from './checked-yaml.ts';
import { line } from './settings-values.ts';

const link = () =>
  expecting(z.string().refine(isPlainLink), { expected: 'a link that begins with https://' });

const contactsSchema = z.strictObject({
  asOf: expecting(z.string().refine(isDay), { expected: 'a day such as 2026-11-30' }),
  source: line('where the numbers are from'),
  portalUrl: link(),
  cancelHelpUrl: link(),
  supportNumbersUrl: link(),
  phones: z.record(
    expecting(z.string().regex(/^[A-Z]{2}$/), {
      expected: 'a country code of two capitals, such as DE',
    }),
    expecting(z.string().regex(/^\+?[0-9][0-9 ()/.-]{3,30}$/), {
      expected: 'a phone number of digits and spaces',
      hint: 'quote it if it is digits only',
    }),
  ),
});

/** Reads the file. Throws FILE_NOT_READABLE, or SETTINGS_INVALID with a line for each fault. */
export async function loadContacts(file: string): Promise<Contacts> {
  const data = readYamlFile(file);
  const checked = contactsSchema.safeParse(data);
  if (checked.success) return checked.data;
  throw new ResponderError('SETTINGS_INVALID', `The contacts in ${file} have faults.`, {
    details: faultLines(checked.error, data, contactsSchema),
  });
}

function isPlainLink(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username } = new URL(value);
  return protocol === 'https:' && username === '';
}

function isDay(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
}
