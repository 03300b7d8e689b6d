/**
 * The history of a file: its versions, what differs between two, and taking one back.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { textChanges } from '../../core/text-changes.ts';
import type { OpenTemplate, SaveOutcome, TemplatePlace } from '../../ports/template-desk.ts';
import { type Html, html } from '../html.ts';
import { csrfField, sendPage } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf, mayDo, personOf } from '../person.ts';
import { refusedNote, templateComparison, templateHistory } from '../views/template-history.ts';
import { templatePath } from '../views/template-words.ts';
import { field, filePaths, notFound, placeOf } from './template-fields.ts';

export function templateHistoryRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  for (const { path, idOf } of filePaths) {
    app.get(`${path}/history`, { config: { role: 'viewer' } }, (request, reply) =>
      showHistory(request, reply, { parts, place: placeOf(request, idOf) }),
    );
    app.post(`${path}/history`, { config: { role: 'admin' } }, (request, reply) =>
      rollBack(request, reply, { parts, place: placeOf(request, idOf) }),
    );
    app.get(`${path}/history/compare`, { config: { role: 'viewer' } }, (request, reply) =>
      compare(request, reply, { parts, place: placeOf(request, idOf) }),
    );
  }
}

interface Asked {
  readonly parts: ConsoleParts;
  readonly place: TemplatePlace;
  readonly note?: Html;
}

async function showHistory(
  request: FastifyRequest,
  reply: FastifyReply,
  { parts, place, note }: Asked,
): Promise<FastifyReply> {
  const { templates, timeZone } = parts;
  const template = await templates.open(place);
  if (template === undefined) return notFound(reply);
  const isAdmin = mayDo(personOf(request).role, 'admin');
  return sendPage(request, reply, {
    title: `History of ${place.id}`,
    section: '/templates',
    assets: ['templates.css'],
    body: templateHistory({
      template,
      versions: await templates.history(place),
      timeZone,
      ...(isAdmin ? { csrf: csrfField(request) } : {}),
      ...(note === undefined ? {} : { note }),
    }),
  });
}

async function rollBack(
  request: FastifyRequest,
  reply: FastifyReply,
  { parts, place }: Asked,
): Promise<FastifyReply> {
  const source = await parts.templates.words(place, field(request.body, 'version'));
  if (source === undefined) return notFound(reply);
  const outcome = await parts.templates.save(place, {
    source,
    opened: field(request.body, 'opened'),
    act: actOf(request, parts.clock),
    action: 'rolled-back',
  });
  if (outcome === undefined) return notFound(reply);
  if (outcome.kind === 'saved')
    return reply.redirect(templatePath(place, { query: { done: `saved-${outcome.inUse}` } }), 303);
  return showHistory(request, reply.code(outcome.kind === 'changed' ? 409 : 422), {
    parts,
    place,
    note: noteOf(outcome),
  });
}

function noteOf(outcome: Exclude<SaveOutcome, { kind: 'saved' }>): Html {
  const bad = (sentence: string) => html`<p class="note bad" role="alert">${sentence}</p>`;
  switch (outcome.kind) {
    case 'problems':
      return refusedNote(outcome.problems);
    case 'changed':
      return bad('Not taken back: the file was changed meanwhile. Look at the list again.');
    case 'same':
      return bad('Nothing to do: these are the words of the file.');
    case 'too-long':
      return bad('Not taken back: these words are too long.');
    case 'not-writable':
      return bad(`Not taken back: ${outcome.sentence}`);
    default:
      return outcome satisfies never;
  }
}

async function compare(
  request: FastifyRequest,
  reply: FastifyReply,
  { parts, place }: Asked,
): Promise<FastifyReply> {
  const template = await parts.templates.open(place);
  if (template === undefined) return notFound(reply);
  const [from, to] = [field(request.query, 'from'), field(request.query, 'to')];
  const [before, after] = await Promise.all(
    [from, to].map((hash) => wordsOf(template, hash, { parts, place })),
  );
  if (before === undefined || after === undefined) return notFound(reply);
  return sendPage(request, reply, {
    title: `What changed in ${place.id}`,
    section: '/templates',
    assets: ['templates.css'],
    body: templateComparison({ template, from, to, lines: textChanges(before, after) }),
  });
}

/** What lies in the folder need not have been kept yet. */
async function wordsOf(
  { hash, source }: OpenTemplate,
  wanted: string,
  { parts, place }: Asked,
): Promise<string | undefined> {
  return wanted === hash ? source : parts.templates.words(place, wanted);
}
