/**
 * The demo's table: what came of each sample, and where it differs from what the sample declares.
 */
import type { Sample } from './samples.ts';

/** What came of one mail. */
export interface DemoOutcome {
  readonly from: string;
  readonly action: string;
  readonly reason: string;
  readonly family?: string;
  readonly customer?: string;
  readonly scenario?: string;
  /** From the mail's arrival in the mailbox to the first reply's arrival at the SMTP server. */
  readonly replyMs?: number;
  /** Every recipient of every reply. */
  readonly repliesTo: readonly string[];
  /** Flags on the server, afterwards. */
  readonly flags: readonly string[];
}

/** Where an outcome differs from what its sample declares; one sentence each. */
export function differences({ expect, replyTo }: Sample, outcome: DemoOutcome): readonly string[] {
  const declared = Object.entries(expect) as [keyof Sample['expect'], string][];
  const differing = declared
    .filter(([key, value]) => outcome[key] !== value)
    .map(([key, value]) => `${key} is ${outcome[key] ?? 'absent'}, expected ${value}`);
  const isAnswered = outcome.flags.includes('\\Answered');
  const wasSent = outcome.repliesTo.length > 0;
  const recipients = expect.action === 'reply' ? [replyTo ?? outcome.from] : [];
  if (outcome.repliesTo.join() !== recipients.join())
    differing.push(
      `replies went to ${outcome.repliesTo.join(', ') || 'nobody'}, expected ${recipients.join(', ') || 'nobody'}`,
    );
  if (isAnswered !== wasSent)
    differing.push(isAnswered ? 'it is marked \\Answered' : 'it is not marked \\Answered');
  if (!wasSent && outcome.flags.length > 0)
    differing.push(`it carries the flags ${outcome.flags.join(' ')}`);
  return differing;
}

export interface Row {
  readonly sample: string;
  readonly outcome: DemoOutcome;
  readonly differences: readonly string[];
}

const columns = [
  '',
  'mail',
  'from',
  'recognised as',
  'customer',
  'scenario',
  'action (reason)',
  'reply after',
] as const;
const cellCharsMax = 44;

export function formatRows(rows: readonly Row[]): string {
  const table = [columns.map(String), ...rows.map(cellsOf)];
  const widths = columns.map((_, index) =>
    Math.max(...table.map((cells) => cells[index]?.length ?? 0)),
  );
  return table
    .map(
      (cells) =>
        `${cells
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function cellsOf({ sample, outcome, differences: found }: Row): string[] {
  return [
    found.length === 0 ? 'ok' : 'NO',
    sample,
    outcome.from,
    outcome.family ?? '-',
    outcome.customer ?? '-',
    outcome.scenario ?? '-',
    `${outcome.action} (${outcome.reason})`,
    outcome.replyMs === undefined ? '-' : `${outcome.replyMs} ms`,
  ].map((cell) => (cell.length <= cellCharsMax ? cell : `${cell.slice(0, cellCharsMax - 1)}…`));
}
