/**
 * Today: the first page. Its parts come on their own too, so that they stay true while the page is open.
 */
import type { FastifyInstance } from 'fastify';
import { openFigures } from '../figures.ts';
import { type Html, html } from '../html.ts';
import { sendPage, sendPart } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import {
  figuresSection,
  needsSection,
  unconfirmedMax,
  type Watched,
  watchSection,
} from '../views/today.ts';

/** So long the part waits for figures; what takes longer comes when it asks again. */
const partWaitMs = 2_000;

export function todayRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const { clock, timeZone } = parts;
  const figures = openFigures(parts);
  const needs = async (): Promise<Html> =>
    needsSection(await askNeeds(parts), { now: clock.now(), timeZone });
  const watch = async (): Promise<Html> =>
    watchSection(await askWatch(parts), clock.now(), timeZone);

  app.get('/', { config: { role: 'viewer' } }, async (request, reply) => {
    // One after the other, figures last: a database that has one session answers in the order asked.
    const sections = [await needs(), await watch(), figuresSection(await figures.quickly())];
    // What is still to be counted must not hold up the page that says so.
    reply.raw.once('finish', () => figures.renew());
    return sendPage(request, reply, {
      title: 'Today',
      section: '/',
      assets: ['today.css'],
      body: html`<h1>Today</h1>
<div class="two">${sections.slice(0, 2)}</div>
${sections.slice(2)}`,
    });
  });
  app.get('/today/needs', { config: { role: 'viewer' } }, async (_request, reply) =>
    sendPart(reply, await needs()),
  );
  app.get('/today/watch', { config: { role: 'viewer' } }, async (_request, reply) =>
    sendPart(reply, await watch()),
  );
  app.get('/today/figures', { config: { role: 'viewer' } }, async (_request, reply) =>
    sendPart(reply, figuresSection(await figures.within(partWaitMs))),
  );
}

async function askNeeds({ store }: ConsoleParts) {
  const [waiting, urgent, unconfirmed, holds, refusals] = await Promise.all([
    store.countReview(),
    store.listReview(1),
    store.searchCases({ replyState: 'unconfirmed', limit: unconfirmedMax }),
    store.listHolds(),
    store.listTemplateRefusals(),
  ]);
  return {
    waiting,
    mostUrgent: urgent[0],
    // What a person has settled waits for nobody.
    unconfirmed: unconfirmed.filter(({ settlement }) => settlement === undefined),
    holds,
    refusals,
  };
}

async function askWatch({ store, house }: ConsoleParts): Promise<readonly Watched[]> {
  const { watched } = house;
  const found = await store.mailboxHealth(watched.map(({ name }) => name));
  return found.map((health) => ({
    health,
    pollSeconds: watched.find(({ name }) => name === health.mailbox)?.pollSeconds ?? 0,
  }));
}
