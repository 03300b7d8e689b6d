/**
 * The routes of customers.
 */
import type { FastifyInstance } from 'fastify';
import type { ConsoleParts } from '../parts.ts';

export function customersRoutes(_app: FastifyInstance, _parts: ConsoleParts): void {}
