/**
 * docker-compose.yml as the tests read it, and what compose itself would make of a service's environment.
 */
import { parse } from 'yaml';
import { z } from 'zod';
import { readProjectFile } from './source-code.ts';

const serviceSchema = z.looseObject({
  restart: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()),
  command: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  read_only: z.boolean(),
  healthcheck: z.looseObject({
    test: z.array(z.string()),
    interval: z.string(),
    timeout: z.string(),
  }),
  depends_on: z.record(z.string(), z.looseObject({ condition: z.string() })).default({}),
  deploy: z.looseObject({
    replicas: z.number().default(1),
    resources: z.looseObject({ limits: z.strictObject({ cpus: z.string(), memory: z.string() }) }),
  }),
  ports: z.array(z.unknown()).default([]),
});

export type ComposeService = z.output<typeof serviceSchema>;

export const composeText = readProjectFile('docker-compose.yml');

export const compose = z
  .looseObject({
    services: z.strictObject({
      watcher: serviceSchema,
      worker: serviceSchema,
      console: serviceSchema,
      postgres: serviceSchema,
      redis: serviceSchema,
      dovecot: serviceSchema,
      mailpit: serviceSchema,
    }),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(composeText, { merge: true }));

/** The environment of a service, with `${NAME:?…}` filled in and the names of other services replaced. */
export function environmentOf(
  { environment }: ComposeService,
  values: Readonly<Record<string, string>>,
  addresses: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const filled = (text: string) =>
    text.replace(/\$\{(\w+)(?::\?[^}]*)?\}/g, (_, name: string) => values[name] ?? '');
  const addressed = (text: string) =>
    Object.entries(addresses).reduce((url, [from, to]) => url.replace(from, to), text);
  return Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [name, addressed(filled(text))]),
  );
}
