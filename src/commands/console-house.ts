/**
 * Settings, health and queue as the console shows them.
 */
import type { House } from '../ports/house.ts';
import type { ConsoleWiring } from './console-wiring.ts';

export function houseOf({ settings }: ConsoleWiring): House {
  return {
    mailboxes: settings.mailboxes.map(({ name }) => name),
    watched: settings.mailboxes.map(({ name, imap }) => ({
      name,
      pollSeconds: imap.pollSeconds,
    })),
  };
}
