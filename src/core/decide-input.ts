/**
 * What `decide` is given: the results of all stages before it.
 */
import type { Authenticated } from './authenticate.ts';
import type { Bounce } from './bounce.ts';
import type { Classification } from './classify.ts';
import type { Judgement } from './genuineness.ts';
import type { Evidence, Mail } from './mail.ts';
import type { MatchResult } from './match.ts';
import type { NoticeCatalog, NoticeFields } from './notice.ts';
import type { Policy } from './policy.ts';
import type { Screening } from './screen.ts';
import type { Unwrapped } from './unwrap.ts';

export interface DecideInput {
  readonly mail: Mail;
  readonly screening: Screening;
  /** What the mail says became of one of our replies, where it is a delivery report about one. */
  readonly bounce?: Bounce;
  /** The case whose reply the mail answers, carries or quotes, as the signature says. */
  readonly answeredCaseId?: string;
  /** Whether our reply itself is in it, attached or quoted with its Message-ID. */
  readonly carriesOwnReply: boolean;
  readonly authentication: Authenticated;
  readonly unwrapped: Unwrapped;
  readonly classification: Classification;
  /** The rest exists only where a notice was recognised. */
  readonly judgement?: Judgement;
  /** Whether a signature proves the notice Microsoft's. */
  readonly isNoticeProven?: boolean;
  readonly notice?: NoticeFields;
  /** Fields of the other notices in the same mail. */
  readonly otherNotices: readonly NoticeFields[];
  readonly match?: MatchResult;
  readonly policy: Policy;
  readonly catalog: NoticeCatalog;
  readonly now: Date;
  /** What the stages saw, in their order. */
  readonly evidence: readonly Evidence[];
}
