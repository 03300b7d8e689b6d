/**
 * What the main thread and a thread that decides tell each other.
 */
import type { DecidedMail, Judging } from '../core/decide-mail.ts';
import type { Decision } from '../core/decision.ts';
import type { Mail } from '../core/mail.ts';
import type { MatchKeys } from '../core/match.ts';
import type { NoticeCatalog } from '../core/notice.ts';
import type { Policy } from '../core/policy.ts';

/** What the stages know of the settings; told once, then named by its number. */
export interface Knowledge {
  readonly policy: Policy;
  readonly catalog: NoticeCatalog;
}

/** A look-up that only the main thread can do. */
export type Question =
  | { readonly of: 'candidates'; readonly keys: MatchKeys }
  | { readonly of: 'similar'; readonly name: string }
  | { readonly of: 'signatures'; readonly mail: Mail };

export type Answer =
  | Awaited<ReturnType<Judging['findCandidates']>>
  | Awaited<ReturnType<Judging['findSimilar']>>
  | Awaited<ReturnType<NonNullable<Judging['verify']>>>;

export type ToThread =
  | { readonly kind: 'knowledge'; readonly number: number; readonly knowledge: Knowledge }
  | {
      readonly kind: 'decide';
      readonly mail: number;
      readonly knowledge: number;
      readonly raw: Uint8Array;
      readonly complete: boolean;
      readonly now: Date;
      readonly verifies: boolean;
    }
  | { readonly kind: 'answer'; readonly question: number; readonly answer: Answer }
  /** The look-up failed: the main thread knows why. */
  | { readonly kind: 'no-answer'; readonly question: number };

export type FromThread =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'question';
      readonly mail: number;
      readonly number: number;
      readonly question: Question;
    }
  | {
      readonly kind: 'decided';
      readonly mail: number;
      readonly decided: DecidedMail;
      readonly decision: Decision;
    }
  /** A fault of ours, or a look-up that failed. An assertion is told apart: no other attempt helps. */
  | {
      readonly kind: 'threw';
      readonly mail: number;
      readonly error: Error;
      readonly isAssertion: boolean;
    };
