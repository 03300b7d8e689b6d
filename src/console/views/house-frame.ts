/**
 * What the pages of settings and health share: their own navigation, how long ago, and lines of facts.
 */
import { type Content, type Html, html } from '../html.ts';
import { mayDo, type Person, type RouteRole } from '../person.ts';

const pages: readonly { readonly path: string; readonly name: string; readonly role: RouteRole }[] =
  [
    { path: '/settings', name: 'Settings', role: 'viewer' },
    { path: '/settings/health', name: 'Health', role: 'viewer' },
    { path: '/settings/queue', name: 'Queue', role: 'viewer' },
    { path: '/settings/audit', name: 'Audit log', role: 'admin' },
    { path: '/settings/users', name: 'Users', role: 'admin' },
  ];

/** The navigation between the pages about the house; each shows those that the person may open. */
export function houseNavigation(current: string, { role }: Person): Html {
  const entries = pages
    .filter((page) => mayDo(role, page.role))
    .map(({ path, name }) => {
      const isCurrent = path === current && html` aria-current="page"`;
      return html`<li><a href="${path}"${isCurrent}>${name}</a></li>`;
    });
  return html`<nav class="subnav" aria-label="Settings and health"><ul>${entries}</ul></nav>`;
}

/** What `momentOf` needs. */
export interface When {
  readonly timeZone: string;
}

/** How long ago, coarsely: what counts is whether it is minutes or days. */
export function agoOf(at: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - at.getTime()) / 1_000));
  if (seconds < 90) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

export function factLine(name: string, value: Content): Html {
  return html`<dt>${name}</dt><dd>${value}</dd>`;
}
