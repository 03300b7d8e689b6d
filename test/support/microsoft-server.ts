/**
 * Partner Center, Microsoft Graph and the login of Microsoft Entra as an HTTPS server on this machine: the
 * documented shapes, pages and headers, with faults that are queued for a path.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate } from './certificate.ts';

export interface FakeTenant {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly country?: string;
  /** `relationshipToPartner`; absent: Partner Center does not list it. */
  readonly relationship?: string;
  readonly customDomains?: readonly string[];
  /** Of Partner Center. */
  readonly sold?: readonly object[];
  readonly skus?: readonly object[];
  /** Of Graph; absent: no GDAP. */
  readonly owned?: readonly object[];
  readonly graphSkus?: readonly object[];
}

/** Answers in place of the true one. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => void;

export interface FakeMicrosoft {
  readonly url: string;
  readonly ca: string;
  readonly tenants: FakeTenant[];
  /** `METHOD path` of every request, in order. */
  readonly requests: string[];
  readonly headers: IncomingMessage['headers'][];
  readonly logins: URLSearchParams[];
  /** The next request whose path begins so is answered by the fault. */
  fail(path: string, ...faults: Fault[]): void;
  close(): Promise<void>;
}

export function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Fault {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** Fewer octets than were announced. */
export const truncated: Fault = (_request, response) => {
  response.writeHead(200, { 'Content-Length': '1000' });
  response.write('{"items":[');
  setImmediate(() => response.destroy());
};

export const never: Fault = () => undefined;

export function loginError(number: string): Fault {
  return answer(400, {
    error: 'invalid_grant',
    error_description: `AADSTS${number}: Something in the words of the day. Trace ID: 1`,
    error_codes: [Number(number)],
  });
}

const pageSize = 2;

export async function startMicrosoft(tenants: readonly FakeTenant[]): Promise<FakeMicrosoft> {
  const { key, cert } = makeCertificate();
  const faults = new Map<string, Fault[]>();
  const server = createServer({ key, cert });
  let tokens = 0;
  const fake: FakeMicrosoft = {
    get url() {
      return `https://localhost:${(server.address() as AddressInfo).port}`;
    },
    ca: cert,
    tenants: [...tenants],
    requests: [],
    headers: [],
    logins: [],
    fail: (path, ...more) => faults.set(path, [...(faults.get(path) ?? []), ...more]),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const send = (response: ServerResponse, body: unknown, bom = ''): void => {
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(`${bom}${JSON.stringify(body)}`);
  };
  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '/', fake.url);
    const path = url.pathname + url.search;
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      const isLogin = url.pathname.includes('/oauth2/') || url.pathname.includes('/.well-known/');
      if (!isLogin) {
        fake.requests.push(`${request.method} ${path}`);
        fake.headers.push(request.headers);
      }
      for (const [prefix, queued] of faults) {
        const fault = path.startsWith(prefix) ? queued.shift() : undefined;
        if (fault !== undefined) return fault(request, response);
      }
      const tenant = url.pathname.split('/')[1] ?? '';
      if (url.pathname.endsWith('/.well-known/openid-configuration')) {
        const root = `${fake.url}/${tenant}`;
        return send(response, {
          authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
          token_endpoint: `${root}/oauth2/v2.0/token`,
          issuer: `${root}/v2.0`,
          jwks_uri: `${root}/keys`,
        });
      }
      if (url.pathname.endsWith('/oauth2/v2.0/token')) {
        fake.logins.push(new URLSearchParams(body));
        tokens += 1;
        return send(response, {
          token_type: 'Bearer',
          expires_in: 3_600,
          access_token: `token-${tokens}-${tenant}`,
        });
      }
      const bearer = /^Bearer token-\d+-(.+)$/.exec(request.headers.authorization ?? '')?.[1];
      if (bearer === undefined) return answer(401, {})(request, response);
      const found = url.pathname.startsWith('/v1.0/')
        ? graphAnswer(fake, url, bearer)
        : partnerAnswer(fake, url, request);
      if (found === undefined) return answer(404, { code: 404 })(request, response);
      // Partner Center begins its answers with a byte order mark.
      send(response, found, url.pathname.startsWith('/v1.0/') ? '' : '\uFEFF');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return fake;
}

function collection(items: readonly unknown[], more: object = {}): object {
  return { totalCount: items.length, items, ...more, attributes: { objectType: 'Collection' } };
}

function partnerAnswer({ tenants }: FakeMicrosoft, url: URL, request: IncomingMessage): unknown {
  const listed = tenants.filter(({ relationship }) => relationship !== undefined);
  const [, , , id, kind] = url.pathname.split('/');
  if (id === 'relationshiprequests') return { url: 'https://partner.example/accept' };
  if (id === undefined) {
    const token = request.headers['ms-continuationtoken'];
    const from = token === undefined ? 0 : Number(token);
    const items = listed.slice(from, from + pageSize).map((one) => ({
      id: one.id,
      companyProfile: { tenantId: one.id, domain: one.domain, companyName: one.name },
      relationshipToPartner: one.relationship,
    }));
    const next = {
      uri: '/customers?size=100&seekOperation=Next',
      method: 'GET',
      headers: [{ key: 'MS-ContinuationToken', value: String(from + pageSize) }],
    };
    return collection(items, { links: from + pageSize < listed.length ? { next } : {} });
  }
  const tenant = listed.find((one) => one.id === id);
  if (tenant === undefined) return undefined;
  if (kind === 'subscriptions') return collection(tenant.sold ?? []);
  if (kind === 'subscribedskus') return collection(tenant.skus ?? []);
  return {
    id: tenant.id,
    companyProfile: { tenantId: tenant.id, domain: tenant.domain, companyName: tenant.name },
    billingProfile: {
      culture: 'en-US',
      language: 'en',
      defaultAddress: { country: tenant.country ?? 'DE' },
    },
    relationshipToPartner: tenant.relationship,
    customDomains: [tenant.domain, ...(tenant.customDomains ?? [])],
    allowDelegatedAccess: true,
  };
}

function graphAnswer({ tenants, url: root }: FakeMicrosoft, url: URL, bearer: string): unknown {
  const administered = tenants.filter(({ owned }) => owned !== undefined);
  if (url.pathname === '/v1.0/tenantRelationships/delegatedAdminRelationships') {
    const from = Number(url.searchParams.get('$skiptoken') ?? 0);
    const value = administered.slice(from, from + pageSize).map((one) => ({
      status: 'active',
      customer: { tenantId: one.id, displayName: one.name },
    }));
    const hasMore = from + pageSize < administered.length;
    const next = `${root}${url.pathname}?$skiptoken=${from + pageSize}`;
    return { value, ...(hasMore ? { '@odata.nextLink': next } : {}) };
  }
  const tenant = administered.find((one) => one.id === bearer);
  if (tenant === undefined) return undefined;
  switch (url.pathname) {
    case '/v1.0/organization':
      return {
        value: [
          {
            displayName: tenant.name,
            countryLetterCode: tenant.country ?? 'DE',
            verifiedDomains: [
              { name: tenant.domain, isInitial: true },
              ...(tenant.customDomains ?? []).map((name) => ({ name, isInitial: false })),
            ],
          },
        ],
      };
    case '/v1.0/directory/subscriptions':
      return { value: tenant.owned };
    case '/v1.0/subscribedSkus':
      return { value: tenant.graphSkus ?? [] };
    default:
      return undefined;
  }
}
