/**
 * `explain`: a case line by line, from what is stored; or the cases that wait for the desk.
 */
import { authorOf, describeCase, oneLine } from '../console/explanation.ts';
import { reasonSentence } from '../core/reasons.ts';
import { ResponderError } from '../errors.ts';
import type { TemplateRefusal } from '../ports/templates.ts';
import type { Store, StoredCase } from '../ports.ts';
import { settingsFor } from './command-settings.ts';
import { holdLine } from './holds.ts';
import type { CommandIo } from './io.ts';
import { withStore } from './with-store.ts';

export interface ExplainOptions {
  readonly id?: string;
  readonly waiting?: boolean;
  readonly config?: string;
}

const waitingMax = 200;

export async function explainCommand(options: ExplainOptions, io: CommandIo): Promise<number> {
  if (options.id === undefined && options.waiting !== true) {
    throw new ResponderError(
      'USAGE',
      'Name a case id or a Message-ID, or list the waiting cases with --waiting.',
    );
  }
  if (options.id !== undefined && options.waiting === true) {
    throw new ResponderError('USAGE', 'Name a case, or list the waiting ones: not both at once.');
  }
  const settings = settingsFor(options, io, 'store');
  return withStore(settings, async (store) => {
    if (options.id === undefined) {
      io.stdout.write(await describeWaiting(store));
      return 0;
    }
    const found = await store.findCase(options.id);
    if (found === undefined) {
      throw new ResponderError(
        'CASE_NOT_FOUND',
        `No case “${options.id}”: no such mail was taken in.`,
      );
    }
    io.stdout.write(describeCase(found, await store.listSettlements(found.caseId)));
    return 0;
  });
}

/** What the desk has to do: first what keeps replies from going out at all. */
async function describeWaiting(store: Store): Promise<string> {
  const holds = await store.listHolds();
  const refusals = await store.listTemplateRefusals();
  const waiting = await store.listWaiting(waitingMax);
  const held =
    holds.length === 0 ? '' : `Held back (see holds):\n${holds.map(holdLine).join('')}\n`;
  const cases =
    waiting.length === 0 ? 'Nothing waits for the desk.\n' : waiting.map(waitingLine).join('');
  return held + refusals.map(refusalText).join('') + cases;
}

/** The worker goes on with the last good version, so nothing else shows that an edit is not in use. */
function refusalText({ place, at, problems }: TemplateRefusal): string {
  const some = problems.slice(0, problemsShownMax).map((problem) => `    ${oneLine(problem)}\n`);
  const more = problems.length - some.length;
  const rest = more > 0 ? `    and ${more} more (templates check)\n` : '';
  return `The templates in ${place} were edited and are not in use, since ${at.toISOString()}:\n${some.join('')}${rest}\n`;
}

const problemsShownMax = 5;

function waitingLine(stored: StoredCase): string {
  const { caseId, receivedAt, subject, reason, action, followUp } = stored;
  const isOverdue = followUp?.state === 'told' || followUp?.state === 'reminded';
  const lines = [
    ...(isOverdue
      ? [`overdue since ${followUp.dueAt.toISOString()}: ${oneLine(followUp.detail)}`]
      : []),
    ...(isOverdue && action === 'reply' ? [] : [`${reason}: ${reasonSentence(reason)}`]),
  ];
  const head = `${caseId}  ${receivedAt.toISOString()}  ${authorOf(stored)}  ${subject}\n`;
  return head + lines.map((text) => `    ${text}\n`).join('');
}
