/**
 * Whether a mailbox is looked at as it should be: "connected" is no answer, only a look that succeeded is one.
 */

/** What is noted of the watch of a mailbox. */
export interface NotedWatch {
  readonly lastLookAt?: Date;
  readonly troubledSince?: Date;
  readonly trouble?: string;
}

export type Look =
  | { readonly kind: 'fresh'; readonly seconds: number }
  /** Trouble that outlasts a poll. */
  | { readonly kind: 'troubled'; readonly seconds: number; readonly why: string }
  /** `seconds` since the last look; absent where there was none. */
  | { readonly kind: 'silent'; readonly seconds?: number; readonly secondsMax: number };

/** So many polls may fail before it counts: one is lost now and then to a restart or a slow server. */
export const pollsMissedMax = 3;
/** How much later than the look itself the store knows of it, and how long a look may take. */
export const lookSlackSeconds = 20;

export function lookOf(watch: NotedWatch, pollSeconds: number, now: Date): Look {
  const { lastLookAt, troubledSince, trouble } = watch;
  const troubled = secondsSince(troubledSince, now);
  if (troubled !== undefined && troubled > pollSeconds)
    return { kind: 'troubled', seconds: troubled, why: trouble ?? '' };
  const secondsMax = pollsMissedMax * pollSeconds + lookSlackSeconds;
  const seconds = secondsSince(lastLookAt, now);
  if (seconds !== undefined && seconds <= secondsMax) return { kind: 'fresh', seconds };
  return { kind: 'silent', secondsMax, ...(seconds === undefined ? {} : { seconds }) };
}

function secondsSince(at: Date | undefined, now: Date): number | undefined {
  return at === undefined
    ? undefined
    : Math.max(0, Math.round((now.getTime() - at.getTime()) / 1_000));
}
