/**
 * The figures of an evaluation, once for the terminal and the page.
 *
 * Precision: of what was decided so, the share that is labelled so. Recall: of what is labelled so, the
 * share that was decided so. Files that could not be read are in neither; they count as wrong.
 */
import { type Action, actions } from '../core/reasons.ts';
import type { JudgedMail } from './evaluate-judge.ts';
import { notReply } from './evaluate-label.ts';
import type { Run } from './evaluate-run.ts';

/** How well one action or family was met. */
export interface Share {
  readonly name: string;
  readonly labelled: number;
  readonly found: number;
  readonly right: number;
}

export interface Confusion {
  readonly labelled: string;
  /** Mails by the action that was decided, in the order of `actions`. */
  readonly decided: readonly number[];
}

export interface GroupFigures {
  readonly name: string;
  readonly mails: number;
  readonly wrong: number;
  readonly decided: readonly number[];
}

export interface Figures {
  /** What was evaluated: the manifest, as named. */
  readonly title: string;
  readonly mails: number;
  readonly seconds: number;
  readonly workers: number;
  readonly wrongReplies: number;
  /** Labelled `reply` or `review`, and decided `suppress` or `ignore`: nobody would have looked. */
  readonly passedOver: number;
  readonly exceptions: number;
  readonly unreadable: number;
  readonly slowest: JudgedMail | undefined;
  readonly actions: readonly Share[];
  readonly families: readonly Share[];
  readonly confusion: readonly Confusion[];
  /** Every other value that labels give, in the order in which they first appear: labelled and right. */
  readonly values: readonly { readonly path: string; labelled: number; right: number }[];
  readonly groups: readonly GroupFigures[];
  readonly wrong: readonly JudgedMail[];
}

/** How a mail without a notice is called in the table of families. */
export const noNotice = '(no notice)';

export function figuresOf(title: string, { mails, seconds, workers }: Run): Figures {
  const decided = mails.filter(({ failure }) => failure !== 'unreadable');
  const count = (isIt: (mail: JudgedMail) => boolean) => mails.filter(isIt).length;
  return {
    title,
    mails: mails.length,
    seconds,
    workers,
    wrongReplies: count(({ isWrongReply }) => isWrongReply),
    passedOver: count(isPassedOver),
    exceptions: count(({ failure }) => failure === 'exception'),
    unreadable: count(({ failure }) => failure === 'unreadable'),
    slowest: mails.reduce<JudgedMail | undefined>(
      (slowest, mail) => (slowest === undefined || mail.ms > slowest.ms ? mail : slowest),
      undefined,
    ),
    actions: actionShares(decided),
    families: familyShares(decided),
    confusion: confusionOf(decided),
    values: valueShares(decided),
    groups: groupFigures(mails),
    wrong: mails.filter(({ isWrong }) => isWrong),
  };
}

/** 0 to 1; undefined where there is nothing to divide by. */
export function precisionOf({ found, right }: Share): number | undefined {
  return found === 0 ? undefined : right / found;
}

/** 0 to 1; undefined where there is nothing to divide by. */
export function recallOf({ labelled, right }: Share): number | undefined {
  return labelled === 0 ? undefined : right / labelled;
}

/** 97.6 %, cut and never rounded up: only what is whole is 100 %. */
export function percent(share: number | undefined): string {
  return share === undefined ? 'n/a' : `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`;
}

function isPassedOver({ labelledAction, action }: JudgedMail): boolean {
  const isForSomebody = labelledAction === 'reply' || labelledAction === 'review';
  return isForSomebody && (action === 'suppress' || action === 'ignore');
}

function actionShares(mails: readonly JudgedMail[]): readonly Share[] {
  const isExact = ({ labelledAction }: JudgedMail) =>
    labelledAction !== undefined && labelledAction !== notReply;
  return actions.flatMap((name) => {
    // `not reply` says what is wrong about a reply, and leaves open which other action is right.
    const judged = mails.filter((mail) =>
      name === 'reply' ? mail.labelledAction !== undefined : isExact(mail),
    );
    return shareOf(name, judged, {
      isLabelled: ({ labelledAction }) => labelledAction === name,
      isFound: ({ action }) => action === name,
    });
  });
}

function familyShares(mails: readonly JudgedMail[]): readonly Share[] {
  const judged = mails.filter(({ labelledFamily }) => labelledFamily !== undefined);
  const families = new Set(judged.flatMap((mail) => [mail.labelledFamily ?? null, mail.family]));
  return [...families]
    .sort((a, b) => ((a ?? '\uffff') < (b ?? '\uffff') ? -1 : 1))
    .flatMap((family) =>
      shareOf(family ?? noNotice, judged, {
        isLabelled: ({ labelledFamily }) => labelledFamily === family,
        isFound: (mail) => mail.family === family,
      }),
    );
}

/** No share where nothing is labelled so and nothing was found so. */
function shareOf(
  name: string,
  mails: readonly JudgedMail[],
  is: Readonly<Record<'isLabelled' | 'isFound', (mail: JudgedMail) => boolean>>,
): readonly Share[] {
  const labelled = mails.filter(is.isLabelled);
  const found = mails.filter(is.isFound).length;
  if (labelled.length === 0 && found === 0) return [];
  return [{ name, labelled: labelled.length, found, right: labelled.filter(is.isFound).length }];
}

function confusionOf(mails: readonly JudgedMail[]): readonly Confusion[] {
  return [...actions, notReply].flatMap((labelled) => {
    const row = mails.filter(({ labelledAction }) => labelledAction === labelled);
    return row.length === 0 ? [] : [{ labelled, decided: byAction(row) }];
  });
}

function byAction(mails: readonly JudgedMail[]): readonly number[] {
  return actions.map((name: Action) => mails.filter(({ action }) => action === name).length);
}

function valueShares(mails: readonly JudgedMail[]): Figures['values'] {
  const shares = new Map<string, { path: string; labelled: number; right: number }>();
  for (const [path, isRight] of mails.flatMap(({ values }) => values)) {
    const share = shares.get(path) ?? { path, labelled: 0, right: 0 };
    share.labelled += 1;
    if (isRight) share.right += 1;
    shares.set(path, share);
  }
  return [...shares.values()];
}

function groupFigures(mails: readonly JudgedMail[]): readonly GroupFigures[] {
  const groups = new Map<string, JudgedMail[]>();
  for (const mail of mails) {
    for (const name of mail.groups) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [mail]);
      else group.push(mail);
    }
  }
  return [...groups]
    .map(([name, members]) => ({
      name,
      mails: members.length,
      wrong: members.filter(({ isWrong }) => isWrong).length,
      decided: byAction(members),
    }))
    .sort((a, b) => b.wrong - a.wrong || b.mails - a.mails || (a.name < b.name ? -1 : 1));
}
