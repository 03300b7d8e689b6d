/**
 * Where a reply may link to: a wrong link in a mail that people are told to trust is the worst mistake.
 */
import { templateUrlCharsMax } from './limits.ts';
import type { Contacts } from './policy.ts';

/** The approval link of the record itself, and the hosts of contacts.yaml. */
export interface AllowedLinks {
  readonly urls: readonly string[];
  readonly hosts: readonly string[];
}

/** What the replies of a customer may link to. */
export function allowedLinks(contacts: Contacts, approvalLink: string | undefined): AllowedLinks {
  const { portalUrl, cancelHelpUrl, supportNumbersUrl } = contacts;
  return {
    urls: approvalLink === undefined ? [] : [normalUrl(approvalLink)],
    hosts: [portalUrl, cancelHelpUrl, supportNumbersUrl].flatMap((url) =>
      URL.canParse(url) ? [new URL(url).host] : [],
    ),
  };
}

/** Every link that may not be in a reply, each as a sentence. */
export function judgeLinks(links: readonly string[], allowed: AllowedLinks): readonly string[] {
  return [...new Set(links)].flatMap((link) => {
    const url = URL.canParse(link) ? new URL(link) : undefined;
    // A user name before the host (`https://admin.microsoft.com@evil.example`) is how hosts are faked.
    if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') {
      return [`"${link.slice(0, 100)}" is no plain https link.`];
    }
    if (link.length > templateUrlCharsMax) return ['A link is too long.'];
    if (allowed.hosts.includes(url.host) || allowed.urls.includes(url.href)) return [];
    return [`The link to "${url.host}" is not allowed; allowed are ${allowed.hosts.join(', ')}.`];
  });
}

/** A URL in its one form, so that two ways of writing it compare equal. */
export function normalUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}
