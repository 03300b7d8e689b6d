/**
 * Customers, by the API.
 */
import type { FastifyInstance } from 'fastify';
import type { ConsoleParts } from '../parts.ts';
import { notFound } from './errors.ts';
import {
  limitDefault,
  listOf,
  object,
  oneOf,
  pageOf,
  paging,
  query,
  ref,
  shortText,
  text,
  time,
  whole,
} from './schemas.ts';

export const tags = ['Customers'];
export const customerParams = object({
  customerId: { type: 'string', minLength: 1, maxLength: 1_000 },
});
const historyMax = 50;

export function customerEndpoints(
  scope: FastifyInstance,
  { store, customers: desk }: ConsoleParts,
): void {
  scope.get<{
    Querystring: { readonly text?: string; readonly limit?: number; readonly cursor?: string };
  }>(
    '/customers',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Searches customers, by id',
        querystring: query({ text: shortText, ...paging }),
        response: {
          200: pageOf(
            'customers',
            object(
              {
                id: text,
                name: text,
                tenantDomain: text,
                subscriptions: whole,
                updatedAt: time,
              },
              ['tenantDomain'],
            ),
          ),
        },
      },
    },
    async ({ query: { text: words, limit = limitDefault, cursor } }) => {
      const found = await store.searchCustomers({
        ...(words === undefined ? {} : { text: words }),
        ...(cursor === undefined ? {} : { afterId: cursor }),
        limit: limit + 1,
      });
      const customers = found.slice(0, limit);
      const last = customers.at(-1);
      return found.length > limit && last !== undefined
        ? { customers, next: last.id }
        : { customers };
    },
  );
  scope.get<{ Params: { readonly customerId: string } }>(
    '/customers/:customerId',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'The record of a customer, its version, and what became of it',
        params: customerParams,
        response: {
          200: object({
            customer: ref('Customer'),
            version: text,
            history: listOf(
              object({
                at: time,
                kind: text,
                source: oneOf(['import', 'sync', 'console', 'privacy']),
                from: text,
                by: text,
                fields: listOf(object({ path: text, before: text, after: text })),
              }),
            ),
          }),
        },
      },
    },
    async ({ params: { customerId } }) => {
      const [customer, history] = await Promise.all([
        store.findCustomer(customerId),
        store.listHistory(customerId, historyMax),
      ]);
      if (customer === undefined) throw notFound('customer');
      return {
        customer,
        version: desk.digestOf(customer),
        history: history.map(({ origin, ...entry }) => ({ ...entry, ...origin })),
      };
    },
  );
}
