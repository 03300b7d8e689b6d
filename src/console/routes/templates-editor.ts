/**
 * The editor: a file is opened, tried while it is typed, and saved.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { templateBytesMax } from '../../core/limits.ts';
import { draftText } from '../../core/template-draft.ts';
import { textChanges } from '../../core/text-changes.ts';
import type {
  DraftChanges,
  SaveOutcome,
  TemplatePlace,
  TriedDraft,
} from '../../ports/template-desk.ts';
import { type Html, html } from '../html.ts';
import { InHand } from '../in-hand.ts';
import { csrfField, sendPage, sendPart } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf, mayDo, personOf } from '../person.ts';
import { previewPolicy, TemplatePreviews } from '../template-previews.ts';
import { templateEditor, triedPart } from '../views/template-editor.ts';
import { conflictNote } from '../views/template-history.ts';
import { templatePath } from '../views/template-words.ts';
import { field, filePaths, notFound, placeOf } from './template-fields.ts';

/** In a form every octet may take three, and the other fields some. */
const bodyLimit = 3 * templateBytesMax + 16 * 1024;

export function templateEditorRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const desk = new EditorDesk(parts);
  app.get('/templates/previews/:key', { config: { role: 'viewer' } }, (request, reply) => {
    const found = desk.previews.find(field(request.params, 'key'), personOf(request).name);
    if (found === undefined) return notFound(reply);
    return reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-security-policy', previewPolicy)
      .send(found);
  });
  app.post('/templates/try', { config: { role: 'admin' }, bodyLimit }, (request, reply) =>
    desk.tryTyped(request, reply),
  );
  for (const { path, idOf } of filePaths) {
    app.get(path, { config: { role: 'viewer' } }, (request, reply) =>
      desk.show(request, reply, { place: placeOf(request, idOf) }),
    );
    app.post(path, { config: { role: 'admin' }, bodyLimit }, (request, reply) =>
      desk.submit(request, reply, placeOf(request, idOf)),
    );
  }
}

interface Showing {
  readonly place: TemplatePlace;
  /** What was typed; absent: the file as it is. */
  readonly source?: string;
  /** Of the file that the words were begun with. */
  readonly opened?: string;
  readonly note?: Html;
  readonly changes?: DraftChanges;
  readonly status?: number;
}

class EditorDesk {
  readonly previews: TemplatePreviews;
  readonly #parts: ConsoleParts;
  readonly #inHand = new InHand();

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    this.previews = new TemplatePreviews(parts.clock);
  }

  async show(
    request: FastifyRequest,
    reply: FastifyReply,
    { place, source, opened, note, changes, status = 200 }: Showing,
  ): Promise<FastifyReply> {
    const template = await this.#parts.templates.open(place);
    if (template === undefined) return notFound(reply);
    const tried = await this.#try(request, place, source);
    if (tried === undefined) return this.#busy(request, reply);
    const isAdmin = mayDo(personOf(request).role, 'admin');
    const from = request.method === 'POST' ? request.body : request.query;
    const done = noteOf(field(request.query, 'done'));
    const shownNote = note ?? done;
    return sendPage(request, reply.code(status), {
      title: place.id,
      section: '/templates',
      assets: ['templates.css', 'templates.js'],
      body: templateEditor({
        template,
        source: source ?? template.source,
        opened: opened ?? template.hash ?? '',
        tried,
        ...this.#frame(request, tried),
        customerId: field(from, 'customer'),
        sample: field(from, 'sample'),
        ...(isAdmin ? { csrf: csrfField(request) } : {}),
        timeZone: this.#parts.timeZone,
        ...(shownNote === undefined ? {} : { note: shownNote }),
        ...(changes === undefined ? {} : { changes }),
      }),
    });
  }

  async submit(
    request: FastifyRequest,
    reply: FastifyReply,
    place: TemplatePlace,
  ): Promise<FastifyReply> {
    const source = field(request.body, 'source');
    const opened = field(request.body, 'opened');
    switch (field(request.body, 'do')) {
      case 'try':
        return this.show(request, reply, { place, source, opened });
      case 'changes': {
        const changes = await this.#busyWith(request, () =>
          this.#parts.templates.changes(place, source),
        );
        if (changes === 'busy') return this.#busy(request, reply);
        if (changes === undefined) return notFound(reply);
        return this.show(request, reply, { place, source, opened, changes });
      }
      default:
        return this.#save(request, reply, { place, source, opened });
    }
  }

  async #save(
    request: FastifyRequest,
    reply: FastifyReply,
    { place, source, opened }: Required<Pick<Showing, 'place' | 'source' | 'opened'>>,
  ): Promise<FastifyReply> {
    const act = actOf(request, this.#parts.clock);
    const outcome = await this.#busyWith(request, () =>
      this.#parts.templates.save(place, { source, opened, act, action: 'saved' }),
    );
    if (outcome === 'busy') return this.#busy(request, reply);
    if (outcome === undefined) return notFound(reply);
    if (outcome.kind === 'saved')
      return reply.redirect(
        templatePath(place, { query: { done: `saved-${outcome.inUse}` } }),
        303,
      );
    return this.show(request, reply, { place, source, opened, ...refusal(outcome, source) });
  }

  /** The part of the page that follows what is typed. */
  async tryTyped(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const place = placeOf(request, ({ body }) => field(body, 'id'));
    const template = await this.#parts.templates.open(place);
    if (template === undefined) return notFound(reply);
    const tried = await this.#try(request, place, field(request.body, 'source'));
    if (tried === undefined) return reply.code(429).send();
    return sendPart(
      reply,
      triedPart({ tried, ...this.#frame(request, tried), template, csrf: csrfField(request) }),
    );
  }

  /** Undefined while the same person has enough in hand. */
  async #try(
    request: FastifyRequest,
    place: TemplatePlace,
    source: string | undefined,
  ): Promise<TriedDraft | undefined> {
    const from = request.method === 'POST' ? request.body : request.query;
    const tried = await this.#busyWith(request, () =>
      this.#parts.templates.tryDraft(place, {
        ...(source === undefined ? {} : { source }),
        scenario: field(from, 'scenario'),
        sample: field(from, 'sample'),
        customerId: field(from, 'customer').trim(),
      }),
    );
    return tried === 'busy' ? undefined : tried;
  }

  #busyWith<Result>(
    request: FastifyRequest,
    work: () => Promise<Result>,
  ): Promise<Result | 'busy'> {
    return this.#inHand.run(personOf(request).name, work);
  }

  #busy(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    return sendPage(request, reply.code(429), {
      title: 'One moment',
      section: '/templates',
      body: html`<h1>One moment</h1><p>Your last checks are still running. Go back and try again.</p>`,
    });
  }

  #frame(request: FastifyRequest, { preview }: TriedDraft): { readonly frame?: string } {
    if ('problem' in preview) return {};
    const frame = this.previews.keep(preview.reply.html, personOf(request).name);
    return frame === undefined ? {} : { frame };
  }
}

const doneSentences: ReadonlyMap<string, string> = new Map([
  ['saved-yes', 'Saved, and in use: the next reply is made of it.'],
  [
    'saved-no',
    'Saved, but not in use yet: other files of the folder have problems, and the last good version serves until they are mended.',
  ],
  ['saved-elsewhere', 'Saved. The processes that answer mails take it over within seconds.'],
]);

/** What to say after a change that led here. */
function noteOf(done: string): Html | undefined {
  const sentence = doneSentences.get(done);
  if (sentence === undefined) return undefined;
  return html`<p class="note ${done === 'saved-no' ? 'warn' : 'good'}" role="status">${sentence}</p>`;
}

function refusal(
  outcome: Exclude<SaveOutcome, { kind: 'saved' }>,
  source: string,
): Pick<Showing, 'note' | 'status'> & { readonly opened?: string } {
  const bad = (sentence: string) => html`<p class="note bad" role="alert">${sentence}</p>`;
  switch (outcome.kind) {
    case 'problems':
      return { status: 422, note: bad('Not saved: mend the problems below first.') };
    case 'changed':
      return {
        status: 409,
        opened: outcome.hash,
        note: conflictNote(textChanges(outcome.source, draftText(source))),
      };
    case 'same':
      return {
        note: html`<p class="note" role="status">Nothing to save: these are the words of the file.</p>`,
      };
    case 'too-long':
      return {
        status: 413,
        note: bad(`Not saved: a template has at most ${outcome.bytesMax} bytes.`),
      };
    case 'not-writable':
      return { status: 422, note: bad(`Not saved: ${outcome.sentence}`) };
    default:
      return outcome satisfies never;
  }
}
