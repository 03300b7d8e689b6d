/**
 * Packs: several jobs of one kind and one mailbox in one job of BullMQ, since a queue costs more than deciding about
 * a newsletter or marking a mail does.
 *
 * Each job of a pack runs for itself; those that fail come back as jobs of their own, with all their attempts. A
 * worker of the version before takes only the first; the sweep finds the others.
 */
import { createHash } from 'node:crypto';
import type { Job, JobKind } from '../ports.ts';

/** What BullMQ keeps of a job: the cases of `more` are to be run with it. */
export interface PackedJob extends Job {
  readonly more?: readonly string[];
}

/** So few that a burst is shared out among workers, and that a pack is done long before it counts as stalled. */
const casesMax: Readonly<Record<JobKind, number>> = { handle: 16, deliver: 1, mark: 50 };

/** Jobs of one queue as packs of about the same size; those that must run alone stay as they are. */
export function packed(jobs: readonly Job[]): readonly PackedJob[] {
  const alone = jobs.filter((job) => job.together !== true);
  const others = jobs.filter((job) => job.together === true);
  const packs: PackedJob[] = alone.map(bare);
  const [first] = others;
  if (first === undefined) return packs;
  const count = Math.ceil(others.length / casesMax[first.kind]);
  const size = Math.ceil(others.length / count);
  for (let start = 0; start < others.length; start += size) {
    const [head = first, ...rest] = others.slice(start, start + size);
    const more = rest.map(({ caseId }) => caseId);
    packs.push(more.length === 0 ? bare(head) : { ...bare(head), more });
  }
  return packs;
}

/** The jobs of a pack, in their order. */
export function unpacked(job: PackedJob): readonly Job[] {
  return [bare(job), ...(job.more ?? []).map((caseId) => ({ ...bare(job), caseId }))];
}

function bare({ kind, caseId, mailbox }: Job): Job {
  return { kind, caseId, mailbox };
}

/** Without a colon, and never a number: BullMQ has those for itself. */
export function jobId({ kind, caseId, more }: PackedJob): string {
  if (more === undefined) return `${kind}-${encodeURIComponent(caseId)}`;
  const cases = createHash('sha256').update(JSON.stringify([caseId, ...more]));
  return `${kind}-pack-${cases.digest('hex').slice(0, 32)}`;
}
