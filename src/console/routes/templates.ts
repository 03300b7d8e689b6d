/**
 * The routes of templates.
 */
import type { FastifyInstance } from 'fastify';
import type { ConsoleParts } from '../parts.ts';

export function templatesRoutes(_app: FastifyInstance, _parts: ConsoleParts): void {}
