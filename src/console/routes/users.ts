/**
 * Users of the console: who there is, with which role, and their tokens. For admins.
 *
 * The embedded store belongs to the running service alone, so that the command `user` cannot reach it then: what the
 * command does can be done here.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUserName, normalizeUserName } from '../../core/password-rules.ts';
import type { User, UserOutcome, UserRefusal } from '../../ports/doors.ts';
import type { DoorParts } from '../door-parts.ts';
import { newPassword } from '../door-secrets.ts';
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
import { houseNavigation } from '../views/house-frame.ts';

const config = { role: 'admin' } as const;

const sentences: Readonly<Record<UserRefusal, string>> = {
  'no-user': 'There is no such user any more.',
  'name-taken': 'There is a user of that name already.',
  'own-account': 'Nobody changes their own role or removes themselves: another admin does it.',
  'role-from-issuer':
    'This account comes from the single sign-on, which says its role at every login.',
};

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export function usersRoutes(app: FastifyInstance, parts: DoorParts): void {
  const { store, clock } = parts;
  app.get('/settings/users', { config }, (request, reply) =>
    sendUsers({ request, reply }, parts, {}),
  );
  app.post('/settings/users', { config }, (request, reply) => addUser({ request, reply }, parts));
  app.post('/settings/users/role', { config }, async (request, reply) => {
    const role = fieldOf(request, 'role');
    const outcome = isRole(role)
      ? await store.changeRole(fieldOf(request, 'name'), role, actOf(request, clock))
      : 'no-user';
    return answer({ request, reply }, parts, outcome);
  });
  app.post('/settings/users/password', { config }, async (request, reply) => {
    const name = fieldOf(request, 'name');
    // One's own is changed with the current one at hand, and would log out whoever reads the new one here.
    if (name === personOf(request).name) return reply.redirect('/account', 303);
    const password = newPassword();
    const hash = await parts.passwords.hash(password);
    const outcome = await store.changePassword(name, hash, actOf(request, clock));
    if (outcome !== 'done') return answer({ request, reply }, parts, outcome);
    const once = { what: `${name} has a new password.`, secret: password };
    return sendUsers({ request, reply }, parts, { once });
  });
  app.post('/settings/users/remove', { config }, async (request, reply) => {
    const outcome = await store.removeUser(fieldOf(request, 'name'), actOf(request, clock));
    return answer({ request, reply }, parts, outcome);
  });
  app.post('/settings/users/tokens/end', { config }, async (request, reply) => {
    await store.revokeToken(fieldOf(request, 'id'), actOf(request, clock));
    return reply.redirect('/settings/users?done=ended', 303);
  });
}

/** What was just done, in the address of the page that comes then. */
const doneWords: Readonly<Record<string, string>> = {
  changed: 'Done.',
  ended: 'The token has ended.',
};

function answer(exchange: Exchange, parts: DoorParts, outcome: UserOutcome) {
  if (outcome === 'done') return exchange.reply.redirect('/settings/users?done=changed', 303);
  exchange.reply.code(outcome === 'no-user' ? 404 : 409);
  return sendUsers(exchange, parts, { wrong: sentences[outcome] });
}

async function addUser({ request, reply }: Exchange, parts: DoorParts): Promise<FastifyReply> {
  const name = normalizeUserName(fieldOf(request, 'name'));
  const role = fieldOf(request, 'role');
  if (!isUserName(name) || !isRole(role))
    return sendUsers({ request, reply: reply.code(400) }, parts, {
      wrong: 'A name has 1 to 64 letters, digits and . _ @ -, and begins with a letter or a digit.',
    });
  const password = newPassword();
  const passwordHash = await parts.passwords.hash(password);
  const act = actOf(request, parts.clock);
  const outcome = await parts.store.addUser({ name, role, passwordHash }, act);
  if (outcome !== 'done') return answer({ request, reply }, parts, outcome);
  const what = `${name} is added, and logs in with this password.`;
  return sendUsers({ request, reply }, parts, { once: { what, secret: password } });
}

interface UsersPage {
  readonly wrong?: string;
  readonly once?: { readonly what: string; readonly secret: string };
}

async function sendUsers(
  { request, reply }: Exchange,
  { store, clock, timeZone }: DoorParts,
  { wrong, once }: UsersPage,
): Promise<FastifyReply> {
  const done = doneWords[textOf(request.query, 'done')];
  const [users, tokens] = await Promise.all([store.listUsers(), store.listTokens(clock.now())]);
  return sendPage(request, reply, {
    title: 'Users',
    section: '/settings',
    assets: ['settings.css', 'records.css'],
    body: html`${houseNavigation('/settings/users', personOf(request))}<h1>Users</h1>
${wrong !== undefined && html`<p class="note bad" role="alert">${wrong}</p>`}
${done !== undefined && html`<p class="note good" role="status">${done}</p>`}
${once !== undefined && shownOnce(once.what, once.secret)}
<p>A viewer reads. The desk decides about cases and corrects customers. An admin also edits templates, imports and
users. Whoever is given another role or password is logged out, and their tokens end.</p>
<div class="card"><table class="stack">
<thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col">Last login</th>
<th scope="col">Change</th></tr></thead>
<tbody>${users.map((user) => userRow(request, user, timeZone))}</tbody></table></div>
<section class="card"><h2>Add a user</h2>
<form method="post" action="/settings/users">${csrfField(request)}
<div class="row"><div class="field"><label for="name">Name</label>
<input id="name" name="name" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="64" required></div>
<div class="field"><label for="role">Role</label><select id="role" name="role">${roleOptions('desk')}</select></div></div>
<p class="soft">A password is made and shown once.</p>
<button class="main">Add</button></form></section>
<section class="card"><h2>Tokens for programs</h2>
<p>Everybody makes their own under <a href="/account">their account</a>; here any of them can be ended.</p>
${tokenTable(request, tokens, { timeZone, revokeAction: '/settings/users/tokens/end' })}</section>`,
  });
}

function userRow(request: FastifyRequest, user: User, timeZone: string): Html {
  const { name, role, login, lastLoginAt } = user;
  const isOwn = name === personOf(request).name;
  const own = html`<a href="/account">Your account</a>`;
  return html`<tr><th scope="row">${name}</th>
<td data-name="Role">${role ?? 'none'}${login === 'issuer' && html` <small>by single sign-on</small>`}</td>
<td data-name="Last login">${timeText(lastLoginAt, timeZone)}</td>
<td><div class="row">${isOwn ? own : changes(request, user)}</div></td></tr>`;
}

function changes(request: FastifyRequest, { name, role = 'viewer', login }: User): Html {
  const fields = { name };
  const button = buttonForm(request, {
    ...{ action: '/settings/users/remove', fields, label: 'Remove', kind: 'danger', about: name },
  });
  const remove = html`<details class="sure"><summary>Remove<span class="hidden"> ${name}</span> …</summary>
<p>${name} is logged out everywhere, and their tokens end.</p>${button}</details>`;
  if (login === 'issuer') return remove;
  return html`<form class="row" method="post" action="/settings/users/role">${csrfField(request)}
<input type="hidden" name="name" value="${name}">
<select name="role" aria-label="Role of ${name}">${roleOptions(role)}</select>
<button>Set<span class="hidden"> the role of ${name}</span></button></form>
${buttonForm(request, {
  ...{ action: '/settings/users/password', fields, label: 'New password', about: `for ${name}` },
})}${remove}`;
}
