/**
 * What the console is given: the world as interfaces. Only `commands/` wires real ones in.
 */
import type { FastifyPluginCallback } from 'fastify';
import type { AuditStore } from '../ports/audit.ts';
import type { ConsoleStore } from '../ports/console.ts';
import type { CustomerDesk } from '../ports/customer-desk.ts';
import type { DeskActions } from '../ports/desk.ts';
import type { DoorStore } from '../ports/doors.ts';
import type { House } from '../ports/house.ts';
import type { IdempotencyStore } from '../ports/idempotency.ts';
import type { TemplateDesk } from '../ports/template-desk.ts';
import type { Clock, Log, Store } from '../ports.ts';

export interface ConsoleParts {
  readonly store: Store & ConsoleStore & AuditStore & DoorStore & IdempotencyStore;
  readonly desk: DeskActions;
  readonly customers: CustomerDesk;
  readonly templates: TemplateDesk;
  readonly house: House;
  /** The board of the queue, for a scope of its own; absent where no board can look into the queue. */
  readonly queueBoard?: FastifyPluginCallback;
  readonly clock: Clock;
  readonly log: Log;
  /** The partner's name, as the settings have it. */
  readonly partner: string;
  /** IANA name, for days and times on the screen. */
  readonly timeZone: string;
}
