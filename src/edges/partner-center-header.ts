/**
 * The header row of a Partner Center file, held against its profile.
 */
import { csvColumnsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { shownText } from './customer-rows.ts';
import { type ProfileName, profileNames, profiles } from './partner-center-profiles.ts';

export interface ProfileHeader {
  /** By column of the profile: its place in the rows. */
  readonly places: ReadonlyMap<string, number>;
  readonly unknown: readonly string[];
}

export function invalid(sentence: string): ResponderError {
  return new ResponderError('CUSTOMERS_INVALID', sentence);
}

/** Microsoft's pages write the same name with spaces, with underscores and in other capitals. */
function keyOf(name: string): string {
  return name.toLowerCase().replace(/[\s_]/g, '');
}

const known = new Set(
  profileNames.flatMap((profile) => profiles[profile].columns.map(({ name }) => keyOf(name))),
);

/** Whether a name of a header row is one of any profile, so that another file is known for what it is. */
export function isProfileColumn(name: string): boolean {
  return known.has(keyOf(name));
}

export function readHeader(profile: ProfileName, cells: readonly string[]): ProfileHeader {
  if (cells.length > csvColumnsMax)
    throw invalid(`The header row has ${cells.length} columns; at most ${csvColumnsMax} are read.`);
  const keys = cells.map(keyOf);
  const places = new Map<string, number>();
  for (const { name } of profiles[profile].columns) {
    const at = keys.indexOf(keyOf(name));
    if (at < 0) continue;
    if (keys.lastIndexOf(keyOf(name)) !== at)
      throw invalid(`The column ${shownText(cells[at] ?? '')} occurs twice in the header row.`);
    places.set(name, at);
  }
  refuseOtherFiles(profile, new Set(keys));
  const read = new Set(places.values());
  return { places, unknown: cells.filter((cell, at) => cell !== '' && !read.has(at)) };
}

function refuseOtherFiles(profile: ProfileName, keys: ReadonlySet<string>): void {
  const missing = missingIn(profile, keys);
  if (missing.length === 0) return;
  const fitting = profileNames.filter((other) => missingIn(other, keys).length === 0);
  const mend = fitting.length > 0 ? ` It has those of ${fitting.join(', ')}.` : '';
  const names = missing.join(', ');
  throw invalid(
    `The header row lacks ${names}, which files of ${profile} have; the names must be the English ones.${mend}`,
  );
}

function missingIn(profile: ProfileName, keys: ReadonlySet<string>): readonly string[] {
  return profiles[profile].columns
    .filter((column) => column.required && !keys.has(keyOf(column.name)))
    .map(({ name }) => name);
}
