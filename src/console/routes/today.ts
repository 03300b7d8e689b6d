/**
 * The routes of today.
 */
import type { FastifyInstance } from 'fastify';
import type { ConsoleParts } from '../parts.ts';

export function todayRoutes(_app: FastifyInstance, _parts: ConsoleParts): void {}
