/**
 * The mail of a case and its reply as documents of their own, for sandboxed frames, and the mail as a file.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { choiceOf, fieldsOf } from '../form-fields.ts';
import type { ConsoleParts } from '../parts.ts';
import {
  documentPolicy,
  htmlDocument,
  readShownMail,
  shownHtmlOf,
  shownOctetsMax,
  textDocument,
} from '../shown-mail.ts';
import { type CaseParams, sendNoCase } from './case-page.ts';

export function caseMailRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const { store, desk } = parts;
  app.get<{ Params: CaseParams }>(
    '/cases/:caseId/mail',
    { config: { role: 'viewer', frame: false } },
    async (request, reply) => {
      const raw = await store.findRaw(request.params.caseId, shownOctetsMax);
      if (raw === undefined) return sendDocument(reply, textDocument('The mail is not kept.'));
      const mail = await readShownMail(raw);
      const asText = fieldsOf(request.query).get('as') === 'text';
      const shownHtml = asText ? undefined : shownHtmlOf(mail);
      const drawn = shownHtml === undefined ? undefined : htmlDocument(shownHtml);
      return sendDocument(reply, drawn ?? textDocument(mail.text ?? mail.html ?? ''));
    },
  );
  app.get<{ Params: CaseParams }>(
    '/cases/:caseId/mail.eml',
    { config: { role: 'viewer', frame: false } },
    async (request, reply) => {
      const raw = await store.findRaw(request.params.caseId);
      if (raw === undefined) return sendNoCase(request, reply);
      const name = request.params.caseId.replace(/[^a-z0-9-]/gi, '');
      return reply
        .header('content-type', 'message/rfc822')
        .header('content-disposition', `attachment; filename="${name}.eml"`)
        .header('cache-control', 'no-store')
        .send(Buffer.from(raw));
    },
  );
  app.get<{ Params: CaseParams }>(
    '/cases/:caseId/reply.html',
    { config: { role: 'viewer', frame: false } },
    async (request, reply) => {
      const stored = await store.findCase(request.params.caseId);
      const content = stored?.reply?.content ?? stored?.proposal;
      return content === undefined ? sendNoCase(request, reply) : sendDocument(reply, content.html);
    },
  );
  app.get<{ Params: CaseParams }>(
    '/cases/:caseId/proposal.html',
    { config: { role: 'viewer', frame: false } },
    async (request, reply) => {
      const choice = choiceOf(fieldsOf(request.query));
      const proposed = await desk.propose(request.params.caseId, choice);
      const document =
        proposed.kind === 'proposal'
          ? proposed.proposal.reply.html
          : textDocument(proposed.sentence);
      return sendDocument(reply, document);
    },
  );
}

/** Whatever the document says, it runs nothing, loads nothing and is nobody’s origin. */
function sendDocument(reply: FastifyReply, document: string): FastifyReply {
  return reply
    .header('content-security-policy', documentPolicy)
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(document);
}
