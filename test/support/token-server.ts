/**
 * A token endpoint and its introspection on this machine: what it gives holds until the test takes it back.
 *
 * Clients come by HTTPS, as they must; mail servers ask by HTTP, at RFC 7662's endpoint, whether a token is good.
 * It grants client credentials, refresh tokens and signed statements (RFC 6749, RFC 7523), and speaks the errors
 * of Microsoft Entra, Google and the standard.
 */
import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import { answer, type Fault } from './microsoft-server.ts';

export interface TokenRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

export interface TokenServer {
  /** `https://localhost:PORT`. */
  readonly url: string;
  readonly tokenUrl: string;
  readonly ca: string;
  /** Where that certificate lies. */
  readonly caFile: string;
  /** For the mail server. */
  readonly introspectionUrl: string;
  /** Whose mailbox a token opens; of a signed statement it is whom it speaks for. */
  user: string;
  /** In seconds, as `expires_in`. */
  lifetime: number;
  readonly requests: readonly TokenRequest[];
  /** Every token that was given, in order. */
  readonly tokens: readonly string[];
  /** How often a mail server asked, and was told yes. */
  readonly taken: string[];
  /** The next request for a token is answered so. */
  fail(...faults: Fault[]): void;
  /** No token of now is good any more. */
  revokeAll(): void;
  /** Whether a token is good, as a mail server would ask. */
  isGood(token: string): boolean;
  close(): Promise<void>;
}

export interface TokenServerOptions {
  readonly user: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly refreshToken?: string;
  /** Of the service account, in PEM form. */
  readonly publicKey?: string;
}

export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { key, cert } = makeCertificate();
  const folder = await mkdtemp(join(tmpdir(), 'token-server-'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, cert);
  const good = new Map<string, string>();
  const faults: Fault[] = [];
  const requests: TokenRequest[] = [];
  const tokens: string[] = [];
  const clients = createHttps({ key, cert });
  const mailServers = createHttp();
  const server: TokenServer = {
    get url() {
      return `https://localhost:${(clients.address() as AddressInfo).port}`;
    },
    get tokenUrl() {
      return `${server.url}/oauth2/token`;
    },
    ca: cert,
    caFile,
    get introspectionUrl() {
      return `http://127.0.0.1:${(mailServers.address() as AddressInfo).port}/introspect`;
    },
    user: options.user,
    lifetime: 3_600,
    requests,
    tokens,
    taken: [],
    fail: (...more) => void faults.push(...more),
    revokeAll: () => good.clear(),
    isGood: (token) => good.has(token),
    async close() {
      for (const one of [clients, mailServers]) {
        one.closeAllConnections();
        await new Promise((resolve) => one.close(resolve));
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
  clients.on('request', async (request, response) => {
    const path = request.url ?? '/';
    if (path.endsWith('/.well-known/openid-configuration'))
      return send(response, discovery(`${server.url}${path.split('/v2.0/')[0] ?? ''}`));
    const form = new URLSearchParams(await textOf(request));
    const asked = { path, authorization: request.headers.authorization, form };
    requests.push(asked);
    const fault = faults.shift();
    if (fault !== undefined) return fault(request, response);
    const user = grantedTo(asked, options, server);
    if (typeof user === 'object') return refuse(response, user.error, user.words);
    const token = `good-token-${tokens.length + 1}.${Math.random().toString(36).slice(2)}`;
    tokens.push(token);
    good.set(token, user);
    send(response, { token_type: 'Bearer', expires_in: server.lifetime, access_token: token });
  });
  mailServers.on('request', async (request, response) => {
    const token = new URLSearchParams(await textOf(request)).get('token') ?? '';
    const user = good.get(token);
    if (user === undefined) return send(response, { active: false });
    server.taken.push(token);
    send(response, { active: true, username: user, email: user });
  });
  await new Promise<void>((resolve) => clients.listen(0, 'localhost', resolve));
  await new Promise<void>((resolve) => mailServers.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The words of Microsoft Entra. */
export function entraError(number: string, error = 'invalid_client'): Fault {
  return answer(401, {
    error,
    error_description: `AADSTS${number}: Something in the words of the day. Trace ID: 1`,
    error_codes: [Number(number)],
  });
}

/** RFC 6749 §5.2. */
export function oauthError(error: string, words = '', status = 400): Fault {
  return answer(status, { error, error_description: words });
}

interface Refusal {
  readonly error: string;
  readonly words?: string;
}

function grantedTo(
  { authorization, form }: TokenRequest,
  options: TokenServerOptions,
  { user }: TokenServer,
): string | Refusal {
  const grant = form.get('grant_type');
  if (grant === 'urn:ietf:params:oauth:grant-type:jwt-bearer')
    return subjectOf(form.get('assertion') ?? '', options.publicKey);
  const [id, secret] = clientOf(authorization, form);
  const isSigned = form.has('client_assertion');
  if (id !== options.clientId || (!isSigned && secret !== options.clientSecret))
    return { error: 'invalid_client' };
  if (grant === 'client_credentials') return user;
  const isKnown = grant === 'refresh_token' && form.get('refresh_token') === options.refreshToken;
  return isKnown ? user : { error: 'invalid_grant', words: 'Token has been expired or revoked.' };
}

/** RFC 6749 §2.3.1: in the header, or in the form. */
function clientOf(authorization: string | undefined, form: URLSearchParams) {
  if (authorization === undefined) return [form.get('client_id'), form.get('client_secret')];
  const pair = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
  const decoded = new URLSearchParams(pair.replace(/^([^:]*):(.*)$/, 'id=$1&secret=$2'));
  return [decoded.get('id'), decoded.get('secret')];
}

/** Whom a signed statement speaks for. */
function subjectOf(assertion: string, publicKey: string | undefined): string | Refusal {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const isSigned =
    publicKey !== undefined &&
    verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      createPublicKey(publicKey),
      Buffer.from(signature, 'base64url'),
    );
  if (!isSigned) return { error: 'invalid_grant', words: 'Invalid JWT Signature.' };
  const said: { readonly sub: string } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return said.sub;
}

function discovery(root: string): object {
  return {
    authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
    token_endpoint: `${root}/oauth2/v2.0/token`,
    issuer: `${root}/v2.0`,
    jwks_uri: `${root}/keys`,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function send(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: string, words = ''): void {
  response.writeHead(400, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ error, error_description: words }));
}
