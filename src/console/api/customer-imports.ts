/**
 * Handing over a customers file, by the API: it is compared first, and applied once its sender says so.
 *
 * The upload is streamed to disk, within bounds, and changes no customer; sent twice it takes the place of the first.
 * So it needs no key.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type FileImport, importStages } from '../../ports/customer-desk.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf, personOf } from '../person.ts';
import { ApiError, notFound } from './errors.ts';
import { listOf, object, oneOf, query, shortText, text, time, whole, yesNo } from './schemas.ts';

const tags = ['Customers'];
const csvType = 'text/csv';
const linesType = 'application/x-ndjson';

interface ImportRoute {
  readonly Params: { readonly importId: string };
}

const importParams = object({ importId: { type: 'string', minLength: 1, maxLength: 100 } });
const change = object({
  customerId: text,
  kind: oneOf(['added', 'changed', 'unchanged', 'ended']),
  fields: listOf(object({ path: text, before: text, after: text })),
});
const report = object({
  rows: whole,
  customers: whole,
  added: whole,
  changed: whole,
  unchanged: whole,
  missing: whole,
  problems: listOf(object({ line: whole, column: text, value: text, message: text })),
  problemCount: whole,
  skippedCustomers: whole,
  rowsOfNobody: whole,
  unknownColumns: listOf(text),
  samples: listOf(change),
  newIds: listOf(text),
});
const importSchema = object(
  {
    id: text,
    fileName: text,
    by: text,
    at: time,
    stage: oneOf(importStages),
    digest: text,
    rowsRead: whole,
    customersDone: whole,
    report,
    sentence: text,
  },
  ['report', 'sentence'],
);

export function importEndpoints(scope: FastifyInstance, parts: ConsoleParts): void {
  scope.register(async (own) => {
    own.addContentTypeParser([csvType, linesType], (_request, octets, done) => done(null, octets));
    uploadEndpoint(own, parts);
  });
  const { imports } = parts.customers;
  scope.get<ImportRoute>(
    '/customer-imports/:importId',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'What a file would change, or has changed',
        params: importParams,
        response: { 200: importSchema },
      },
    },
    async (request) => foundImport(request, parts),
  );
  scope.post<ImportRoute & { Body: { readonly digest: string; readonly skipBad?: boolean } }>(
    '/customer-imports/:importId/apply',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'Applies the file that was compared; goes on behind the answer',
        params: importParams,
        body: object({ digest: { type: 'string', minLength: 1, maxLength: 200 }, skipBad: yesNo }, [
          'skipBad',
        ]),
        response: { 202: importSchema },
      },
    },
    async (request, reply) => {
      foundImport(request, parts);
      const { digest, skipBad = false } = request.body;
      const act = actOf(request, parts.clock);
      const begun = imports.apply(request.params.importId, { digest, skipBad }, act);
      if (begun.kind === 'refused') throw new ApiError(409, 'not-applied', begun.sentence);
      reply.code(202);
      return foundImport(request, parts);
    },
  );
  scope.post<ImportRoute>(
    '/customer-imports/:importId/discard',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'Forgets a file, and deletes it',
        params: importParams,
        response: { 200: object({ id: text }) },
      },
    },
    async (request) => {
      const { id } = foundImport(request, parts);
      if (await imports.discard(id, personOf(request).name)) return { id };
      throw new ApiError(409, 'busy', 'The file is being read or applied just now.', {
        hint: 'Ask again in a moment, with a new Idempotency-Key.',
      });
    },
  );
}

function uploadEndpoint(scope: FastifyInstance, parts: ConsoleParts): void {
  const { imports } = parts.customers;
  const file = { description: 'A file as docs/customers.md describes it.' };
  scope.post<{ Querystring: { readonly fileName?: string } }>(
    '/customer-imports',
    {
      config: { role: 'admin', readsOnly: true },
      // Of a length that is named; what comes is counted as it is received.
      bodyLimit: imports.bytesMax,
      schema: {
        tags,
        summary: 'Hands over a customers file, and has it compared; changes no customer',
        querystring: query({ fileName: shortText }),
        body: { content: { [csvType]: { schema: file }, [linesType]: { schema: file } } },
        response: { 202: importSchema },
      },
    },
    async (request, reply) => {
      const taken = await imports.begin(
        { fileName: fileNameOf(request), octets: octetsOf(request, reply) },
        actOf(request, parts.clock),
      );
      if (taken.kind === 'refused') {
        // Whoever is still sending is not listened to any more.
        reply.header('connection', 'close');
        throw new ApiError(taken.why === 'busy' ? 409 : 413, taken.why, taken.sentence);
      }
      reply.code(202);
      return importOf(taken.id, request, parts);
    },
  );
}

function octetsOf(request: FastifyRequest, reply: FastifyReply): Readable {
  const { body, headers } = request;
  // RFC 9110 §8.4: what is packed may unpack to anything.
  if (headers['content-encoding'] !== undefined) {
    reply.header('connection', 'close');
    throw new ApiError(415, 'wrong-media-type', 'A compressed upload is not taken.');
  }
  if (body instanceof Readable) return body;
  throw new ApiError(415, 'wrong-media-type', `The file is to be ${csvType} or ${linesType}.`);
}

/** How the file is read follows from its type, which its name must not gainsay. */
function fileNameOf({ query: asked, mediaType }: FastifyRequest): string {
  const { fileName = 'customers' } = asked as { readonly fileName?: string };
  const isNamedLines = /\.(?:jsonl|ndjson)$/i.test(fileName);
  if (mediaType === linesType) return isNamedLines ? fileName : `${fileName}.jsonl`;
  return /\.csv$/i.test(fileName) ? fileName : `${fileName}.csv`;
}

function foundImport(request: FastifyRequest<ImportRoute>, parts: ConsoleParts): FileImport {
  return importOf(request.params.importId, request, parts);
}

/** A file is kept for half an hour, for whoever handed it over. */
function importOf(id: string, request: FastifyRequest, { customers }: ConsoleParts): FileImport {
  const found = customers.imports.find(id, personOf(request).name);
  if (found === undefined) throw notFound('file, or it is no longer kept');
  return found;
}
