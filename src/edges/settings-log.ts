/**
 * The log as the settings want it: how much, how it looks, and what of people stands in it.
 */
import { randomBytes } from 'node:crypto';
import { type Redactor, redactorFor } from '../core/redact.ts';
import type { LogOptions } from './log.ts';
import { policyOf } from './settings.ts';
import { findMessageIdKey } from './settings-secrets.ts';
import type { Settings } from './settings-types.ts';

export function logOptionsOf(settings: Settings): LogOptions {
  const { level, pretty } = settings.log;
  const redactor = redactorOf(settings, settings.log.redact);
  return { level, redactor, ...(pretty === undefined ? {} : { pretty }) };
}

/** Our own addresses stay readable: they say which mailbox or login is meant, and of no customer. */
export function redactorOf(settings: Settings, redact: Settings['log']['redact']): Redactor {
  return redactorFor({ redact, key: keyOf(settings), keep: policyOf(settings).ownAddresses });
}

/**
 * The key of our Message-IDs, so that all processes of a desk write the same hashes. Where it is not to be had, one
 * for this process: its lines can be joined with each other only, which is no reason to end a command.
 */
function keyOf(settings: Settings): string {
  const known = findMessageIdKey(settings);
  return known ?? randomBytes(32).toString('hex');
}
