/**
 * The routes of cases.
 */
import type { FastifyInstance } from 'fastify';
import type { ConsoleParts } from '../parts.ts';

export function casesRoutes(_app: FastifyInstance, _parts: ConsoleParts): void {}
