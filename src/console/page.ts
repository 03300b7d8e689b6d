/**
 * The frame of every page: title, navigation, what was just done.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AssetName, assetPath } from './assets.ts';
import { type Content, type Html, html, markupOf } from './html.ts';
import { mayDo, type RouteRole } from './person.ts';

export interface Page {
  readonly title: string;
  /** Path of the entry of the navigation that it belongs to. */
  readonly section?: string;
  readonly body: Content;
  /** Style sheets and scripts beside those of every page. */
  readonly assets?: readonly AssetName[];
}

interface Section {
  readonly path: string;
  readonly name: string;
  readonly role: RouteRole;
}

const sections: readonly Section[] = [
  { path: '/', name: 'Today', role: 'viewer' },
  { path: '/review', name: 'Review', role: 'viewer' },
  { path: '/cases', name: 'Cases', role: 'viewer' },
  { path: '/customers', name: 'Customers', role: 'viewer' },
  { path: '/templates', name: 'Templates', role: 'viewer' },
  { path: '/settings', name: 'Settings', role: 'viewer' },
];

/** Sends a whole page, or only its body where htmx asked for a part of one. */
export function sendPage(request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(markupOf(frame(request, page)));
}

/** Sends a part of a page, for htmx. */
export function sendPart(reply: FastifyReply, part: Html): FastifyReply {
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(markupOf(part));
}

/** The hidden field that every form carries. */
export function csrfField({ person }: FastifyRequest): Html {
  return html`<input type="hidden" name="_csrf" value="${person?.csrfToken ?? ''}">`;
}

function frame(request: FastifyRequest, { title, section, body, assets = [] }: Page): Html {
  const { person, waiting = 0 } = request;
  const names: readonly AssetName[] = ['console.css', 'htmx.js', 'console.js', ...assets];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<meta name="csrf-token" content="${person?.csrfToken ?? ''}">
<meta name="htmx-config" content='{"includeIndicatorCSS":false}'>
<title>${waiting > 0 && `(${waiting}) `}${title} · transition-responder</title>
${names.map((name) =>
  name.endsWith('.css')
    ? html`<link rel="stylesheet" href="${assetPath(name)}">\n`
    : html`<script src="${assetPath(name)}" defer></script>\n`,
)}</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${person !== undefined && navigation(section, person, waiting)}
<main id="main">
${body}
</main>
</body>
</html>`;
}

function navigation(
  current: string | undefined,
  { name, role, csrfToken }: NonNullable<FastifyRequest['person']>,
  waiting: number,
): Html {
  const entries = sections
    .filter((section) => mayDo(role, section.role))
    .map(({ path, name: label }) => {
      const isCurrent = path === current && html` aria-current="page"`;
      const count = path === '/review' && html` <b id="waiting">${waiting > 0 && waiting}</b>`;
      return html`<li><a href="${path}"${isCurrent}>${label}${count}</a></li>`;
    });
  return html`<header class="top" data-events="/events" data-me="${name}">
<nav aria-label="Pages"><ul>${entries}</ul></nav>
<form class="who" method="post" action="/logout">
<input type="hidden" name="_csrf" value="${csrfToken}">
<a href="/account">${name} <small>${role}</small></a> <button class="quiet">Log out</button>
</form>
</header>`;
}
