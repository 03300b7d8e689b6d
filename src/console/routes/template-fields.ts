/**
 * What a request for a template says: which file, and what of a form.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TemplatePlace } from '../../ports/template-desk.ts';

/** A field of a form, an address or a query; empty where it is not there or is no single text. */
export function field(from: unknown, name: string): string {
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, name)) return '';
  const value: unknown = Reflect.get(from, name);
  return typeof value === 'string' ? value : '';
}

/** The first folder where none is named. */
export function folderOf(from: unknown): string {
  return field(from, 'folder') || '1';
}

/** Addresses of a file’s pages: the layout, a reply of a language, or a piece that replies share. */
export const filePaths = [
  { path: '/templates/layout', idOf: () => 'layout' },
  {
    path: '/templates/:locale/:name',
    idOf: ({ params }: FastifyRequest) => `${field(params, 'locale')}/${field(params, 'name')}`,
  },
  {
    path: '/templates/:locale/partials/:name',
    idOf: ({ params }: FastifyRequest) =>
      `${field(params, 'locale')}/partials/${field(params, 'name')}`,
  },
] as const satisfies readonly { path: string; idOf: (request: FastifyRequest) => string }[];

/** Of a form the folder is a field, of an address a part of the query. */
export function placeOf(
  request: FastifyRequest,
  idOf: (request: FastifyRequest) => string,
): TemplatePlace {
  const named = field(request.body, 'folder') || field(request.query, 'folder');
  return { folder: named || '1', id: idOf(request) };
}

/** Answers that there is no such page. */
export function notFound(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}
