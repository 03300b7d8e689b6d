/**
 * Handing over a customers file: what it would change is shown before anything is.
 *
 * The upload is streamed to disk, within bounds; reading, comparing and applying go on behind the pages.
 */
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { html } from '../html.ts';
import { csrfField, sendPage, sendPart } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf, personOf } from '../person.ts';
import { textOf } from '../query.ts';
import { importAddress, importSection, uploadForm } from '../views/customer-import.ts';

/** One file and the token: nothing else is in our form. */
const limits = {
  files: 1,
  fields: 4,
  parts: 5,
  fieldSize: 1_000,
  fieldNameSize: 100,
  headerPairs: 20,
};
const assets = ['records.css'] as const;
const uploadPath = '/customers/-/import';

interface IdRoute {
  readonly Params: { readonly id: string };
}

export async function importRoutes(app: FastifyInstance, parts: ConsoleParts): Promise<void> {
  const { imports } = parts.customers;
  // The file is counted as it comes, one octet beyond what is taken: so that we, not the parser, say that it is too much.
  await app.register(multipart, { limits: { ...limits, fileSize: imports.bytesMax + 1 } });
  app.addHook('onClose', () => imports.close());

  app.get(uploadPath, { config: { role: 'admin' } }, async (request, reply) =>
    sendUpload(request, reply, parts),
  );
  app.post(uploadPath, { config: { role: 'admin' } }, async (request, reply) => {
    const fault = faultOf(request, imports.bytesMax);
    if (fault !== undefined)
      return sendUpload(request, closing(reply.code(fault.status)), parts, fault.sentence);
    const part = await request.file();
    if (part === undefined || part.filename === '')
      return sendUpload(request, reply.code(422), parts, 'Choose a file first.');
    const taken = await imports.begin(
      { fileName: part.filename, octets: part.file },
      actOf(request, parts.clock),
    );
    if (taken.kind === 'taken') return reply.redirect(importAddress(taken.id), 303);
    const status = taken.why === 'too-large' ? 413 : 409;
    return sendUpload(request, closing(reply.code(status)), parts, taken.sentence);
  });

  app.get<IdRoute>(
    '/customers/-/imports/:id',
    { config: { role: 'admin' } },
    async (request, reply) => {
      const file = imports.find(request.params.id, personOf(request).name);
      if (textOf(request.query, 'part') === '1' && file !== undefined)
        return sendPart(reply, importSection(file, csrfField(request)));
      if (file === undefined) return sendGone(request, reply.code(404));
      return sendPage(request, reply, {
        title: file.fileName,
        section: '/customers',
        assets,
        body: html`<h1>Import of ${file.fileName}</h1>${importSection(file, csrfField(request))}`,
      });
    },
  );
  app.post<IdRoute>(
    '/customers/-/imports/:id/apply',
    { config: { role: 'admin' } },
    async (request, reply) => {
      const { id } = request.params;
      const { body } = request;
      const applying = {
        digest: textOf(body, 'digest'),
        skipBad: textOf(body, 'skip-bad') === 'yes',
      };
      const begun = imports.apply(id, applying, actOf(request, parts.clock));
      if (begun.kind === 'begun') return reply.redirect(importAddress(id), 303);
      return sendPage(request, reply.code(409), {
        title: 'Not applied',
        section: '/customers',
        assets,
        body: html`<h1>Not applied</h1><p class="note bad">${begun.sentence}</p>
<p><a href="${importAddress(id)}">Back to the file</a></p>`,
      });
    },
  );
  app.post<IdRoute>(
    '/customers/-/imports/:id/discard',
    { config: { role: 'admin' } },
    async (request, reply) => {
      const { id } = request.params;
      const isGone = await imports.discard(id, personOf(request).name);
      return reply.redirect(isGone ? uploadPath : importAddress(id), 303);
    },
  );
}

/** What is told by the head of the request alone. */
function faultOf(
  { headers }: FastifyRequest,
  bytesMax: number,
): { readonly status: number; readonly sentence: string } | undefined {
  // RFC 9110 §8.4: what is packed may unpack to anything.
  if (headers['content-encoding'] !== undefined)
    return { status: 415, sentence: 'A compressed upload is not taken.' };
  if (headers['content-type']?.startsWith('multipart/form-data') !== true)
    return { status: 415, sentence: 'Hand the file over by the form on this page.' };
  const bytes = Number(headers['content-length'] ?? 0);
  const framing = 64 * 1024;
  if (bytes > bytesMax + framing)
    return {
      status: 413,
      sentence: `The file is larger than ${Math.floor(bytesMax / 1024 / 1024)} MB, which no list of customers is. Split it, or import it with the command.`,
    };
  return undefined;
}

/** Whoever is still sending is not listened to any more. */
function closing(reply: FastifyReply): FastifyReply {
  return reply.header('connection', 'close');
}

function sendUpload(
  request: FastifyRequest,
  reply: FastifyReply,
  { customers: { imports } }: ConsoleParts,
  sentence?: string,
): FastifyReply {
  const { name, csrfToken } = personOf(request);
  const latest = imports.latest(name);
  // An upload is judged before its fields are read, so the token stands in its address.
  const action = `${uploadPath}?_csrf=${encodeURIComponent(csrfToken)}`;
  return sendPage(request, reply, {
    title: 'Import a file',
    section: '/customers',
    assets,
    body: html`<h1>Import a file</h1>
${sentence !== undefined && html`<p class="note bad" role="alert">${sentence}</p>`}
${latest !== undefined && html`<p class="note"><a href="${importAddress(latest.id)}">${latest.fileName}</a>, which you handed over before: ${stageWords[latest.stage]}.</p>`}
${uploadForm(action, imports.bytesMax)}
<p class="soft">The columns are those of docs/customers.md. Customers that are not in the file stay as they are.</p>`,
  });
}

const stageWords = {
  comparing: 'is being compared',
  ready: 'is compared and waits for you',
  applying: 'is being applied',
  applied: 'was applied',
  failed: 'failed, and nothing was changed',
} as const;

function sendGone(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendPage(request, reply, {
    title: 'No longer kept',
    section: '/customers',
    body: html`<h1>No longer kept</h1><p>A file is kept for half an hour, for whoever handed it over. <a href="${uploadPath}">Hand it over again</a></p>`,
  });
}
