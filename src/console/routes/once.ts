/**
 * Logging in by an address that works once: for the demo, and for whoever has no password yet.
 *
 * Opening the address only asks; the button logs in. Programs that look at addresses beforehand (a chat, a mail
 * filter, a browser that loads ahead) would use it up otherwise, and nobody could be made to log in by a link.
 */
import type { FastifyInstance } from 'fastify';
import { type DoorParts, letIn, visitToken } from '../door-parts.ts';
import { hashOf } from '../door-secrets.ts';
import { html } from '../html.ts';
import { sendPage } from '../page.ts';
import { refuse } from '../refusals.ts';
import { loginTries } from './login.ts';

interface OnceRoute {
  readonly Params: { readonly token: string };
}

const wayOn = html`<p><a class="button" href="/login">Log in with a name and password</a></p>`;

export function onceRoutes(app: FastifyInstance, parts: DoorParts): void {
  app.get('/login/once/:token', { config: { role: 'anybody' } }, (request, reply) => {
    const token = request.person?.csrfToken ?? visitToken(request, reply, parts);
    return sendPage(request, reply, {
      title: 'Log in',
      body: html`<h1>Log in</h1>
<p>This address logs you in once.</p>
<form method="post"><input type="hidden" name="_csrf" value="${token}">
<button class="main">Log in</button></form>`,
    });
  });
  app.post<OnceRoute>(
    '/login/once/:token',
    { config: { role: 'anybody', rateLimit: loginTries } },
    async (request, reply) => {
      const { store, clock } = parts;
      const user = await store.takeOneTimeLogin(hashOf(request.params.token), clock.now());
      if (user?.role === undefined)
        return refuse({ request, reply }, 403, 'This address was used, or is too old.', wayOn);
      await letIn({ request, reply }, { name: user.name, how: 'once' }, parts);
      return reply.redirect('/', 303);
    },
  );
}
