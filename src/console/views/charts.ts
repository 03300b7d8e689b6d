/**
 * Charts as SVG, drawn here: bars that stand on each other, and lines over days.
 *
 * Each has a title and a sentence for whoever does not see it, and the same figures as a table below. Sizes are those
 * of a narrow phone, so that the letters stay as large as the text around them. Colours are classes of the style
 * sheet: they differ in lightness, and lines differ in their dashes too.
 */
import { type Content, type Html, html } from '../html.ts';
import { shortDay } from './times.ts';

const width = 340;
const height = 190;
const left = 40;
const right = 6;
const top = 10;
const bottom = 24;
const plotWidth = width - left - right;
const plotHeight = height - top - bottom;

export interface Series {
  readonly name: string;
  /** By day; undefined where there is nothing to say. */
  readonly values: readonly (number | undefined)[];
}

export interface Chart {
  /** Letters and hyphens; one of its kind on the page. */
  readonly id: string;
  readonly title: string;
  /** What there is to see, in a sentence. */
  readonly summary: string;
  readonly days: readonly string[];
  /** At most five. */
  readonly series: readonly Series[];
  readonly show: (value: number) => string;
  /** `lines` have a scale of powers: what takes a second and what takes a day are both seen. */
  readonly kind: 'bars' | 'lines';
}

export function chart(drawn: Chart): Html {
  const { id, title, summary, series } = drawn;
  return html`<figure class="chart">
<figcaption id="${id}-name">${title}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${title}</title><desc id="${id}-desc">${summary}</desc>
${drawn.kind === 'bars' ? bars(drawn) : lines(drawn)}
${dayLabels(drawn.days)}
</svg>
${series.length > 1 && legend(drawn)}
<details><summary>As a table</summary><div class="scroll" tabindex="0" role="region" aria-labelledby="${id}-name">${table(drawn)}</div></details>
</figure>`;
}

function legend({ series, kind }: Chart): Html {
  return html`<ul class="legend">${series.map(
    ({ name }, at) =>
      html`<li><svg viewBox="0 0 22 10" aria-hidden="true" width="22" height="10">${
        kind === 'bars'
          ? html`<rect class="s${at}" width="22" height="10"/>`
          : html`<line class="l${at}" x1="0" x2="22" y1="5" y2="5"/>`
      }</svg> ${name}</li>`,
  )}</ul>`;
}

function table({ days, series, show }: Chart): Html {
  const rows = days.map((day, at) => {
    const cells = series.map(({ values }) => {
      const value = values[at];
      return html`<td>${value === undefined ? '–' : show(value)}</td>`;
    });
    return html`<tr><th scope="row">${day}</th>${cells}</tr>\n`;
  });
  return html`<table><thead><tr><th scope="col">Day</th>${series.map(
    ({ name }) => html`<th scope="col">${name}</th>`,
  )}</tr></thead><tbody>
${rows.toReversed()}</tbody></table>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function xOf(at: number, count: number): number {
  return left + (plotWidth * at) / count;
}

/** The first, the middle and the last day: more would stand upon each other. */
function dayLabels(days: readonly string[]): Content {
  const last = days.length - 1;
  return [...new Set([0, Math.round(last / 2), last])].map((at) => {
    const day = days[at];
    if (day === undefined) return '';
    const x = round(xOf(at + 0.5, days.length));
    const anchor = at === 0 ? 'start' : at === last ? 'end' : 'middle';
    const place = at === 0 ? left : at === last ? width - right : x;
    return html`<text class="label" x="${place}" y="${height - 6}" text-anchor="${anchor}">${shortDay(day)}</text>`;
  });
}

function ruler(y: number, words: string): Html {
  return html`<line class="rule" x1="${left}" x2="${width - right}" y1="${round(y)}" y2="${round(y)}"/>
<text class="label" x="${left - 5}" y="${round(y) + 4}" text-anchor="end">${words}</text>
`;
}

/** 1, 2 or 5 times a power of ten, not below the value. */
export function niceCeiling(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

function bars({ days, series, show }: Chart): Html {
  const totals = days.map((_day, at) =>
    series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
  );
  const most = niceCeiling(Math.max(...totals, 0));
  const y = (value: number) => top + plotHeight * (1 - value / most);
  const barWidth = round((plotWidth / Math.max(1, days.length)) * 0.78);
  const drawn = days.map((day, at) => {
    let below = 0;
    const x = round(xOf(at + 0.11, days.length));
    return series.map(({ name, values }, place) => {
      const value = values[at] ?? 0;
      if (value === 0) return '';
      const from = y(below);
      below += value;
      const to = y(below);
      return html`<rect class="s${place}" x="${x}" y="${round(to)}" width="${barWidth}" height="${round(from - to)}"><title>${shortDay(day)}, ${name}: ${show(value)}</title></rect>`;
    });
  });
  const half = most / 2;
  const steps = Number.isInteger(half) ? [0, half, most] : [0, most];
  return html`${steps.map((step) => ruler(y(step), show(step)))}${drawn}`;
}

const secondMs = 1_000;
const timeSteps = [
  100,
  secondMs,
  10 * secondMs,
  60 * secondMs,
  600 * secondMs,
  3_600 * secondMs,
  86_400 * secondMs,
  30 * 86_400 * secondMs,
];

function lines({ days, series, show }: Chart): Html {
  const values = series.flatMap((one) => one.values.filter((value) => value !== undefined));
  const least = timeSteps.findLast((step) => step <= Math.min(...values, secondMs)) ?? 100;
  const most =
    timeSteps.find((step) => step >= Math.max(...values, 10 * secondMs)) ?? Math.max(...values);
  const span = Math.log(most / least);
  const y = (value: number) =>
    top + plotHeight * (1 - Math.log(Math.max(value, least) / least) / span);
  const point = (value: number, at: number) =>
    `${round(xOf(at + 0.5, days.length))},${round(y(value))}`;
  const drawn = series.map(({ values: own }, place) =>
    runs(own).map((run) =>
      run.length === 1 && run[0] !== undefined
        ? html`<circle class="d${place}" cx="${round(xOf(run[0].at + 0.5, days.length))}" cy="${round(y(run[0].value))}" r="2.5"/>`
        : html`<polyline class="l${place}" points="${run.map(({ value, at }) => point(value, at)).join(' ')}"/>`,
    ),
  );
  const steps = timeSteps.filter((step) => step >= least && step <= most);
  return html`${steps.map((step) => ruler(y(step), show(step)))}${drawn}`;
}

interface Point {
  readonly at: number;
  readonly value: number;
}

/** Days without a value break a line: nothing was there, not something in between. */
function runs(values: readonly (number | undefined)[]): readonly (readonly Point[])[] {
  const found: Point[][] = [];
  let isOpen = false;
  for (const [at, value] of values.entries()) {
    if (value === undefined) {
      isOpen = false;
      continue;
    }
    if (isOpen) found.at(-1)?.push({ at, value });
    else found.push([{ at, value }]);
    isOpen = true;
  }
  return found;
}
