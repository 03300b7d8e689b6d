/**
 * Templates as the console edits them, wired to their folders, the check and the store.
 */
import type { TemplateDesk } from '../ports/template-desk.ts';
import type { ConsoleWiring } from './console-wiring.ts';

export function templateDesk({ settings }: ConsoleWiring): TemplateDesk {
  return { folders: [settings.templatesDir] };
}
