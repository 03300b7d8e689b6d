/**
 * Marks in who is said to have written a notice, and who passed it on before its forwarder.
 *
 * All of it was typed by somebody: a mark speaks against a notice, its absence for nothing.
 */
import { domainOf, normalizeAddress } from './address.ts';
import { isFromMicrosoft } from './classify.ts';
import { imitatesMicrosoft } from './look-alike.ts';
import type { Original } from './mail.ts';
import type { NoticeCatalog } from './notice.ts';
import { type Mark, strong, weak } from './notice-marks.ts';

export interface SenderScene {
  readonly catalog: NoticeCatalog;
  /** Whether a host is the forwarder's own. */
  readonly isForwarders: (host: string) => boolean;
  /** Whether an author is of the organisation that the notice names by its domain. */
  readonly isRecipients: (address: string) => boolean;
}

/** A typed name without an address says nothing either way: Outlook often writes only the name. */
export function senderMarks(original: Original, { catalog, isForwarders }: SenderScene): Mark[] {
  const { name = '', address } = original.from ?? {};
  if (address === undefined) {
    const isKnown = name === '' || /microsoft|office 365/i.test(name);
    return isKnown ? [] : [weak('sender-elsewhere', name)];
  }
  if (isFromMicrosoft(original, catalog)) return [];
  const imitation = imitatesMicrosoft(name) || imitatesMicrosoft(domainOf(address));
  // Groups and lists rewrite their authors: `'Microsoft' via Office <office@contoso.example>`.
  const isRewritten = isForwarders(domainOf(address)) || /^['"]?microsoft.{0,60} via /i.test(name);
  return imitation && !isRewritten
    ? [strong('sender-imitates-microsoft', `${name} <${address}>`)]
    : [weak('sender-elsewhere', address)];
}

export const passedOnByStranger = 'passed-on-by-stranger';

/** Whether an author between the notice and its forwarder is one of theirs, as far as typed fields tell. */
export function isOneOfTheirs(between: Original, scene: SenderScene): boolean {
  const address = between.from?.address;
  return (
    address === undefined ||
    isFromMicrosoft(between, scene.catalog) ||
    scene.isForwarders(domainOf(address)) ||
    scene.isRecipients(normalizeAddress(address))
  );
}

/** Who passed a notice on before its forwarder did: anybody can put one into a mail of his own. */
export function passerMarks(between: Original, scene: SenderScene): Mark[] {
  const { name = '', address = '' } = between.from ?? {};
  if (isOneOfTheirs(between, scene)) return [];
  return imitatesMicrosoft(name) || imitatesMicrosoft(domainOf(address))
    ? [strong('sender-imitates-microsoft', `${name} <${address}>`)]
    : [weak(passedOnByStranger, normalizeAddress(address))];
}
