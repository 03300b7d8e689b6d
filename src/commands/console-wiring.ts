/**
 * What the parts of the console are wired from.
 */
import type { Settings } from '../edges/settings.ts';
import type { PipelineParts } from '../pipeline/parts.ts';
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
}
