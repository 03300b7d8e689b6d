/**
 * Correcting and adding a customer, by the API: judged as the form of the page is, and never over what somebody else
 * changed meanwhile.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Customer } from '../../core/customer.ts';
import type { SaveOutcome, TypedFault } from '../../ports/customer-desk.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf } from '../person.ts';
import { customerParams, tags } from './customers.ts';
import { ApiError, notFound } from './errors.ts';
import { object, ref, text, yesNo } from './schemas.ts';

/** A record of some hundred subscriptions, every field filled. */
const recordBytesMax = 1024 * 1024;

const saved = object({ customerId: text, changed: yesNo });
const version = { type: 'string', minLength: 1, maxLength: 200 } as const;

export function customerEditEndpoints(scope: FastifyInstance, parts: ConsoleParts): void {
  const { customers, clock } = parts;
  const save = (request: FastifyRequest, customer: Customer, seen: string): Promise<SaveOutcome> =>
    customers.save(customers.typedOf(customer), seen, actOf(request, clock));

  scope.put<{
    Params: { readonly customerId: string };
    Body: { readonly version: string; readonly customer: Customer };
  }>(
    '/customers/:customerId',
    {
      config: { role: 'desk' },
      bodyLimit: recordBytesMax,
      schema: {
        tags,
        summary: 'Corrects a record: the whole of it, with the version that it was read in',
        params: customerParams,
        body: object({ version, customer: ref('Customer') }),
        response: { 200: saved },
      },
    },
    async (request) => {
      const { customerId } = request.params;
      const { customer, version: seen } = request.body;
      if (customer.id !== customerId)
        throw invalidRecord([{ path: 'customer.id', problem: 'The id of a record stays.' }]);
      const outcome = await save(request, customer, seen);
      if (outcome.kind !== 'conflict') return savedOrThrow(outcome);
      if (outcome.now === undefined) throw notFound('customer');
      throw new ApiError(409, 'changed', 'The record was changed since this version was read.', {
        hint: 'Read it again, and repeat the change.',
      });
    },
  );
  scope.post<{ Body: { readonly customer: Customer } }>(
    '/customers',
    {
      config: { role: 'desk' },
      bodyLimit: recordBytesMax,
      schema: {
        tags,
        summary: 'Adds a customer',
        body: object({ customer: ref('Customer') }),
        response: { 201: saved },
      },
    },
    async (request, reply) => {
      const outcome = await save(request, request.body.customer, '');
      if (outcome.kind === 'conflict')
        throw new ApiError(409, 'exists', 'There is a customer of this id already.');
      reply.code(201);
      return savedOrThrow(outcome);
    },
  );
}

function savedOrThrow(outcome: Exclude<SaveOutcome, { kind: 'conflict' }>): object {
  if (outcome.kind === 'faults')
    throw invalidRecord(
      outcome.faults.map((fault) => ({ path: pathOf(fault), problem: fault.sentence })),
    );
  return { customerId: outcome.customerId, changed: outcome.kind === 'saved' };
}

function invalidRecord(
  fields: readonly { readonly path: string; readonly problem: string }[],
): ApiError {
  return new ApiError(400, 'invalid', 'The record is not as it is to be.', {
    fields,
    hint: 'docs/customers.md says what each value may be.',
  });
}

/** Names that are not the column's in other letters. */
const ownNames: Readonly<Record<string, string>> = { customer_id: 'id', customer_name: 'name' };
const ofCustomer = /^(?:tenant_|other_|locale$|country$|partner_|approval_|account_)/;

/** The place in the body of what the checks of a customers file call by its column. */
function pathOf({ column, at }: TypedFault): string {
  if (column === 'contacts')
    return at === undefined ? 'customer.contacts' : `customer.contacts.${at}`;
  const name =
    ownNames[column] ??
    column.replace(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
  const isOfCustomer = Object.hasOwn(ownNames, column) || ofCustomer.test(column);
  return isOfCustomer || at === undefined
    ? `customer.${name}`
    : `customer.subscriptions.${at}.${name}`;
}
