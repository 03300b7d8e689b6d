/**
 * What `doctor` says, line by line as it comes: the same lines as the command prints.
 */
import type { DoctorRun } from '../../ports/house.ts';
import { type Html, html } from '../html.ts';
import type { When } from './house-frame.ts';
import { momentOf } from './times.ts';

export interface DoctorPart {
  readonly run: DoctorRun | undefined;
  readonly when: When;
  readonly csrf: Html;
  readonly mayRun: boolean;
}

const badges = { ok: 'good', warn: 'warn', fail: 'bad' } as const;

/** Asks for itself again while it runs; without scripts the page is loaded again. */
export function doctorView({ run, when, csrf, mayRun }: DoctorPart): Html {
  const isRunning = run !== undefined && run.finishedAt === undefined;
  const again =
    isRunning && html` hx-get="/settings/health/doctor" hx-trigger="every 1s" hx-swap="outerHTML"`;
  return html`<section class="card" id="doctor"${again} aria-live="polite">
<p>Logs in to each mailbox and sending server, and looks at templates, store, queue and DNS. Nothing is sent, and no
mail is touched.</p>
${
  mayRun &&
  !isRunning &&
  html`<form method="post" action="/settings/health/doctor">${csrf}<button>Check now</button></form>`
}
${run === undefined ? html`<p class="soft">Not checked since the service started.</p>` : runView(run, when)}
</section>`;
}

function runView({ by, startedAt, finishedAt, parts, lines }: DoctorRun, when: When): Html {
  const state =
    finishedAt === undefined
      ? html`Checking: ${lines.length} of ${parts}. <a href="/settings/health#doctor">Look again</a>`
      : html`Checked ${momentOf(finishedAt, when)}, asked for by ${by}. ${summary(lines)}`;
  return html`<p>${state}</p>
<ul class="doctor">${lines.map(
    ({ what, verdict, detail, mends }) => html`<li>
<span class="badge ${badges[verdict]}">${verdict}</span> <strong>${what}</strong> ${detail}${
      mends.length > 0 && html`<ul>${mends.map((mend) => html`<li>${mend}</li>`)}</ul>`
    }</li>`,
  )}</ul>${
    finishedAt !== undefined &&
    lines.length < parts &&
    html`<p class="note bad">The check broke off; the log of the service says why.</p>`
  }${
    finishedAt !== undefined &&
    parts === 0 &&
    html`<p class="note bad">Nothing could be checked; the log of the service says why. Started ${momentOf(startedAt, when)}.</p>`
  }`;
}

function summary(lines: DoctorRun['lines']): string {
  const fails = lines.filter(({ verdict }) => verdict === 'fail').length;
  const warns = lines.filter(({ verdict }) => verdict === 'warn').length;
  if (fails + warns === 0) return 'All is well.';
  return `${fails} to mend, ${warns} to look at.`;
}
