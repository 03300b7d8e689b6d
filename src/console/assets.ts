/**
 * Style sheets and scripts, served from memory: what is not in the list does not exist, whatever path is asked for.
 *
 * Each has the digest of its octets in its address, so that browsers keep it for good and get a new one after an
 * update.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

const require = createRequire(import.meta.url);

function own(name: string): string {
  return fileURLToPath(new URL(`./assets/${name}`, import.meta.url));
}

/** By the name that pages use. */
const files = {
  'console.css': own('console.css'),
  'console.js': own('console.js'),
  'settings.css': own('settings.css'),
  'records.css': own('records.css'),
  'today.css': own('today.css'),
  'review.css': own('review.css'),
  'review.js': own('review.js'),
  'templates.css': own('templates.css'),
  'templates.js': own('templates.js'),
  'htmx.js': require.resolve('htmx.org/dist/htmx.min.js'),
} as const;

export type AssetName = keyof typeof files;

const mediaTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

interface Asset {
  readonly path: string;
  readonly mediaType: string;
  readonly octets: Buffer;
  readonly brotli: Buffer;
}

const assets = new Map<string, Asset>(
  Object.entries(files).map(([name, file]) => {
    const octets = readFileSync(file);
    const digest = createHash('sha256').update(octets).digest('hex').slice(0, 16);
    const mediaType = mediaTypes[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    return [
      name,
      { path: `/assets/${digest}/${name}`, mediaType, octets, brotli: brotliCompressSync(octets) },
    ];
  }),
);

/** The address of an asset. */
export function assetPath(name: AssetName): string {
  const asset = assets.get(name);
  if (asset === undefined) throw new Error(`no asset ${name}`);
  return asset.path;
}

export function assetRoutes(app: FastifyInstance): void {
  const byPath = new Map([...assets.values()].map((asset) => [asset.path, asset]));
  app.get('/assets/*', { config: { role: 'anybody' } }, (request, reply) => {
    const asset = byPath.get(request.url);
    if (asset === undefined) return reply.callNotFound();
    const takesBrotli = /\bbr\b/.test(request.headers['accept-encoding'] ?? '');
    reply
      .header('content-type', asset.mediaType)
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('vary', 'accept-encoding');
    if (!takesBrotli) return reply.send(asset.octets);
    return reply.header('content-encoding', 'br').send(asset.brotli);
  });
}
