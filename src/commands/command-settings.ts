/**
 * The settings a command runs with: those that --config or the environment names, else those of the folder.
 */
import { loadSettings, type Settings } from '../edges/settings.ts';
import type { CommandIo } from './io.ts';

/** `secrets`: which of them must be there. Throws SETTINGS_NOT_FOUND or SETTINGS_INVALID. */
export function settingsFor(
  { config }: { readonly config?: string | undefined },
  { env, cwd }: Pick<CommandIo, 'env' | 'cwd'>,
  secrets: Parameters<typeof loadSettings>[0]['secrets'],
): Settings {
  return loadSettings({
    ...(config === undefined ? {} : { configPath: config }),
    env,
    cwd,
    secrets,
  });
}
