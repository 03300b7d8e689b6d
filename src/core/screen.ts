/**
 * Decides by the outer header section whether a mail may ever get an automatic reply.
 *
 * Three verdicts. `machine`: nobody may be answered. `forwarding-hop`: a rule or a server passed the
 * mail on, which the usual rules against auto-responders take for a machine; it may be answered when a
 * genuine notice is inside. `human`: the normal path. Two flat ladders of guards: of the machines the
 * first that hits ends it, and a machine is one whoever passed it on. Of the body nothing is read but
 * what its parts are.
 *
 * RFC 3834 §2, RFC 5230 §4.6. The rules of other systems beside ours: docs/screening.md.
 */
import { looksLikeAutomaticReply } from './automatic-subjects.ts';
import { shownCharsMax } from './limits.ts';
import type { Evidence, Mail } from './mail.ts';
import { shown } from './normalize.ts';
import type { Reason } from './reasons.ts';
import { type Guard, isMicrosoft, isOwnId, type ScreenContext } from './screen-guard.ts';
import { hopGuards } from './screen-hop.ts';
import { machineGuards } from './screen-machine.ts';

export const verdicts = ['human', 'forwarding-hop', 'machine'] as const;
export type Verdict = (typeof verdicts)[number];

export interface Screening {
  readonly verdict: Verdict;
  /** Why a machine; absent for the others. */
  readonly reason?: Reason;
  /** Whether a rule passed on a mail by Microsoft itself, so that the outer author is Microsoft. */
  readonly redirected: boolean;
  /** Whether Microsoft is the outer author. */
  readonly byMicrosoft: boolean;
  /** Whether the mail answers one of our replies. */
  readonly answersOwnReply: boolean;
  /** Whether the subject alone looks like an automatic reply. */
  readonly looksAutomatic: boolean;
  readonly evidence: readonly Evidence[];
}

export function screen(mail: Mail, context: ScreenContext): Screening {
  const evidence: Evidence[] = [];
  const note = (code: string, detail: string): void => {
    evidence.push({ stage: 'screen', code, detail: shown(detail, shownCharsMax) });
  };
  const byMicrosoft = mail.from.some(({ address }) => isMicrosoft(address, context.senderDomains));
  const answersOwnReply = [...mail.inReplyTo, ...mail.references].some((id) =>
    isOwnId(id, context),
  );
  const machine = firstHit(machineGuards, mail, context);
  const hops = machine === undefined ? allHits(hopGuards, mail, context) : [];
  if (machine !== undefined) note(machine.code, machine.saw);
  for (const { code, saw } of hops) note(code, saw);
  if (byMicrosoft) note('author-is-microsoft', mail.from[0]?.address ?? '');
  if (answersOwnReply)
    note('answers-own-reply', 'In-Reply-To or References names one of our replies');
  const looksAutomatic = looksLikeAutomaticReply(mail.subject);
  if (looksAutomatic) note('subject-looks-automatic', mail.subject);
  const verdict: Verdict =
    machine !== undefined ? 'machine' : hops.length > 0 || byMicrosoft ? 'forwarding-hop' : 'human';
  note(verdict, verdictSentence[verdict]);
  return {
    verdict,
    ...(machine === undefined ? {} : { reason: machine.code }),
    redirected: byMicrosoft && hops.length > 0,
    byMicrosoft,
    answersOwnReply,
    looksAutomatic,
    evidence,
  };
}

const verdictSentence: Readonly<Record<Verdict, string>> = {
  human: 'nothing in the header section says that a machine wrote the mail',
  'forwarding-hop': 'a rule or a server passed the mail on',
  machine: 'a machine wrote the mail',
};

interface Hit<Code extends string> {
  readonly code: Code;
  readonly saw: string;
}

function firstHit<Code extends string>(
  guards: readonly Guard<Code>[],
  mail: Mail,
  context: ScreenContext,
): Hit<Code> | undefined {
  for (const { code, saw } of guards) {
    const found = saw(mail, context);
    if (found !== undefined) return { code, saw: found };
  }
  return undefined;
}

function allHits<Code extends string>(
  guards: readonly Guard<Code>[],
  mail: Mail,
  context: ScreenContext,
): readonly Hit<Code>[] {
  return guards.flatMap(({ code, saw }) => {
    const found = saw(mail, context);
    return found === undefined ? [] : [{ code, saw: found }];
  });
}
