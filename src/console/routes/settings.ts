/**
 * The routes of settings.
 */
import type { FastifyInstance } from 'fastify';
import type { ConsoleParts } from '../parts.ts';

export function settingsRoutes(_app: FastifyInstance, _parts: ConsoleParts): void {}
