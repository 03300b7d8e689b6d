/**
 * What a settlement of the desk proves about its mail, in the words of a manifest for `evaluate`.
 *
 * Only what is firm: that somebody answered a mail otherwise, or that no answer was needed, proves nothing about it.
 */
import type { SettledCase } from '../ports/desk-store.ts';

/** Without its file: undefined where nothing is proven. */
export function correctionOf({
  settlement,
  chosen,
}: Pick<SettledCase, 'settlement' | 'chosen'>): Readonly<Record<string, unknown>> | undefined {
  switch (settlement.kind) {
    case 'approved':
    case 'edited':
    case 'rerouted':
      return {
        action: 'reply',
        ...(chosen.customerId === undefined ? {} : { customer: chosen.customerId }),
        ...(chosen.scenario === undefined ? {} : { scenario: chosen.scenario }),
        tags: [settlement.kind],
      };
    case 'dismissed':
      return dismissed(settlement);
    case 'answered':
    case 'arrived':
    case 'sent-again':
      return undefined;
    default:
      return settlement.kind satisfies never;
  }
}

function dismissed({
  dismissal,
}: SettledCase['settlement']): Readonly<Record<string, unknown>> | undefined {
  switch (dismissal) {
    case 'not-a-notice':
      return { action: 'ignore', tags: [dismissal] };
    case 'spam-or-phishing':
      return { reply: false, tags: [dismissal] };
    case 'not-a-customer':
      return { customer: null, tags: [dismissal] };
    case 'no-answer-needed':
    case 'answered-elsewhere':
    case 'duplicate':
    case 'other':
    case undefined:
      return undefined;
    default:
      return dismissal satisfies never;
  }
}
