/**
 * Logging in by OpenID Connect: to the issuer, back from it, and out of it.
 *
 * What must come back from the issuer is derived from a secret that only this browser has, in a cookie of ten minutes:
 * nothing is stored for a login that may never end.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ResponderError } from '../../errors.ts';
import type { Issuer, IssuerAccount, IssuerChallenge } from '../../ports/doors.ts';
import { clearCookie, type DoorParts, letIn, readCookie, setCookie } from '../door-parts.ts';
import { safePath } from '../door-requests.ts';
import { derived, newSecret } from '../door-secrets.ts';
import { queryOf } from '../form-values.ts';
import { html } from '../html.ts';
import { sendPage } from '../page.ts';
import { loginTries } from './login.ts';

const loginSeconds = 600;

function challengeOf(secret: string): IssuerChallenge {
  return {
    state: derived(secret, 'state'),
    nonce: derived(secret, 'nonce'),
    verifier: derived(secret, 'verifier'),
  };
}

export function issuerRoutes(app: FastifyInstance, parts: DoorParts, issuer: Issuer): void {
  const config = { role: 'anybody', rateLimit: loginTries } as const;
  // A link, not a form: the policy of our pages lets forms go nowhere else, redirects included.
  app.get('/login/oidc', { config }, async (request, reply) => {
    const secret = newSecret();
    const next = safePath(queryOf(request, 'next'));
    const target = await issuer.authorizationUrl(challengeOf(secret)).catch(onlyOperational);
    if (target instanceof ResponderError) return sendFailure({ request, reply }, target);
    const value = `${secret}.${Buffer.from(next).toString('base64url')}`;
    setCookie(reply, 'issuer', { value, place: parts, seconds: loginSeconds });
    return reply.redirect(target.href, 303);
  });
  app.get('/login/oidc/callback', { config }, async (request, reply) => {
    const [secret = '', path = ''] = (readCookie(request, 'issuer', parts) ?? '').split('.');
    clearCookie(reply, 'issuer', parts);
    if (secret === '') {
      const sentence = 'The login took too long, or was begun in another browser.';
      return sendSentence({ request, reply }, 400, sentence);
    }
    const returned = new URL(request.url, parts.publicUrl ?? 'http://localhost');
    const account = await issuer.account(returned, challengeOf(secret)).catch(onlyOperational);
    if (account instanceof ResponderError) {
      await noteRefusal(request, parts, '(unknown)');
      return sendFailure({ request, reply }, account);
    }
    return admit({ request, reply }, parts, {
      account,
      next: safePath(Buffer.from(path, 'base64url').toString()),
    });
  });
  app.get('/login/oidc/logout', { config }, async (_request, reply) => {
    const target = await issuer.logoutUrl();
    return reply.redirect(target?.href ?? '/login?out=here', 303);
  });
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function admit(
  { request, reply }: Exchange,
  parts: DoorParts,
  { account, next }: { readonly account: IssuerAccount; readonly next: string },
): Promise<FastifyReply> {
  const at = { at: parts.clock.now(), via: 'console', from: request.ip } as const;
  const user = await parts.store.keepIssuerAccount(account, at);
  if (user === undefined) {
    await noteRefusal(request, parts, account.name);
    const sentence = `${account.name} has no role in this console. An administrator of the login gives one.`;
    return sendSentence({ request, reply }, 403, sentence);
  }
  await letIn({ request, reply }, { name: user.name, how: 'issuer' }, parts);
  return reply.redirect(next, 303);
}

async function noteRefusal(request: FastifyRequest, parts: DoorParts, name: string): Promise<void> {
  await parts.store.writeAudit({
    ...{ at: parts.clock.now(), by: name, via: 'console', from: request.ip },
    ...{ action: 'login-refused', subject: 'session', subjectId: name },
  });
}

/** An operational error as a value; any other goes on its way. */
function onlyOperational(error: unknown): ResponderError {
  if (error instanceof ResponderError) return error;
  throw error;
}

function sendFailure(exchange: Exchange, error: ResponderError): FastifyReply {
  return sendSentence(exchange, error.code === 'OIDC_UNREACHABLE' ? 503 : 403, error.message);
}

function sendSentence(
  { request, reply }: Exchange,
  status: number,
  sentence: string,
): FastifyReply {
  return sendPage(request, reply.code(status), {
    title: 'Not logged in',
    body: html`<h1>Not logged in</h1><p>${sentence}</p>
<p><a class="button" href="/login">Back to the login</a></p>`,
  });
}
