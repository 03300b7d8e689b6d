/**
 * The sample desk: mails written by us, what must come of each, and the customers they belong to.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Customer, SubscriptionTransition } from '../core/customer.ts';
import { scenarios } from '../core/decision.ts';
import { actions } from '../core/reasons.ts';

export const samplesFolder = fileURLToPath(new URL('./samples/', import.meta.url));

const sampleSchema = z.strictObject({
  file: z.string(),
  title: z.string(),
  /** Where the reply goes when not to the mail's author. */
  replyTo: z.string().optional(),
  expect: z.strictObject({
    action: z.enum(actions),
    reason: z.string().optional(),
    family: z.string().optional(),
    customer: z.string().optional(),
    scenario: z.enum(scenarios).optional(),
  }),
});

export type Sample = z.infer<typeof sampleSchema>;

export async function loadSamples(): Promise<readonly Sample[]> {
  const text = await readFile(join(samplesFolder, 'samples.yaml'), 'utf8');
  return z.array(sampleSchema).parse(parse(text));
}

/** The day the samples were written for: their records' dates are moved so that today is that day. */
const writtenFor = '2026-11-23';

/** Moves the dates of the records, so that what was ahead when they were written still is. */
export function moveToToday(customers: readonly Customer[], today: string): Customer[] {
  const shiftMs = Date.parse(today) - Date.parse(writtenFor);
  const move = (day: string | undefined): string | undefined =>
    day === undefined
      ? undefined
      : new Date(Date.parse(day) + shiftMs).toISOString().slice(0, 'YYYY-MM-DD'.length);
  return customers.map((customer) => ({
    ...customer,
    subscriptions: customer.subscriptions.map((subscription): SubscriptionTransition => {
      const renews = move(subscription.advisorRenewsOn);
      const ends = move(subscription.advisorEndsOn);
      return {
        ...subscription,
        ...(renews === undefined ? {} : { advisorRenewsOn: renews }),
        ...(ends === undefined ? {} : { advisorEndsOn: ends }),
      };
    }),
  }));
}
