/**
 * Listening on an address of the settings, with what goes wrong as an operational error.
 */
import type { FastifyInstance } from 'fastify';
import { ResponderError } from '../errors.ts';

/** An address as the settings say it, and where in them it stands (`http`, `console`). */
export interface ListeningPlace {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly setting: string;
}

/** Returns the port. Throws PORT_IN_USE, or HTTP_FAILED for an address that is none of this machine; closed then. */
export async function listenAt(
  app: FastifyInstance,
  { host, port, setting }: ListeningPlace,
): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const where = `${setting}.host ${host}, ${setting}.port ${port}`;
    throw code === 'EADDRINUSE'
      ? new ResponderError('PORT_IN_USE', `The port is in use: ${where}.`, { cause: error })
      : new ResponderError('HTTP_FAILED', `Cannot listen on ${where} (${code}).`, { cause: error });
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
