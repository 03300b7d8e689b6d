/**
 * What the console is given, wired from the parts of the service.
 */
import type { ConsoleParts } from '../console/parts.ts';
import { Timers } from '../edges/later.ts';
import { deskActions } from '../pipeline/desk.ts';
import { customerDesk } from './console-customers.ts';
import { houseOf } from './console-house.ts';
import { templateDesk } from './console-templates.ts';
import type { ConsoleWiring } from './console-wiring.ts';

export function consoleParts(wiring: ConsoleWiring): ConsoleParts {
  const { settings, store, pipelineOf, clock, log, service } = wiring;
  return {
    store,
    desk: deskActions({ store, pipelineOf, clock, log, later: new Timers() }),
    customers: customerDesk(wiring),
    templates: templateDesk(wiring),
    house: houseOf(wiring),
    ...(service.queueBoard === undefined ? {} : { queueBoard: service.queueBoard.plugin }),
    clock,
    log,
    partner: settings.partner.name,
    timeZone: settings.timeZone,
  };
}
