/**
 * Today at a glance: what needs a person, whether the mailbox is watched, what came and was answered, and how the
 * days before were.
 */
import type { Scenario } from '../../core/decision.ts';
import { formatMoney } from '../../core/locale-format.ts';
import { actions, reasons } from '../../core/reasons.ts';
import { type Look, lookOf } from '../../core/watch-look.ts';
import type { CaseLine, DayFigures } from '../../ports/console.ts';
import type { MailboxHealth } from '../../ports/health.ts';
import type { Hold } from '../../ports.ts';
import { type CountedFigures, figureDays, type TrendDay } from '../figures.ts';
import { type Content, type Html, html } from '../html.ts';
import { caseAddress, casesAddress } from './case-list.ts';
import { scenarioWords } from './case-words.ts';
import { chart, type Series } from './charts.ts';
import { counted, durationOf, shortDay, shortDuration, timeOf } from './times.ts';

export interface Needs {
  readonly waiting: number;
  readonly mostUrgent: CaseLine | undefined;
  /** At most so many as are asked for. */
  readonly unconfirmed: readonly CaseLine[];
  readonly holds: readonly Hold[];
  readonly refusals: readonly { readonly place: string }[];
}

/** So many are counted; beyond it the number does not matter. */
export const unconfirmedMax = 100;

export function needsSection(
  needs: Needs,
  { now, timeZone }: { readonly now: Date; readonly timeZone: string },
): Html {
  const lines = [
    waitingLine(needs, now, timeZone),
    unconfirmedLine(needs.unconfirmed),
    ...holdLines(needs.holds),
    refusedLine(needs.refusals),
  ].filter((line) => line !== undefined);
  return html`<section class="card needs" id="needs" aria-labelledby="needs-name" data-live="review" data-src="/today/needs">
<h2 id="needs-name">What needs you</h2>
${lines.length === 0 ? html`<p>Nothing waits for you.</p>` : html`<ul>${lines}</ul>`}
</section>`;
}

function waitingLine(
  { waiting, mostUrgent }: Needs,
  now: Date,
  timeZone: string,
): Html | undefined {
  if (waiting === 0) return undefined;
  const urgent =
    mostUrgent &&
    html`<div>Most urgent: <a href="${caseAddress(mostUrgent.caseId)}">${mostUrgent.customerName ?? mostUrgent.sender ?? 'unknown'}</a>, ${
      mostUrgent.expiresOn === undefined
        ? html`waits for ${durationOf(now.getTime() - mostUrgent.receivedAt.getTime())}`
        : html`access ends on ${mostUrgent.expiresOn}`
    }. <span class="soft">${reasons[mostUrgent.reason]?.sentence ?? ''} (${timeOf(mostUrgent.receivedAt, timeZone)})</span></div>`;
  return html`<li><a class="big" href="/review">${counted(waiting, 'mail waits', 'mails wait')} for your decision</a>${urgent}</li>`;
}

function unconfirmedLine(lines: readonly CaseLine[]): Html | undefined {
  const [only] = lines;
  if (only === undefined) return undefined;
  const count =
    lines.length >= unconfirmedMax
      ? `${unconfirmedMax} or more replies`
      : counted(lines.length, 'reply', 'replies');
  const address =
    lines.length === 1 ? caseAddress(only.caseId) : casesAddress({ reply: 'unconfirmed' });
  return html`<li><a href="${address}">${count} may or may not have arrived</a><div class="soft">The mail server never confirmed; say whether it arrived, or send again.</div></li>`;
}

const holdsShown = 5;

function holdLines(holds: readonly Hold[]): readonly Html[] {
  const shown = holds.slice(0, holdsShown).map(({ kind, name, detail }) => {
    const what =
      kind === 'mailbox' ? html`Sending from ${name} is paused` : html`Nothing is sent to ${name}`;
    return html`<li><a href="/settings">${what}</a><div class="soft">${detail}</div></li>`;
  });
  const more = holds.length - shown.length;
  return more > 0
    ? [...shown, html`<li><a href="/settings">and ${more} more that are held</a></li>`]
    : shown;
}

function refusedLine(refusals: Needs['refusals']): Html | undefined {
  if (refusals.length === 0) return undefined;
  const places = refusals
    .slice(0, 3)
    .map(({ place }) => place)
    .join(', ');
  return html`<li><a href="/templates">${counted(refusals.length, 'template edit', 'template edits')} not used, since ${refusals.length === 1 ? 'it has' : 'they have'} faults</a><div class="soft">${places}. The version before goes on serving.</div></li>`;
}

export interface Watched {
  readonly health: MailboxHealth;
  readonly pollSeconds: number;
}

export function watchSection(watched: readonly Watched[], now: Date, timeZone: string): Html {
  return html`<section class="card" id="watch" aria-labelledby="watch-name" hx-get="/today/watch" hx-trigger="every 15s" hx-swap="outerHTML">
<h2 id="watch-name">Is the mailbox watched?</h2>
${watched.length === 0 ? html`<p>No mailbox is set up.</p>` : html`<ul class="plain">${watched.map((one) => watchLine(one, now, timeZone))}</ul>`}
</section>`;
}

function watchLine({ health, pollSeconds }: Watched, now: Date, timeZone: string): Html {
  const look = lookOf(health, pollSeconds, now);
  const { oldestUnhandledAt, unhandled } = health;
  const waits =
    oldestUnhandledAt === undefined
      ? 'No mail waits to be handled.'
      : html`${counted(unhandled, 'mail')} not finished, the oldest since ${timeOf(oldestUnhandledAt, timeZone)} (${durationOf(now.getTime() - oldestUnhandledAt.getTime())}).`;
  return html`<li><div><strong>${health.mailbox}</strong> ${lookBadge(look)}</div>${look.kind === 'troubled' && html`<div>${look.why}</div>`}<div class="soft">${waits}</div></li>`;
}

function lookBadge(look: Look): Html {
  if (look.kind === 'fresh')
    return html`<span class="badge good">Looked at ${look.seconds < 1 ? 'just now' : `${durationOf(look.seconds * 1_000)} ago`}</span>`;
  if (look.kind === 'troubled')
    return html`<span class="badge bad">Cannot be looked at for ${durationOf(look.seconds * 1_000)}</span>`;
  if (look.seconds === undefined) return html`<span class="badge bad">Never looked at</span>`;
  const tone = look.seconds > 3 * look.secondsMax ? 'bad' : 'warn';
  return html`<span class="badge ${tone}">Last looked at ${durationOf(look.seconds * 1_000)} ago; nobody seems to watch it</span>`;
}

/** Figures and charts. What is not counted yet says so, and comes by itself or with a reload. */
export function figuresSection({ days, isWhole, trend }: CountedFigures): Html {
  const again =
    isWhole && trend !== undefined
      ? html` data-live="cases" data-src="/today/figures"`
      : html` hx-get="/today/figures" hx-trigger="load delay:1s" hx-swap="outerHTML"`;
  return html`<section id="figures" aria-label="Figures"${again}>
<div class="card"><h2>What came today</h2>${todayFigures(days.at(-1))}</div>
${!(isWhole && trend !== undefined) && html`<p class="note" role="status">The days before are being counted; they appear in a moment, or when you reload the page.</p>`}
<div class="charts">
<div class="card">${repliesChart(days)}</div>
<div class="card">${paceChart(days)}</div>
<div class="card">${trendChart(trend)}</div>
</div></section>`;
}

function todayFigures(today: DayFigures | undefined): Html {
  if (today === undefined) return html`<p>It is being counted.</p>`;
  const { decided, sent, replyMs } = today;
  const came = actions.reduce((sum, action) => sum + decided[action], 0);
  const replies = Object.values(sent).reduce((sum, count) => sum + (count ?? 0), 0);
  const fast =
    replyMs === undefined
      ? html`<dd>no reply yet</dd>`
      : html`<dd>${shortDuration(replyMs.p50)} <small>half of them</small><br>${shortDuration(replyMs.p95)} <small>95 of 100</small></dd>`;
  return html`<dl class="tiles">
<div><dt>Mails</dt><dd>${came}</dd></div>
<div><dt>Replies sent</dt><dd>${replies}</dd></div>
<div><dt>Given to the desk</dt><dd>${decided.review}</dd></div>
<div><dt>Not answered, automatic</dt><dd>${decided.suppress}</dd></div>
<div><dt>Left alone</dt><dd>${decided.ignore}</dd></div>
<div class="wide"><dt>From mail to reply</dt>${fast}</div>
</dl>`;
}

/** The most frequent ones have a shade each, the others one together. */
const shadesMax = 5;

function repliesChart(days: readonly DayFigures[]): Html {
  const totals = new Map<Scenario, number>();
  for (const { sent } of days)
    for (const [scenario, count] of Object.entries(sent) as [Scenario, number][])
      totals.set(scenario, (totals.get(scenario) ?? 0) + count);
  const byNumber = [...totals].toSorted((a, b) => b[1] - a[1]).map(([scenario]) => scenario);
  const all = [...totals.values()].reduce((sum, count) => sum + count, 0);
  if (all === 0)
    return empty('Replies by day', 'Replies that go out appear here, by day and by what they say.');
  const own = byNumber.slice(0, byNumber.length > shadesMax ? shadesMax - 1 : shadesMax);
  const rest = byNumber.slice(own.length);
  const series: Series[] = own.map((scenario) => ({
    name: scenarioWords[scenario],
    values: days.map(({ sent }) => sent[scenario] ?? 0),
  }));
  if (rest.length > 0)
    series.push({
      name: 'others',
      values: days.map(({ sent }) =>
        rest.reduce((sum, scenario) => sum + (sent[scenario] ?? 0), 0),
      ),
    });
  return chart({
    id: 'replies',
    kind: 'bars',
    title: 'Replies by day',
    summary: `${counted(all, 'reply', 'replies')} in ${figureDays} days, most of them: ${own[0] === undefined ? '' : scenarioWords[own[0]]}.`,
    days: days.map(({ day }) => day),
    series,
    show: String,
  });
}

function paceChart(days: readonly DayFigures[]): Html {
  const measured = days.filter(({ replyMs }) => replyMs !== undefined);
  const last = measured.at(-1);
  if (last?.replyMs === undefined)
    return empty('From mail to reply', 'How long replies take that nobody holds appears here.');
  return chart({
    id: 'pace',
    kind: 'lines',
    title: 'From mail to reply',
    summary: `On ${shortDay(last.day)} half of the replies took ${shortDuration(last.replyMs.p50)} at most, and 95 of 100 took ${shortDuration(last.replyMs.p95)}.`,
    days: days.map(({ day }) => day),
    series: [
      { name: 'half of them', values: days.map(({ replyMs }) => replyMs?.p50) },
      { name: '95 of 100', values: days.map(({ replyMs }) => replyMs?.p95) },
    ],
    show: shortDuration,
  });
}

function trendChart(trend: readonly TrendDay[] | undefined): Html {
  const title = 'Customers billed twice';
  if (trend === undefined) return empty(title, 'They are being counted.');
  const now = trend.at(-1);
  const most = Math.max(...trend.map(({ customers }) => customers));
  if (now === undefined || most === 0)
    return empty(
      title,
      'Customers who pay Microsoft and you for the same appear here. Nobody does.',
    );
  return html`${chart({
    id: 'twice',
    kind: 'bars',
    title,
    summary: `${counted(now.customers, 'customer')} now; ${trend[0]?.customers ?? 0} on ${shortDay(trend[0]?.day ?? now.day)}.`,
    days: trend.map(({ day }) => day),
    series: [{ name: 'customers', values: trend.map(({ customers }) => customers) }],
    show: String,
  })}
<p><a href="/customers/-/billed-twice">${counted(now.customers, 'customer')}, ${counted(now.subscriptions, 'subscription')}: who they are</a>${costs(now)}</p>`;
}

function costs({ monthlyCost }: TrendDay): Content {
  const texts = Object.entries(monthlyCost).map(([currency, amount]) =>
    currency === '' ? amount : formatMoney({ amount, currency }, 'en'),
  );
  return texts.length > 0 && html`<br><span class="soft">${texts.join(', ')} a month</span>`;
}

function empty(title: string, sentence: string): Html {
  return html`<figure class="chart"><figcaption>${title}</figcaption><p class="soft">${sentence}</p></figure>`;
}
