/**
 * What was typed into a form: text, or nothing.
 */
import type { FastifyRequest } from 'fastify';

/** A field of the body, as text; empty where it is missing or no text. */
export function fieldOf({ body }: Pick<FastifyRequest, 'body'>, name: string): string {
  if (typeof body !== 'object' || body === null) return '';
  const value: unknown = Object.entries(body).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : '';
}

/** A part of the address after the question mark, the same way. */
export function queryOf({ query }: Pick<FastifyRequest, 'query'>, name: string): string {
  return fieldOf({ body: query }, name);
}
