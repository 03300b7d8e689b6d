/**
 * What the console is given, wired from the parts of the service.
 */
import type { ConsoleParts } from '../console/parts.ts';
import type { QueueBoard } from '../edges/bull-board.ts';
import { deskActions } from '../pipeline/desk.ts';
import { customerDesk } from './console-customers.ts';
import { houseOf } from './console-house.ts';
import { templateDesk } from './console-templates.ts';
import type { HouseWiring } from './console-wiring.ts';

/** `board`: where the queue is one that a board can look into. */
export function consoleParts(wiring: HouseWiring, board?: QueueBoard): ConsoleParts {
  const { settings, store, pipelineOf, clock, log } = wiring;
  return {
    store,
    desk: deskActions({ store, pipelineOf, clock, log }),
    customers: customerDesk(wiring),
    templates: templateDesk(wiring),
    house: houseOf(wiring),
    ...(board === undefined ? {} : { queueBoard: board.plugin }),
    clock,
    log,
    partner: settings.partner.name,
    timeZone: settings.timeZone,
  };
}
