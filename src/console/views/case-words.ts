/**
 * What actions, states of replies and scenarios are called on the screen.
 */
import type { Scenario } from '../../core/decision.ts';
import type { Action } from '../../core/reasons.ts';
import type { ReplyState } from '../../ports/states.ts';
import { type Html, html } from '../html.ts';
import { scenarioNames } from './words.ts';

export const actionWords: Readonly<Record<Action, string>> = {
  reply: 'answered by itself',
  review: 'given to the desk',
  suppress: 'not answered',
  ignore: 'left alone',
};

interface StateWords {
  readonly words: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
}

export const replyStateWords: Readonly<Record<ReplyState, StateWords>> = {
  pending: { words: 'reply waits to be sent', tone: 'plain' },
  sending: { words: 'reply is being sent', tone: 'plain' },
  sent: { words: 'reply sent', tone: 'good' },
  unconfirmed: { words: 'reply unconfirmed', tone: 'warn' },
  undeliverable: { words: 'reply came back', tone: 'bad' },
  rejected: { words: 'reply refused', tone: 'bad' },
  withdrawn: { words: 'reply withdrawn', tone: 'plain' },
};

/** The names of the review, within a sentence or a list. */
export const scenarioWords = Object.fromEntries(
  Object.entries(scenarioNames).map(([scenario, name]) => [
    scenario,
    `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
  ]),
) as Readonly<Record<Scenario, string>>;

export function badge(words: string, tone: StateWords['tone']): Html {
  return tone === 'plain'
    ? html`<span class="badge">${words}</span>`
    : html`<span class="badge ${tone}">${words}</span>`;
}

export function replyStateBadge(state: ReplyState): Html {
  const { words, tone } = replyStateWords[state];
  return badge(words, tone);
}
