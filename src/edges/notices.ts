/**
 * Loads the catalog of notice families (config/notices.yaml), checked as a whole.
 *
 * The file is data of the admin: a new wording of Microsoft's needs a line there, not a developer.
 */
import { z } from 'zod';
import { familyActions, type NoticeCatalog, noticeLabels } from '../core/notice.ts';
import { ResponderError } from '../errors.ts';
import { expecting, faultLines, readYamlFile } from './checked-yaml.ts';
import { domain, line, locale, oneOf, yesNo } from './settings-values.ts';

const words = () => z.array(line('a word or phrase'));

const title = z.strictObject({
  text: line('the title of the notice, as its subject has it'),
  language: locale(),
  verified: yesNo(),
});

const family = z
  .strictObject({
    id: expecting(z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), {
      expected: 'a kebab-case name such as lose-access',
    }),
    action: oneOf(familyActions),
    titles: z.array(title).default([]),
    concepts: z.array(words().min(1)).default([]),
  })
  .superRefine(({ titles, concepts }, context) => {
    if (titles.length > 0 || concepts.length > 0) return;
    const says =
      'found neither titles nor concepts, expected one of them (nothing would ever match)';
    context.addIssue({ code: 'custom', params: { says } });
  });

const noticesSchema = z.strictObject({
  families: z
    .array(family)
    .min(1)
    .superRefine((families, context) => {
      const seen = new Map<string, number>();
      families.forEach(({ id }, index) => {
        const earlier = seen.get(id);
        if (earlier !== undefined) {
          const says = `found ${JSON.stringify(id)} again, expected an id that families[${earlier}] does not have`;
          context.addIssue({ code: 'custom', path: [index, 'id'], params: { says } });
        }
        seen.set(id, index);
      });
    }),
  senderDomains: z.array(domain()).min(1),
  linkHosts: z.array(domain()).min(1),
  sharedHosts: z.array(domain()).default([]),
  neutralHosts: z.array(domain()).default([]),
  ownedDomains: z.array(domain()).default([]),
  labels: z.record(oneOf(noticeLabels), words().min(1)),
  wording: words().default([]),
  productAliases: z.array(words().min(2)).default([]),
  sharedDomains: z.array(domain()).default([]),
});

/** Reads the catalog. Throws FILE_NOT_READABLE, or SETTINGS_INVALID with a line for each fault. */
export function loadNotices(file: string): NoticeCatalog {
  const data = readYamlFile(file);
  const checked = noticesSchema.safeParse(data);
  if (checked.success) return checked.data;
  throw new ResponderError('SETTINGS_INVALID', `The notice families in ${file} have faults.`, {
    details: faultLines(checked.error, data, noticesSchema),
  });
}
