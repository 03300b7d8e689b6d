/**
 * The routes of api.
 */
import type { FastifyInstance } from 'fastify';
import type { ConsoleParts } from '../parts.ts';

export function apiRoutes(_app: FastifyInstance, _parts: ConsoleParts): void {}
