/**
 * What the parts of the console are wired from.
 */
import type { Settings } from '../edges/settings.ts';
import type { PipelineParts } from '../pipeline/parts.ts';
import type { LoginExpiries } from '../ports/oauth.ts';
import type { Jobs } from '../ports.ts';
import type { OpenedStore } from '../store/open.ts';

export interface ConsoleWiring {
  readonly settings: Settings;
  readonly store: OpenedStore['store'];
  /** Undefined for a mailbox that is not in the settings. */
  readonly pipelineOf: (mailbox: string) => PipelineParts | undefined;
  readonly clock: PipelineParts['clock'];
  readonly log: PipelineParts['log'];
}

/** The same with what the service is made of, beside the store: for health and the queue. */
export interface HouseWiring extends ConsoleWiring {
  readonly service: {
    readonly jobs: Pick<Jobs, 'depth'>;
    /** Of the store's database, where the queue may lie. */
    readonly pool: OpenedStore['pool'];
    readonly loginExpiries: LoginExpiries;
  };
}
