/**
 * An evaluation as one page that a desk lead can read: no script, nothing from elsewhere.
 *
 * Labels and evidence carry what strangers wrote. Every text goes through `escapeHtml` by way of the
 * `html` tag, no link is made of it, and the page's own policy forbids whatever would still get through.
 */

import { actions, reasonSentence } from '../core/reasons.ts';
import { escapeHtml } from '../core/render-html.ts';
import {
  type Figures,
  noNotice,
  percent,
  precisionOf,
  recallOf,
  type Share,
} from './evaluate-figures.ts';
import { evaluationStyle } from './evaluate-html-style.ts';
import type { JudgedMail } from './evaluate-judge.ts';
import { notReply } from './evaluate-label.ts';
import { pace, shownGroupsMax, verdict } from './evaluate-text.ts';

/** Text that is HTML already. Only `html` makes it. */
class Markup {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

type Content = string | number | Markup | readonly Content[];

/** A piece of the page. Whatever is put in is escaped, unless it came from here. */
function html(pieces: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const filled = pieces.map((piece, index) => `${piece}${sourceOf(contents[index] ?? '')}`);
  return new Markup(filled.join(''));
}

function sourceOf(content: Content): string {
  if (content instanceof Markup) return content.source;
  if (typeof content === 'object') return content.map(sourceOf).join('');
  return escapeHtml(String(content));
}

/** The page. `at` is when the evaluation was made. */
export function evaluationPage(figures: Figures, at: Date): string {
  const { wrong } = figures;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Evaluation of ${figures.title}</title>
<style>${new Markup(evaluationStyle)}</style>
</head>
<body>
<main>
<h1>Evaluation of <bdi>${figures.title}</bdi></h1>
<p>${pace(figures)}, on ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC.</p>
${summary(figures)}
${actionSection(figures)}
${familySection(figures)}
${valueSection(figures)}
${groupSection(figures)}
<h2 id="wrong">Wrong mails</h2>
${wrong.length === 0 ? html`<p>None: every mail was decided as labelled.</p>` : wrongSection(wrong)}
</main>
</body>
</html>
`.source;
}

function summary(figures: Figures): Markup {
  const { wrongReplies, passedOver, wrong, exceptions, unreadable, slowest } = figures;
  const state = wrongReplies > 0 ? 'bad' : wrong.length > 0 ? 'fair' : 'good';
  return html`<p class="verdict ${state}"><strong>${verdict(figures)}</strong></p>
<dl>
${stat('Wrong replies', wrongReplies, 'Answers that would have gone out against the label: to a mail that must not be answered, or about the wrong notice, customer or situation, or to another address. This must be 0.')}
${stat('Passed over', passedOver, 'Mails that are labelled for a reply or for the desk, and would have been ignored or suppressed.')}
${stat('Wrong mails', wrong.length, 'Mails of which anything differs from the label. Each is below, with what was seen.')}
${stat('Exceptions', exceptions, 'Mails at which the program failed. They would go to the desk; please report them.')}
${stat('Unreadable files', unreadable, 'Files of the manifest that could not be read. They count as wrong and are in no other figure.')}
${slowest === undefined ? '' : stat('Slowest', `${slowest.ms.toFixed(0)} ms`, slowest.file)}
</dl>`;
}

function stat(name: string, value: string | number, meaning: string): Markup {
  return html`<div><dt>${name}</dt><dd><b>${value}</b><span>${meaning}</span></dd></div>
`;
}

function actionSection({ actions: shares, confusion }: Figures): Markup {
  if (shares.length === 0) return html``;
  return html`<h2>What was decided</h2>
<p><b>Precision</b> answers: when it decided so, how often was that right? <b>Recall</b> answers: of those that are
labelled so, how many did it find? Low precision of <code>reply</code> embarrasses the desk; low recall leaves
to it what could have been answered.</p>
${shareTable('Actions', 'Action', shares, 'Decided')}
${table(
  'Labelled action (rows) and what was decided instead (columns)',
  ['Labelled', ...actions],
  confusion.map(({ labelled, decided }) => [
    labelled,
    ...decided.map((mails, index) => confusionCell(labelled, { mails, action: actions[index] })),
  ]),
)}
${confusion.some(({ labelled }) => labelled === notReply) ? html`<p>“${notReply}” are mails of which the label only says that they must not be answered.</p>` : ''}`;
}

function confusionCell(
  labelled: string,
  { mails, action }: { readonly mails: number; readonly action: string | undefined },
): Content {
  const isRight = labelled === action || (labelled === notReply && action !== 'reply');
  if (mails === 0) return mails;
  return isRight ? html`<b>${mails}</b>` : html`<strong class="miss">${mails}</strong>`;
}

function familySection({ families }: Figures): Markup {
  if (families.length === 0) return html``;
  return html`<h2>What was recognised</h2>
<p>The kind of notice found in each mail whose label names one, or says that there is none.</p>
${shareTable('Notice families', 'Family', families, 'Found')}`;
}

function valueSection({ values }: Figures): Markup {
  if (values.length === 0) return html``;
  return html`<h2>What was read</h2>
<p>Single values that labels give: in how many mails each was read exactly as labelled.</p>
${table(
  'Values',
  ['Value', 'Labelled', 'Right', 'Share'],
  values.map(({ path, labelled, right }) => [path, labelled, right, percent(right / labelled)]),
)}`;
}

function groupSection({ groups }: Figures): Markup {
  if (groups.length === 0) return html``;
  const left = groups.length - shownGroupsMax;
  return html`<h2>By kind of mail</h2>
<p>The kinds are those that the manifest names; a mail may be of several.</p>
${table(
  'Kinds of mail and what was decided',
  ['Kind of mail', 'Mails', 'Wrong', ...actions],
  groups
    .slice(0, shownGroupsMax)
    .map(({ name, mails, wrong, decided }) => [name, mails, wrong, ...decided]),
)}
${left > 0 ? html`<p>And ${left} more kinds.</p>` : ''}`;
}

function shareTable(
  caption: string,
  name: string,
  shares: readonly Share[],
  found: string,
): Markup {
  return table(
    caption,
    [name, 'Labelled', found, 'Right', 'Precision', 'Recall'],
    shares.map((share) => [
      share.name,
      share.labelled,
      share.found,
      share.right,
      percent(precisionOf(share)),
      percent(recallOf(share)),
    ]),
  );
}

/** A wide table scrolls by itself, with the keyboard too, so that the page never does. */
function table(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly Content[])[],
): Markup {
  return html`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${header.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([
    name = '',
    ...cells
  ]) => html`<tr><th scope="row"><bdi>${name}</bdi></th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
)}</tbody>
</table></div>`;
}

/** Wrong replies first: nobody should have to look for them. */
function wrongSection(wrong: readonly JudgedMail[]): Markup {
  const isOpen = wrong.length === 1;
  const sorted = wrong.toSorted((a, b) => Number(b.isWrongReply) - Number(a.isWrongReply));
  return html`<p>Open one to see what was expected, what was decided, and what each stage saw.</p>
${sorted.map((mail) => wrongMail(mail, isOpen ? html` open` : html``))}`;
}

function wrongMail(mail: JudgedMail, open: Markup): Markup {
  return html`<details${open}>
<summary>${mail.isWrongReply ? html`<strong class="miss">wrong reply</strong> ` : ''}<bdi>${mail.file}</bdi>
<small>${mail.action}, ${mail.reason}</small></summary>
${mail.misses.length === 0 ? '' : missTable(mail)}
<p>Decided: <b>${mail.action}</b> (<code>${mail.reason}</code>), ${mail.family ?? noNotice}.
${reasonSentence(mail.reason)}</p>
${mail.evidence === undefined ? html`<p>The evidence of so many is left out: see <code>classify</code>.</p>` : evidenceList(mail.evidence)}
</details>
`;
}

function missTable({ misses }: JudgedMail): Markup {
  return html`<ul class="misses">
${misses.map(
  ({
    path,
    expected,
    found,
  }) => html`<li><code>${path}</code>: expected <bdi>${expected}</bdi>, found
<bdi>${found}</bdi></li>
`,
)}</ul>`;
}

function evidenceList(evidence: NonNullable<JudgedMail['evidence']>): Markup {
  return html`<ol class="evidence">
${evidence.map(
  ({
    stage,
    code,
    detail,
  }) => html`<li><span>${stage}</span> <code>${code}</code>: <bdi>${detail}</bdi></li>
`,
)}</ol>`;
}
