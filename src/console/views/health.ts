/**
 * Whether the service does its work, part by part, and what is held back until a person releases it.
 */
import type { HouseHealth, PartAnswer, WatchedMailbox } from '../../ports/house.ts';
import type { Hold } from '../../ports.ts';
import { type Content, type Html, html } from '../html.ts';
import { agoOf, factLine, type When } from './house-frame.ts';
import { momentOf } from './times.ts';

export interface HealthPage {
  readonly health: HouseHealth;
  readonly holds: readonly Hold[];
  readonly when: When;
  readonly csrf: Html;
  /** Whether the person may release what is held. */
  readonly mayRelease: boolean;
  readonly doctor: Html;
  /** What was just done. */
  readonly done?: string;
}

export function healthView(page: HealthPage): Html {
  const { health, when, done } = page;
  return html`<h1>Health</h1>
${done !== undefined && html`<p class="note good" role="status">${done}</p>`}
${verdictView(health)}
<h2>Mailboxes</h2>
${
  health.mailboxes.length === 0
    ? html`<p class="soft">Here will be each mailbox of the settings, with its last look.</p>`
    : html`<div class="grid">${health.mailboxes.map((mailbox) => mailboxView(mailbox, page))}</div>`
}
${holdsView(page)}
<h2>Store and queue</h2>
<dl class="card facts">
${factLine(
  'Store',
  answered(health.store, ({ server, schemaVersion }) => `${server}, schema ${schemaVersion}`),
)}
${factLine(
  'Queue',
  answered(health.queue, (depths) => {
    const count = (state: 'waiting' | 'active' | 'delayed') =>
      depths.reduce((sum, { jobs }) => sum + jobs[state], 0);
    return html`${count('waiting')} waiting, ${count('active')} running, ${count('delayed')} to be tried again later
(<a href="/settings/queue">more</a>)`;
  }),
)}
${health.logins.map(({ mailbox, what, at }) =>
  factLine(
    `Login of ${mailbox}`,
    html`${what === 'token' ? 'its token holds' : `its ${what} ends`} ${what === 'token' && 'until '}${momentOf(at, when)}`,
  ),
)}
</dl>
${refusedView(health, when)}
<h2>Check everything</h2>
${page.doctor}`;
}

function verdictView({ ready, reasons, at }: HouseHealth): Html {
  return ready
    ? html`<p class="note good">The service does its work. <small>As of ${at.toISOString().slice(11, 19)} UTC</small></p>`
    : html`<div class="note bad"><p>Something is wrong:</p><ul>${reasons.map(
        (reason) => html`<li>${reason}</li>`,
      )}</ul></div>`;
}

function answered<Value>(answer: PartAnswer<Value>, show: (value: Value) => Content): Html {
  return 'value' in answer
    ? html`${show(answer.value)}`
    : html`<span class="badge bad">no answer</span> ${answer.why}`;
}

function mailboxView(watched: WatchedMailbox, { health, when }: HealthPage): Html {
  const { lastLookAt, trouble, troubledSince, oldestUnhandledAt, reconciledAt } = watched;
  const watchers = health.watchers.filter(({ mailbox }) => mailbox === watched.mailbox);
  const seen = (at: Date): Html =>
    html`${agoOf(at, health.at)} <small>${momentOf(at, when)}</small>`;
  return html`<section class="card">
<h3>${watched.mailbox}</h3>
${
  trouble !== undefined &&
  html`<p class="note bad">Cannot be watched${
    troubledSince !== undefined && html` since ${momentOf(troubledSince, when)}`
  }: ${trouble}</p>`
}
<dl class="facts">
${factLine('Last look', lastLookAt === undefined ? 'never' : seen(lastLookAt))}
${factLine('In work', `${watched.unhandled} ${watched.unhandled === 1 ? 'mail' : 'mails'}`)}
${oldestUnhandledAt !== undefined && factLine('Oldest of them', seen(oldestUnhandledAt))}
${factLine(
  'Last comparison',
  reconciledAt === undefined
    ? 'none yet'
    : html`${seen(reconciledAt)}, ${watched.reconciledMissing ?? 0} had been missed`,
)}
${factLine(
  'Watched by',
  watchers.some(({ isAtWork }) => isAtWork)
    ? watchers
        .filter(({ isAtWork }) => isAtWork)
        .map(({ host, pid }) => `process ${pid} on ${host}`)
        .join(', ')
    : 'nobody',
)}
</dl>
</section>`;
}

function holdsView({ holds, when, csrf, mayRelease }: HealthPage): Html {
  if (holds.length === 0)
    return html`<h2>Held back</h2>
<p class="soft">Nothing is held back. A mailbox that sends more than usual, and an address that gives mail back, would
stand here.</p>`;
  return html`<h2>Held back</h2>
${holds.map(
  (hold) => html`<section class="card">
<h3>${hold.name}</h3>
<p>${hold.kind === 'mailbox' ? 'Sending from this mailbox is paused' : 'Nothing is sent to this address'}
since ${momentOf(hold.at, when)}. ${hold.detail}
${hold.caseId !== undefined && html`<a href="/cases/${encodeURIComponent(hold.caseId)}">The case that led to it</a>`}</p>
${
  mayRelease &&
  html`<details><summary>Release…</summary>
<form method="post" action="/settings/health/release">
${csrf}<input type="hidden" name="kind" value="${hold.kind}"><input type="hidden" name="name" value="${hold.name}">
<p>${releaseSentence(hold)}</p>
<button class="danger">Release ${hold.name}</button>
</form></details>`
}
</section>`,
)}`;
}

/** What happens then. */
export function releaseSentence({ kind, name }: Pick<Hold, 'kind' | 'name'>): string {
  return kind === 'mailbox'
    ? `Replies go out from ${name} again, from now on. Those held back meanwhile stay in Review, and none of them is sent by this.`
    : `Replies may go to ${name} again. If the address still gives mail back, it is held again.`;
}

function refusedView({ refusedTemplates }: HouseHealth, when: When): Html | false {
  if (refusedTemplates.length === 0) return false;
  return html`<h2>Templates not in use</h2>
${refusedTemplates.map(
  ({ place, at, problems }) => html`<section class="card">
<p><code>${place}</code> was changed and has faults, seen ${momentOf(at, when)}. The version before goes on serving.</p>
<ul>${problems.slice(0, 10).map((problem) => html`<li>${problem}</li>`)}</ul>
</section>`,
)}`;
}
