/**
 * One's own account: password, sessions, tokens.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { faultOfPassword } from '../../core/password-rules.ts';
import { type DoorParts, readCookie } from '../door-parts.ts';
import { hashOf, newApiToken, newTokenId } from '../door-secrets.ts';
import { fieldOf } from '../form-values.ts';
import { type Html, html } from '../html.ts';
import { csrfField, sendPage } from '../page.ts';
import {
  buttonForm,
  isRole,
  roleOptions,
  shownOnce,
  timeText,
  tokenTable,
} from '../people-views.ts';
import { actOf, personOf } from '../person.ts';
import { textOf } from '../query.ts';

const config = { role: 'viewer' } as const;
const tokenDaysMax = 365;
const dayMs = 86_400_000;

export function accountRoutes(app: FastifyInstance, parts: DoorParts): void {
  app.get('/account', { config }, (request, reply) => sendAccount({ request, reply }, parts, {}));
  app.post('/account/password', { config }, async (request, reply) => {
    const { store, passwords, clock } = parts;
    const { name } = personOf(request);
    const at = clock.now();
    const { waitUntil } = await store.beginLogin(hashOf(name), at);
    const known = await store.findPasswordHash(name);
    const isRight =
      waitUntil === undefined &&
      (await passwords.verify(fieldOf(request, 'current'), known)).matches;
    const wanted = fieldOf(request, 'password');
    const fault = isRight ? faultOfPassword(wanted, name) : 'The current password is wrong.';
    if (fault !== undefined)
      return sendAccount({ request, reply: reply.code(400) }, parts, { wrong: fault });
    await store.forgetLogins(hashOf(name));
    await store.changePassword(name, await passwords.hash(wanted), actOf(request, clock));
    return reply.redirect('/login?out=changed', 303);
  });
  app.post('/account/sessions', { config }, async (request, reply) => {
    const kept = hashOf(readCookie(request, 'session', parts) ?? '');
    const act = actOf(request, parts.clock);
    await parts.store.endOtherSessions(personOf(request).name, kept, act);
    return reply.redirect('/account?done=sessions', 303);
  });
  app.post('/account/tokens', { config }, (request, reply) => makeToken({ request, reply }, parts));
  app.post('/account/tokens/end', { config }, async (request, reply) => {
    const { store, clock } = parts;
    const own = await store.listTokens(clock.now(), personOf(request).name);
    const id = fieldOf(request, 'id');
    if (own.some((token) => token.id === id)) await store.revokeToken(id, actOf(request, clock));
    return reply.redirect('/account?done=token', 303);
  });
}

/** What was just done, in the address of the page that comes then. */
const doneWords: Readonly<Record<string, string>> = {
  sessions: 'You are logged out everywhere else.',
  token: 'The token has ended.',
};

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function makeToken({ request, reply }: Exchange, parts: DoorParts): Promise<FastifyReply> {
  const { name } = personOf(request);
  const act = actOf(request, parts.clock);
  const label = fieldOf(request, 'label').trim().slice(0, 100);
  const role = fieldOf(request, 'role');
  const days = Number(fieldOf(request, 'days'));
  if (label === '' || !isRole(role) || !Number.isInteger(days) || days < 1 || days > tokenDaysMax)
    return sendAccount({ request, reply: reply.code(400) }, parts, {
      wrong: `A token needs a purpose, a role and 1 to ${tokenDaysMax} days.`,
    });
  const secret = newApiToken();
  const outcome = await parts.store.addToken(
    {
      ...{ id: newTokenId(), tokenHash: hashOf(secret), userName: name, label, role },
      ...{ createdAt: act.at, endsAt: new Date(act.at.getTime() + days * dayMs) },
    },
    act,
  );
  return outcome === 'done'
    ? sendAccount({ request, reply }, parts, { token: secret })
    : sendAccount({ request, reply: reply.code(400) }, parts, {
        wrong: 'A token cannot have more rights than you have.',
      });
}

async function sendAccount(
  { request, reply }: Exchange,
  { store, clock, timeZone }: DoorParts,
  { wrong, token }: { readonly wrong?: string; readonly token?: string },
): Promise<FastifyReply> {
  const { name, role } = personOf(request);
  const [user, sessions, tokens] = await Promise.all([
    store.findUser(name),
    store.listSessions(name),
    store.listTokens(clock.now(), name),
  ]);
  const done = doneWords[textOf(request.query, 'done')];
  return sendPage(request, reply, {
    title: 'Your account',
    assets: ['records.css'],
    body: html`<h1>Your account</h1>
${done !== undefined && html`<p class="note good" role="status">${done}</p>`}
${wrong !== undefined && html`<p class="note bad" role="alert">${wrong}</p>`}
${token !== undefined && shownOnce('The token is made.', token)}
<dl class="facts"><dt>Name</dt><dd>${name}</dd><dt>Role</dt><dd>${role}</dd></dl>
<div class="grid">
<section class="card"><h2>Where you are logged in</h2>
<ul>${sessions.map(
      (session) =>
        html`<li>since ${timeText(session.startedAt, timeZone)}, last seen ${timeText(session.seenAt, timeZone)}${
          session.address !== undefined && html`, from ${session.address}`
        }</li>`,
    )}</ul>
${buttonForm(request, { action: '/account/sessions', label: 'Log out everywhere else' })}</section>
${user?.login === 'password' && passwordForm(request)}
</div>
<section class="card"><h2>Tokens for programs</h2>
<p>A program that uses the API sends one of these. It can do what its role can do, in your name.</p>
${tokenTable(request, tokens, { timeZone, revokeAction: '/account/tokens/end' })}
<form method="post" action="/account/tokens">${csrfField(request)}
<div class="row">
<div class="field"><label for="label">What for</label><input id="label" name="label" maxlength="100" required></div>
<div class="field"><label for="role">Role</label><select id="role" name="role">${roleOptions('viewer', role)}</select></div>
<div class="field"><label for="days">Days</label>
<input id="days" name="days" type="number" min="1" max="${tokenDaysMax}" value="90" required></div>
</div><button>Make a token</button></form></section>`,
  });
}

function passwordForm(request: FastifyRequest): Html {
  return html`<section class="card"><h2>Password</h2>
<form method="post" action="/account/password">${csrfField(request)}
<div class="field"><label for="current">Current password</label>
<input id="current" name="current" type="password" autocomplete="current-password" required></div>
<div class="field"><label for="password">New password</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required
 aria-describedby="rule"><p class="hint" id="rule">At least 12 characters; several words are easy to remember.
You are logged out everywhere, and your tokens end.</p></div>
<button>Change the password</button></form></section>`;
}
