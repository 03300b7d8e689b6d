/**
 * How a request is refused: a page for people, JSON for the API, with the same sentence.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isApi } from './door-requests.ts';
import { type Html, html } from './html.ts';
import { sendPage } from './page.ts';

const titles: Readonly<Record<number, string>> = {
  401: 'Not logged in',
  403: 'Not allowed',
  404: 'Not found',
};

/** In the shape of all errors of the API. */
const codes: Readonly<Record<number, string>> = {
  401: 'not-logged-in',
  403: 'not-allowed',
  404: 'not-found',
  413: 'too-large',
  429: 'too-many',
  500: 'failed',
  503: 'unavailable',
};

export function refuse(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  status: number,
  sentence: string,
  more?: Html,
): FastifyReply {
  reply.code(status);
  const title = titles[status] ?? 'Not done';
  if (isOfProgram(request))
    return reply
      .header('cache-control', 'no-store')
      .send({ error: { code: codes[status] ?? 'invalid', message: sentence } });
  return sendPage(request, reply, {
    title,
    body: html`<h1>${title}</h1><p>${sentence}</p>${more}`,
  });
}

/** Whoever asks the API, or sends a token, is no browser. */
function isOfProgram(request: FastifyRequest): boolean {
  return isApi(request) || request.headers.authorization !== undefined;
}

/** Nobody is logged in: the API hears so, a browser goes to the login and finds its way back from there. */
export function askToLogIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (isOfProgram(request)) {
    reply.header('www-authenticate', 'Bearer');
    return refuse({ request, reply }, 401, 'Log in, or send a token that is valid.');
  }
  const way =
    request.method === 'GET' && request.url !== '/' ? encodeURIComponent(request.url) : '';
  const target = way === '' ? '/login' : `/login?next=${way}`;
  // A part of a page must not become the login: the whole page goes there.
  if (request.headers['hx-request'] !== undefined)
    return reply.code(401).header('hx-redirect', '/login').send();
  return reply.redirect(target, 303);
}
