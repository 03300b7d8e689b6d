/**
 * The settings that hold for all mailboxes where they stand at the top, and for one where they stand with it:
 * one shape for both places.
 */
import { z } from 'zod';
import { modes } from '../core/policy.ts';
import {
  authservId,
  domain,
  line,
  lines,
  locale,
  oneOf,
  path,
  share,
  timeZone,
  whole,
  yesNo,
} from './settings-values.ts';

export const shared = {
  partner: {
    name: line('the name of the partner, as customers know it'),
    signature: lines('what stands under each reply'),
  },
  mode: oneOf(modes),
  trustedAuthservIds: z.array(authservId()),
  trustedArcSealers: z.array(domain()),
  requireAuthenticated: yesNo(),
  answerColleagues: yesNo(),
  tellAlreadyAnswered: yesNo(),
  locale: locale(),
  timeZone: timeZone(),
  thresholds: { reply: share(), review: share() },
  limits: {
    genericPerAddressPerDay: whole(0, 100, 'replies'),
    perAddressPerDay: whole(1, 1_000, 'replies'),
    perDomainPerHour: whole(1, 10_000, 'replies'),
    perMailboxPerHour: whole(1, 100_000, 'replies'),
  },
  followUp: { afterDays: whole(0, 365, 'days'), remind: yesNo() },
  templatesDir: path('the folder of the templates'),
} as const;

type Shape = Readonly<Record<string, z.ZodType>>;
type Absentable<S extends Shape> = { -readonly [Key in keyof S]: z.ZodExactOptional<S[Key]> };

/** The same shape, where each may be left away. */
function absentable<S extends Shape>(shape: S): Absentable<S> {
  return Object.fromEntries(
    Object.entries(shape).map(([key, value]) => [key, value.exactOptional()]),
  ) as Absentable<S>;
}

const { partner, thresholds, limits, followUp, ...plain } = shared;

/** What a mailbox does not say holds for it as it stands at the top. */
export const ownOfMailbox = {
  ...absentable(plain),
  partner: z.strictObject(absentable(partner)).exactOptional(),
  thresholds: z.strictObject(absentable(thresholds)).exactOptional(),
  limits: z.strictObject(absentable(limits)).exactOptional(),
  followUp: z.strictObject(absentable(followUp)).exactOptional(),
};
