/**
 * Reading Microsoft’s interfaces: paced, tried again where that can help, checked against the shape that is
 * documented, and page by page on the same host.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as timer } from 'node:timers/promises';
import type { z } from 'zod';
import {
  apiAttemptsMax,
  apiPagesMax,
  apiPauseMsMax,
  apiRequestsPerMinute,
} from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { AnswerTooLarge, type HttpsAnswer, type SendRequest } from './https-request.ts';

/** What the client takes from the world, so that tests need not wait. */
export interface HttpWorld {
  readonly send: SendRequest;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly random: () => number;
}

export function realWorld(send: SendRequest, signal?: AbortSignal): HttpWorld {
  const options = signal === undefined ? {} : { signal };
  return {
    send: (url, request) => send(url, { ...request, ...options }),
    now: () => performance.now(),
    pause: async (ms) => {
      try {
        await timer(ms, undefined, options);
      } catch (cause) {
        throw new ResponderError('SYNC_FAILED', 'The run was told to end.', { cause });
      }
    },
    random: Math.random,
  };
}

export interface MicrosoftApiOptions {
  /** As people know it. */
  readonly name: string;
  readonly baseUrl: string;
  /** A token for a tenant; a new one where the last was not taken. */
  readonly token: (tenantId: string, fresh: boolean) => Promise<string>;
  readonly world: HttpWorld;
}

export interface ApiRequest {
  /** Whose token is shown. */
  readonly tenantId: string;
  /** Below the base URL, or an absolute URL on the same host. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MicrosoftApi {
  /** Throws ResponderError. */
  get<Value>(request: ApiRequest, shape: z.ZodType<Value>): Promise<Value>;
  /** `next` names the page behind the one given; absent: it was the last. */
  pages<Value>(
    first: ApiRequest,
    shape: z.ZodType<Value>,
    next: (page: Value) => Omit<ApiRequest, 'tenantId'> | undefined,
  ): AsyncGenerator<Value>;
}

export function openMicrosoftApi(options: MicrosoftApiOptions): MicrosoftApi {
  const pace = pacer(options.world);
  const correlationId = randomUUID();
  const get = async <Value>(request: ApiRequest, shape: z.ZodType<Value>): Promise<Value> => {
    const url = urlOf(request.path, options);
    let isFresh = false;
    for (let attempt = 1; ; attempt += 1) {
      await pace();
      const token = await options.token(request.tenantId, isFresh);
      const headers = {
        Authorization: `Bearer ${token}`,
        Accept: 'application/json',
        'MS-RequestId': randomUUID(),
        'MS-CorrelationId': correlationId,
        'MS-Contract-Version': 'v1',
        ...request.headers,
      };
      const outcome = await sendOnce(url, headers, options);
      if (outcome.kind === 'answer' && outcome.answer.status === 200)
        return read(outcome.answer, shape, url, options.name);
      const isLogin = outcome.kind === 'answer' && outcome.answer.status === 401;
      if (isLogin && !isFresh && !needsMfa(outcome.answer.text)) isFresh = true;
      else await waitOrThrow(outcome, { url, attempt, ...options });
    }
  };
  return {
    get,
    async *pages(first, shape, next) {
      let request: ApiRequest = first;
      for (let page = 1; ; page += 1) {
        const value = await get(request, shape);
        yield value;
        const following = next(value);
        if (following === undefined) return;
        if (page >= apiPagesMax)
          throw failed(`${options.name} has more than ${apiPagesMax} pages.`);
        request = { ...following, tenantId: first.tenantId };
      }
    },
  };
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: HttpsAnswer }
  | { readonly kind: 'broken'; readonly why: string };

function failed(message: string): ResponderError {
  return new ResponderError('SYNC_FAILED', message);
}

/** A token must never go to a host that an answer names. */
function urlOf(path: string, { baseUrl, name }: MicrosoftApiOptions): URL {
  const base = new URL(baseUrl);
  const url = URL.canParse(path, baseUrl) ? new URL(path, base) : undefined;
  if (url?.origin === base.origin) return url;
  const host = url === undefined ? 'no host' : url.host;
  throw failed(`${name} names a next page on ${host}, not on ${base.host}: it is not followed.`);
}

/** Waits so that no minute has more requests than allowed. */
function pacer({ now, pause }: HttpWorld): () => Promise<void> {
  const everyMs = 60_000 / apiRequestsPerMinute;
  let nextAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const at = now();
    const waitMs = nextAt - at;
    nextAt = Math.max(at, nextAt) + everyMs;
    if (waitMs > 0) await pause(waitMs);
  };
}

async function sendOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { world, name }: MicrosoftApiOptions,
): Promise<Outcome> {
  try {
    return { kind: 'answer', answer: await world.send(url, { method: 'GET', headers }) };
  } catch (error) {
    if (error instanceof AnswerTooLarge)
      throw failed(`${name} answered ${shownPath(url)} with ${error.message}.`);
    return { kind: 'broken', why: networkFault(error) };
  }
}

/** Without the text of a library, which may hold more than is good for a log. */
export function networkFault(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return 'no whole answer came in time';
  return 'code' in error ? String(error.code) : error.message;
}

function shownPath(url: URL): string {
  return url.pathname.slice(0, 200);
}

/** Partner Center’s word for a token without the second factor. */
function needsMfa(text: string): boolean {
  return text.includes('900421');
}

/** Waits where another attempt can help; throws otherwise. */
async function waitOrThrow(
  outcome: Outcome,
  context: MicrosoftApiOptions & { readonly url: URL; readonly attempt: number },
): Promise<void> {
  const { name, url, attempt, world } = context;
  const place = `${name}, ${shownPath(url)}`;
  if (outcome.kind === 'answer') throwIfRefused(outcome.answer, place);
  const what = outcome.kind === 'broken' ? outcome.why : `status ${outcome.answer.status}`;
  const asked = outcome.kind === 'answer' ? retryAfterMs(outcome.answer.headers['retry-after']) : 0;
  if (attempt >= apiAttemptsMax) throw failed(`${place}: ${what}, ${attempt} times.`);
  if (asked > apiPauseMsMax)
    throw failed(`${place}: it asks to wait ${Math.round(asked / 1_000)} seconds.`);
  const backoff = 1_000 * 2 ** (attempt - 1) * (0.75 + world.random() / 2);
  await world.pause(asked > 0 ? asked : backoff);
}

/** Answers that stay the same however often they are asked for. */
function throwIfRefused({ status, text }: HttpsAnswer, place: string): void {
  if (needsMfa(text) && (status === 401 || status === 403)) {
    throw new ResponderError('SYNC_LOGIN_FAILED', `${place}: the login has no second factor.`, {
      details: [
        '900421: sign in once more with multi-factor authentication and store the new refresh token (sync.refreshToken)',
      ],
    });
  }
  if (status === 401)
    throw new ResponderError('SYNC_LOGIN_FAILED', `${place}: the token is not accepted.`);
  if (status === 403) throw new ResponderError('SYNC_REFUSED', `${place}: access is refused.`);
  if (status === 404) throw new ResponderError('SYNC_REFUSED', `${place}: it is not there.`);
  if (status !== 429 && status < 500) throw failed(`${place}: status ${status}.`);
}

/** RFC 9110 §10.2.3: seconds, or a date. */
export function retryAfterMs(value: string | undefined, now = Date.now()): number {
  if (value === undefined) return 0;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}

function read<Value>(answer: HttpsAnswer, shape: z.ZodType<Value>, url: URL, name: string): Value {
  const place = `${name}, ${shownPath(url)}`;
  const checked = shape.safeParse(parseJson(answer.text, place));
  if (checked.success) return checked.data;
  throw new ResponderError('SYNC_FAILED', `${place}: the answer has another shape than expected.`, {
    details: checked.error.issues
      .slice(0, 5)
      .map(({ path, message }) => `${path.join('.').slice(0, 200)}: ${message}`),
  });
}

/** Partner Center begins its answers with a byte order mark. */
function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw failed(`${place}: the answer is no JSON.`);
  }
}
