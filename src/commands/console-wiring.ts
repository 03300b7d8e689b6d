/**
 * What the parts of the console are wired from.
 */
import type { Settings } from '../edges/settings.ts';
import type { PipelineParts } from '../pipeline/parts.ts';
import type { OpenedStore } from '../store/open.ts';

export interface ConsoleWiring {
  readonly settings: Settings;
  readonly store: OpenedStore['store'];
  /** Undefined for a mailbox that is not in the settings. */
  readonly pipelineOf: (mailbox: string) => PipelineParts | undefined;
  readonly clock: PipelineParts['clock'];
  readonly log: PipelineParts['log'];
}
