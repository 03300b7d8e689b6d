/**
 * The routes of live.
 */
import type { FastifyInstance } from 'fastify';
import type { ConsoleParts } from '../parts.ts';

export function liveRoutes(_app: FastifyInstance, _parts: ConsoleParts): void {}
