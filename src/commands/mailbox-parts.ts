/**
 * What the pipeline is given for each mailbox: its own settings, templates and sender; store, queue, clock and log
 * are everybody's.
 */
import type { TemplateSet } from '../core/template-compile.ts';
import { verifierFor } from '../edges/mail-verifier.ts';
import type { MailboxSettings, Settings } from '../edges/settings.ts';
import type { PipelineParts } from '../pipeline/parts.ts';
import { knowledgeFor } from './knowledge.ts';

/** The parts of each mailbox, by its name, made from those that all share. */
export function partsByMailbox(
  shared: PipelineParts,
  settings: Settings,
  templatesIn: (folder: string) => TemplateSet,
): ReadonlyMap<string, PipelineParts> {
  return new Map(
    settings.mailboxes.map((own) => [own.name, partsOf(own, { shared, settings, templatesIn })]),
  );
}

interface Context {
  readonly shared: PipelineParts;
  readonly settings: Settings;
  readonly templatesIn: (folder: string) => TemplateSet;
}

function partsOf(own: MailboxSettings, { shared, settings, templatesIn }: Context): PipelineParts {
  const { verify: sharedVerify, ...parts } = shared;
  const verify =
    own.trustedAuthservIds === undefined ? sharedVerify : ownVerify(own, shared, settings);
  const folder = own.templatesDir ?? settings.templatesDir;
  const desk = shared.desks.get(own.name);
  return {
    ...parts,
    ...knowledgeFor(shared, own),
    ...(verify === undefined ? {} : { verify }),
    templates: () => templatesIn(folder),
    desks: new Map(desk === undefined ? [] : [[own.name, desk]]),
  };
}

/** SPF goes by what the trusted hosts wrote down. */
function ownVerify(
  { trustedAuthservIds }: MailboxSettings,
  { clock }: Pick<PipelineParts, 'clock'>,
  settings: Settings,
): PipelineParts['verify'] {
  return verifierFor(
    { ...settings, trustedAuthservIds: trustedAuthservIds ?? settings.trustedAuthservIds },
    { clock, network: 'dns' },
  );
}
