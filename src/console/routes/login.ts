/**
 * Logging in by name and password, and logging out.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUserName, normalizeUserName } from '../../core/password-rules.ts';
import { clearCookie, type DoorParts, letIn, readCookie, visitToken } from '../door-parts.ts';
import { safePath } from '../door-requests.ts';
import { derived, hashOf } from '../door-secrets.ts';
import { fieldOf, queryOf } from '../form-values.ts';
import { html } from '../html.ts';
import { sendPage } from '../page.ts';
import { actOf } from '../person.ts';

/** Tries from one address: a whole desk may share one. */
export const loginTries = { max: 30, timeWindow: '5 minutes' } as const;

export function loginRoutes(app: FastifyInstance, parts: DoorParts): void {
  app.get('/login', { config: { role: 'anybody' } }, (request, reply) => {
    const next = safePath(queryOf(request, 'next'));
    if (request.person !== undefined) return reply.redirect(next, 303);
    return sendLogin({ request, reply }, parts, { next, note: noteOf(request) });
  });
  app.post(
    '/login',
    { config: { role: 'anybody', rateLimit: loginTries } },
    async (request, reply) => {
      const next = safePath(fieldOf(request, 'next'));
      const outcome = await judgePassword(request, parts);
      if ('name' in outcome) {
        await letIn({ request, reply }, { name: outcome.name, how: 'password' }, parts);
        return reply.redirect(next, 303);
      }
      reply.code(outcome.status);
      const name = normalizeUserName(fieldOf(request, 'name'));
      return sendLogin({ request, reply }, parts, { next, name, wrong: outcome.sentence });
    },
  );
  app.post('/logout', { config: { role: 'viewer' } }, async (request, reply) => {
    const id = readCookie(request, 'session', parts) ?? '';
    const at = parts.clock.now();
    const session = await parts.store.findSession(hashOf(id), at, parts.idleMs);
    await parts.store.endSession(hashOf(id), actOf(request, parts.clock));
    clearCookie(reply, 'session', parts);
    return reply.redirect(`/login?out=${session?.how === 'issuer' ? 'issuer' : 'here'}`, 303);
  });
}

/** The longest text that is looked at: a name has 64 characters, and what is longer is none. */
const nameCharsMax = 254;

type Judged = { readonly name: string } | { readonly status: 401 | 429; readonly sentence: string };

/** The same work whether or not there is such a user, and the same answer. */
async function judgePassword(request: FastifyRequest, parts: DoorParts): Promise<Judged> {
  const { store, passwords, clock } = parts;
  const name = normalizeUserName(fieldOf(request, 'name')).slice(0, nameCharsMax);
  const password = fieldOf(request, 'password').slice(0, passwordCharsRead);
  const at = clock.now();
  const counted = await countedAs(name, request.ip, { store, at });
  const { waitUntil } = await store.beginLogin(counted, at);
  if (waitUntil !== undefined) {
    const seconds = Math.ceil((waitUntil.getTime() - at.getTime()) / 1_000);
    return { status: 429, sentence: `Too many tries with this name. Try again in ${seconds} s.` };
  }
  const hash = await store.findPasswordHash(name);
  const { matches, rehash } = await passwords.verify(password, hash);
  if (!matches) {
    // A name that is none may be a password in the wrong field.
    const by = hash !== undefined && isUserName(name) ? name : '(unknown)';
    await store.writeAudit({
      ...{ at, by, via: 'console', from: request.ip, action: 'login-failed' },
      ...{ subject: 'session', subjectId: by },
    });
    return { status: 401, sentence: 'The name or the password is wrong.' };
  }
  if (rehash !== undefined && hash !== undefined) await store.keepRehash(name, hash, rehash);
  await store.forgetLogins(counted);
  return { name };
}

/** An address is somebody's for so long after a login. */
const addressKnownMs = 30 * 86_400_000;

/**
 * Under what a try is counted. From where somebody has come in before, they are counted apart: a stranger who knows
 * the name and tries again whenever a wait is over would keep them out for good.
 */
async function countedAs(
  name: string,
  address: string,
  { store, at }: Pick<DoorParts, 'store'> & { readonly at: Date },
): Promise<string> {
  const since = new Date(at.getTime() - addressKnownMs);
  const isKnown = await store.hasComeFrom(name, address, since);
  return isKnown ? derived(name, address) : hashOf(name);
}

/** More than any password may have. */
const passwordCharsRead = 2_000;

function noteOf(request: FastifyRequest): LoginPage['note'] {
  const out = queryOf(request, 'out');
  return out === 'issuer' || out === 'here' || out === 'changed' ? out : undefined;
}

interface LoginPage {
  readonly next: string;
  readonly name?: string;
  readonly wrong?: string;
  readonly note?: 'here' | 'issuer' | 'changed' | undefined;
}

function sendLogin(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  parts: DoorParts,
  { next, name = '', wrong, note }: LoginPage,
): FastifyReply {
  const token = visitToken(request, reply, parts);
  const { issuer } = parts;
  const way = next === '/' ? '' : `?next=${encodeURIComponent(next)}`;
  return sendPage(request, reply, {
    title: 'Log in',
    body: html`<h1>Log in</h1>
${note === 'changed' && html`<p class="note good" role="status">Saved. Log in with the new password.</p>`}
${(note === 'here' || note === 'issuer') && html`<p class="note good" role="status">You are logged out.</p>`}
${
  note === 'issuer' &&
  issuer !== undefined &&
  html`<p><a href="/login/oidc/logout">Log out of ${issuer.name} as well</a>, on a computer that others use.</p>`
}
${wrong !== undefined && html`<p class="note bad" role="alert">${wrong}</p>`}
${issuer !== undefined && html`<p><a class="button main" href="/login/oidc${way}">Log in with ${issuer.name}</a></p>`}
<form class="card" method="post" action="/login">
<input type="hidden" name="_csrf" value="${token}">
<input type="hidden" name="next" value="${next}">
<div class="field"><label for="name">Name</label>
<input id="name" name="name" value="${name}" autocomplete="username" autocapitalize="none" spellcheck="false" required></div>
<div class="field"><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required></div>
<button class="main">Log in</button>
</form>`,
  });
}
