/**
 * The answers of Partner Center as documented, as far as they are used. Fields beside these do not matter.
 */
import { z } from 'zod';

const text = z.string().nullish();

const next = z.object({
  uri: z.string(),
  headers: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
});

export const customerPage = z.object({
  items: z.array(z.object({ id: z.string() })),
  links: z.object({ next: next.nullish() }).nullish(),
});

export const customerDetail = z.object({
  id: z.string(),
  companyProfile: z.object({
    tenantId: text,
    domain: text,
    companyName: text,
    address: z.object({ country: text }).nullish(),
  }),
  billingProfile: z.object({ defaultAddress: z.object({ country: text }).nullish() }).nullish(),
  relationshipToPartner: text,
  customDomains: z.array(z.string()).nullish(),
});

export const subscriptionPage = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      offerName: text,
      quantity: z.number().nullish(),
      status: text,
      isTrial: z.boolean().nullish(),
      billingType: text,
    }),
  ),
  links: z.object({ next: next.nullish() }).nullish(),
});

export const subscribedSkus = z.object({
  items: z.array(
    z.object({
      productSku: z.object({ name: text }),
      totalUnits: z.number().nullish(),
      suspendedUnits: z.number().nullish(),
      consumedUnits: z.number().nullish(),
    }),
  ),
});

export const relationshipRequest = z.object({ url: z.string() });

export type CustomerDetail = z.output<typeof customerDetail>;
export type PartnerSubscription = z.output<typeof subscriptionPage>['items'][number];
export type SubscribedSku = z.output<typeof subscribedSkus>['items'][number];
export type NextLink = z.output<typeof next>;
