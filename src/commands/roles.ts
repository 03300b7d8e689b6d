/**
 * What a process of the service is there for, and which secrets it needs for that.
 */
import type { SecretsNeeded } from '../edges/settings-secrets.ts';
import { ResponderError } from '../errors.ts';

export const roles = ['watch', 'work', 'console'] as const;
export type Role = (typeof roles)[number];

/** A machine that only works needs no password of a mailbox, one that only watches none for sending, and so on. */
export function secretsOf(wanted: readonly Role[]): SecretsNeeded {
  const [watch, work, console] = roles.map((role) => wanted.includes(role));
  if (watch && work) return console ? 'required' : 'watch+work';
  if (watch) return console ? 'watch+console' : 'watch';
  if (work) return console ? 'work+console' : 'work';
  return 'console';
}

export function readRoles(list: string | undefined): readonly Role[] {
  if (list === undefined) return roles;
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(roles as readonly string[]).includes(name));
  if (unknown.length > 0 || names.length === 0) {
    throw new ResponderError(
      'USAGE',
      `--roles: found “${unknown.join(', ')}”, expected a list of ${roles.join(', ')}.`,
    );
  }
  return roles.filter((role) => names.includes(role));
}
