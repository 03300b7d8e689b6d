/**
 * One HTTPS request, bounded in time and size, following no redirects.
 *
 * Not `fetch`, since that takes no certificate of an authority of one’s own for some hosts alone.
 */
import { Agent, request } from 'node:https';
import { apiAnswerBytesMax, apiRequestMsMax } from '../core/limits.ts';

export interface HttpsRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface HttpsAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Rejects where no whole answer came, with the network’s error. */
export type SendRequest = (url: URL, request: HttpsRequest) => Promise<HttpsAnswer>;

export class AnswerTooLarge extends Error {}

/** `ca`: certificates in PEM form to believe instead of those of Node. */
export function httpsSender(
  options: { readonly ca?: string; readonly timeoutMs?: number } = {},
): SendRequest {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...caOf(options.ca) });
  const limit = options.timeoutMs ?? apiRequestMsMax;
  return async (url, { method, headers, body, signal }) => {
    const timeout = AbortSignal.timeout(limit);
    const ending = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const length = body === undefined ? {} : { 'Content-Length': `${Buffer.byteLength(body)}` };
    const { promise, resolve, reject } = Promise.withResolvers<HttpsAnswer>();
    const outgoing = request(
      url,
      { agent, method, headers: { ...headers, ...length }, signal: ending },
      (incoming) => {
        const parts: Buffer[] = [];
        let size = 0;
        incoming.on('data', (part: Buffer) => {
          size += part.byteLength;
          if (size > apiAnswerBytesMax)
            incoming.destroy(new AnswerTooLarge(`more than ${apiAnswerBytesMax} bytes`));
          else parts.push(part);
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          // A connection that ends early also ends the body.
          if (!incoming.complete) return reject(new Error('the answer ended early'));
          resolve({
            status: incoming.statusCode ?? 0,
            headers: plainHeaders(incoming.headers),
            text: Buffer.concat(parts).toString('utf8'),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
    return promise;
  };
}

function caOf(ca: string | undefined): { readonly ca?: string } {
  return ca === undefined ? {} : { ca };
}

function plainHeaders(headers: NodeJS.Dict<string | string[]>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
