/**
 * Health: what is wrong, releasing what is held back, and running the checks of `doctor`.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Hold } from '../../ports.ts';
import { html } from '../html.ts';
import { csrfField, sendPage, sendPart } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf, mayDo, personOf } from '../person.ts';
import { healthView } from '../views/health.ts';
import { doctorView } from '../views/health-doctor.ts';
import { houseNavigation } from '../views/house-frame.ts';

const place = '/settings/health';

/** What was just done, in the address of the page that comes then. */
const sentences: ReadonlyMap<unknown, string> = new Map([
  ['released', 'Released.'],
  ['not-held', 'It was not held back any more: somebody released it before.'],
  ['too-soon', 'The last check began less than a minute ago. Its result stands below.'],
]);

export function healthRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.get<{ Querystring: { readonly done?: unknown } }>(
    place,
    { config: { role: 'viewer' } },
    async (request, reply) => {
      const [health, holds] = await Promise.all([parts.house.health(), parts.store.listHolds()]);
      const done = sentences.get(request.query.done);
      return sendPage(request, reply, {
        title: 'Health',
        section: '/settings',
        assets: ['settings.css'],
        body: [
          houseNavigation(place, personOf(request)),
          healthView({
            health,
            holds,
            when: parts,
            csrf: csrfField(request),
            mayRelease: mayDo(personOf(request).role, 'desk'),
            doctor: doctorPart(request, parts),
            ...(done === undefined ? {} : { done }),
          }),
        ],
      });
    },
  );
  app.get(`${place}/doctor`, { config: { role: 'viewer' } }, (request, reply) =>
    sendPart(reply, doctorPart(request, parts)),
  );
  app.post(`${place}/doctor`, { config: { role: 'admin' } }, (request, reply) => {
    const started = parts.house.doctor.start(personOf(request).name);
    return seeOther(reply, started === 'too-soon' ? started : undefined);
  });
  app.post(`${place}/release`, { config: { role: 'desk' } }, async (request, reply) => {
    const hold = holdIn(request.body);
    if (hold === undefined) return missing(request, reply);
    const act = actOf(request, parts.clock);
    const isReleased = await parts.store.releaseHold(hold, { at: act.at, by: act.by, act });
    if (isReleased) parts.log.info({ ...hold, by: act.by }, 'a hold was released at the console');
    return seeOther(reply, isReleased ? 'released' : 'not-held');
  });
}

function doctorPart(request: FastifyRequest, parts: ConsoleParts) {
  return doctorView({
    run: parts.house.doctor.last(),
    when: parts,
    csrf: csrfField(request),
    mayRun: mayDo(personOf(request).role, 'admin'),
  });
}

function seeOther(reply: FastifyReply, done: string | undefined): FastifyReply {
  return reply.redirect(done === undefined ? `${place}#doctor` : `${place}?done=${done}`, 303);
}

function holdIn(body: unknown): Pick<Hold, 'kind' | 'name'> | undefined {
  const { kind, name } = { ...(body as Readonly<Record<string, unknown>> | undefined) };
  if ((kind !== 'mailbox' && kind !== 'address') || typeof name !== 'string') return undefined;
  return { kind, name };
}

function missing(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendPage(request, reply.code(400), {
    title: 'Not done',
    body: html`<h1>Not done</h1><p>The form did not say what is to be released.</p>`,
  });
}
