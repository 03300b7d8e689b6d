/**
 * Templates: the list of languages, one language, and what is begun in it. The editor and the history have files of
 * their own.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { html } from '../html.ts';
import { csrfField, sendPage } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf, mayDo, personOf } from '../person.ts';
import { localeTree, templateTree } from '../views/template-tree.ts';
import { listPath } from '../views/template-words.ts';
import { field, folderOf, notFound } from './template-fields.ts';
import { templateEditorRoutes } from './templates-editor.ts';
import { templateHistoryRoutes } from './templates-history.ts';

export function templatesRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.get('/templates', { config: { role: 'viewer' } }, async (request, reply) => {
    const begun = field(request.query, 'begun');
    const note =
      begun !== '' &&
      html`<p class="note good" role="status">The language ${begun} is begun. Translate it file by file.</p>`;
    return sendPage(request, reply, await listPage(request, parts, note || undefined));
  });
  app.get('/templates/:locale', { config: { role: 'viewer' } }, async (request, reply) => {
    const overview = await parts.templates.overview(folderOf(request.query));
    const locale = overview?.locales.find((one) => one.locale === field(request.params, 'locale'));
    if (overview === undefined || locale === undefined) return notFound(reply);
    return sendPage(request, reply, {
      title: locale.locale,
      section: '/templates',
      assets: ['templates.css'],
      body: localeTree(overview, locale, parts.timeZone),
    });
  });
  app.post('/templates/new-locale', { config: { role: 'admin' } }, async (request, reply) => {
    const folder = folderOf(request.body);
    const outcome = await parts.templates.beginLocale(folder, {
      locale: field(request.body, 'locale'),
      from: field(request.body, 'from'),
      act: actOf(request, parts.clock),
    });
    if (outcome.kind === 'begun') {
      const path = listPath(folder);
      return reply.redirect(`${path}${path.includes('?') ? '&' : '?'}begun=${outcome.locale}`, 303);
    }
    const note = html`<p class="note bad" role="alert">Not begun: ${outcome.sentence}</p>`;
    return sendPage(request, reply.code(422), await listPage(request, parts, note));
  });
  templateEditorRoutes(app, parts);
  templateHistoryRoutes(app, parts);
}

async function listPage(
  request: FastifyRequest,
  { templates, timeZone }: ConsoleParts,
  note: ReturnType<typeof html> | undefined,
): Promise<Parameters<typeof sendPage>[2]> {
  const folders = await templates.folders();
  const found = await Promise.all(folders.map(({ key }) => templates.overview(key)));
  const isAdmin = mayDo(personOf(request).role, 'admin');
  return {
    title: 'Templates',
    section: '/templates',
    assets: ['templates.css'],
    body: templateTree({
      overviews: found.flatMap((overview) => overview ?? []),
      timeZone,
      ...(isAdmin ? { csrf: csrfField(request) } : {}),
      ...(note === undefined ? {} : { note }),
    }),
  };
}
