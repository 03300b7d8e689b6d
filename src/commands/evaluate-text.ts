/**
 * An evaluation for the terminal: the figures in tables that fit in 100 columns, then every wrong mail.
 *
 * Every text of a mail is on one line and without control characters before it comes here.
 */
import { actions, reasonSentence } from '../core/reasons.ts';
import {
  type Figures,
  noNotice,
  percent,
  precisionOf,
  recallOf,
  type Share,
} from './evaluate-figures.ts';
import type { JudgedMail } from './evaluate-judge.ts';

/** Names in the first column are cut here: tags of a manifest may be of any length. */
const nameColumns = 40;

/** Groups that are listed; the others are counted. A tag that differs for every mail makes thousands. */
export const shownGroupsMax = 50;

export function evaluationText(figures: Figures): string {
  const blocks = [
    head(figures),
    shareTable('Actions', figures.actions, 'decided'),
    confusionTable(figures),
    shareTable('Notice families', figures.families, 'found'),
    valueTable(figures),
    groupTable(figures),
    ...figures.wrong.map(wrongMail),
  ];
  return `${blocks.filter((block) => block !== '').join('\n')}\n${verdict(figures)}\n`;
}

/** The sentence that matters, first on the page and last on the terminal. */
export function verdict({ wrongReplies, wrong, mails }: Figures): string {
  const right = mails - wrong.length;
  return `Wrong replies: ${wrongReplies}. As labelled: ${right} of ${mails}.`;
}

/** `2,148 mails in 4.1 s (523 a second, 2 worker threads)`, without separators. */
export function pace({ mails, seconds, workers }: Figures): string {
  const rate = seconds === 0 ? mails : mails / seconds;
  const threads = workers === 0 ? '' : `, ${workers} worker thread${workers === 1 ? '' : 's'}`;
  return `${mails} ${mails === 1 ? 'mail' : 'mails'} in ${seconds.toFixed(1)} s (${rate.toFixed(0)} a second${threads})`;
}

function head(figures: Figures): string {
  const { title, wrongReplies, passedOver, wrong, exceptions, unreadable, slowest } = figures;
  const rows = [
    ['Wrong replies:', String(wrongReplies)],
    ['Passed over:', String(passedOver)],
    ['Wrong mails:', String(wrong.length)],
    ['Exceptions:', String(exceptions)],
    ['Unreadable files:', String(unreadable)],
    ...(slowest === undefined
      ? []
      : [['Slowest:', `${slowest.ms.toFixed(0)} ms, ${slowest.file}`]]),
  ];
  const lines = rows.map(([name = '', value = '']) => `${name.padEnd(18)} ${value}\n`);
  return `${title}: ${pace(figures)}\n\n${lines.join('')}`;
}

function shareTable(title: string, shares: readonly Share[], found: string): string {
  return table(
    [title, 'labelled', found, 'right', 'precision', 'recall'],
    shares.map((share) => [
      share.name,
      ...[share.labelled, share.found, share.right].map(String),
      percent(precisionOf(share)),
      percent(recallOf(share)),
    ]),
  );
}

function confusionTable({ confusion }: Figures): string {
  return table(
    ['Labelled as, decided as', ...actions],
    confusion.map(({ labelled, decided }) => [labelled, ...decided.map(String)]),
  );
}

function valueTable({ values }: Figures): string {
  return table(
    ['Values', 'labelled', 'right', 'share'],
    values.map(({ path, labelled, right }) => [
      path,
      String(labelled),
      String(right),
      percent(right / labelled),
    ]),
  );
}

function groupTable({ groups }: Figures): string {
  const left = groups.length - shownGroupsMax;
  const rows = groups
    .slice(0, shownGroupsMax)
    .map(({ name, mails, wrong, decided }) => [name, ...[mails, wrong, ...decided].map(String)]);
  const more = left > 0 ? `and ${left} more kinds of mail\n` : '';
  return table(['Kind of mail', 'mails', 'wrong', ...actions], rows) + more;
}

/** The first column to the left, numbers to the right; nothing where there are no rows. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const all = [header, ...rows].map(([name = '', ...cells]) => [cut(name), ...cells]);
  const widths = header.map((_, column) =>
    Math.max(...all.map((cells) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(Math.max(width, 8));
      })
      .join('  ');
  return all.map((cells) => `${line(cells)}\n`).join('');
}

function cut(name: string): string {
  return name.length <= nameColumns ? name : `${name.slice(0, nameColumns - 1)}…`;
}

function wrongMail(mail: JudgedMail): string {
  const misses = mail.misses.map(
    ({ path, expected, found }) => `  ${path}: expected ${expected}, found ${found}\n`,
  );
  const evidence = mail.evidence?.map(
    ({ stage, code, detail }) => `    ${stage.padEnd(13)} ${code}: ${detail}\n`,
  );
  return [
    `WRONG${mail.isWrongReply ? ' REPLY' : ''}: ${mail.file}\n`,
    ...misses,
    `  decided ${mail.action} (${mail.reason}), ${mail.family ?? noNotice}\n`,
    `  ${reasonSentence(mail.reason)}\n`,
    ...(evidence ?? ['    (the evidence of so many is left out: see `classify`)\n']),
  ].join('');
}
