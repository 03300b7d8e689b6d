/**
 * The routes of review.
 */
import type { FastifyInstance } from 'fastify';
import type { ConsoleParts } from '../parts.ts';

export function reviewRoutes(_app: FastifyInstance, _parts: ConsoleParts): void {}
