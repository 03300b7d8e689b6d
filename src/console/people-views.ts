/**
 * Parts that the pages of users and of one's own account share.
 */
import type { FastifyRequest } from 'fastify';
import { type ApiToken, type ConsoleRole, consoleRoles } from '../ports/doors.ts';
import { type Html, html } from './html.ts';
import { csrfField } from './page.ts';
import { timeOf } from './views/times.ts';

/** A time in the zone of the settings, to the minute. */
export function timeText(at: Date | undefined, timeZone: string): Html {
  return at === undefined ? html`<span class="soft">never</span>` : timeOf(at, timeZone);
}

/** Something that is shown now and never again. */
export function shownOnce(what: string, secret: string): Html {
  return html`<div class="note good" role="status"><p>${what} It is shown only now: copy it.</p>
<p><code>${secret}</code></p></div>`;
}

export function roleOptions(chosen: ConsoleRole, most: ConsoleRole = 'admin'): Html {
  const roles = consoleRoles.slice(0, consoleRoles.indexOf(most) + 1);
  return html`${roles.map(
    (role) => html`<option value="${role}"${role === chosen && html` selected`}>${role}</option>`,
  )}`;
}

export function isRole(text: string): text is ConsoleRole {
  return (consoleRoles as readonly string[]).includes(text);
}

/** A form that is only a button. */
export function buttonForm(
  request: FastifyRequest,
  {
    action,
    fields = {},
    label,
    kind = '',
    about = '',
  }: {
    readonly action: string;
    readonly fields?: Readonly<Record<string, string>>;
    readonly label: string;
    readonly kind?: string;
    /** What it is about, for whoever hears the button without its row. */
    readonly about?: string;
  },
): Html {
  return html`<form method="post" action="${action}">${csrfField(request)}${Object.entries(
    fields,
  ).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button class="${kind}">${label}<span class="hidden"> ${about}</span></button></form>`;
}

/** Tokens of one or of all, with a button that ends each. */
export function tokenTable(
  request: FastifyRequest,
  tokens: readonly ApiToken[],
  { timeZone, revokeAction }: { readonly timeZone: string; readonly revokeAction: string },
): Html {
  if (tokens.length === 0)
    return html`<p class="soft">No tokens. Programs that use the API will be listed here.</p>`;
  return html`<table class="stack">
<thead><tr><th scope="col">For</th><th scope="col">Owner</th><th scope="col">Role</th><th scope="col">Used</th>
<th scope="col">Ends</th><th scope="col"><span class="hidden">Action</span></th></tr></thead>
<tbody>${tokens.map(
    (
      token,
    ) => html`<tr><th scope="row">${token.label}</th><td data-name="Owner">${token.userName}</td><td data-name="Role">${token.role}</td>
<td data-name="Used">${timeText(token.lastUsedAt, timeZone)}</td><td data-name="Ends">${timeText(token.endsAt, timeZone)}</td>
<td>${buttonForm(request, {
      action: revokeAction,
      fields: { id: token.id },
      label: 'End',
      kind: 'danger',
      about: `the token for ${token.label}`,
    })}</td></tr>`,
  )}</tbody></table>`;
}
