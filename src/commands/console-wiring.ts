/**
 * What the parts of the console are wired from.
 */
import type { QueueBoard } from '../edges/bull-board.ts';
import type { Settings } from '../edges/settings.ts';
import type { PipelineParts } from '../pipeline/parts.ts';
import type { LoginExpiries } from '../ports/oauth.ts';
import type { Jobs } from '../ports.ts';
import type { OpenedStore } from '../store/open.ts';
import type { TemplateKeepers } from './template-keepers.ts';

export interface ConsoleWiring {
  readonly settings: Settings;
  readonly store: OpenedStore['store'];
  /** Undefined for a mailbox that is not in the settings. */
  readonly pipelineOf: (mailbox: string) => PipelineParts | undefined;
  /** What composes the replies of this process; absent where it composes none. */
  readonly keepers?: Pick<TemplateKeepers, 'current' | 'reload'>;
  readonly clock: PipelineParts['clock'];
  readonly log: PipelineParts['log'];
  /** What the service is made of, beside the store. */
  readonly service: {
    readonly jobs: Pick<Jobs, 'depth'>;
    /** Of the store's database, where the queue may lie. */
    readonly pool: OpenedStore['pool'];
    /** Empty until the service has started. */
    readonly loginExpiries: LoginExpiries;
    /** Absent where the queue is none that a board can look into. */
    readonly queueBoard?: QueueBoard;
  };
}
