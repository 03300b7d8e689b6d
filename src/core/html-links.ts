/**
 * The links that the reader of an HTML mail can click: not those of `<a>` alone.
 *
 * An image's map, a drawing, a form and its buttons and a frame lead somewhere too. Links are only read,
 * never followed.
 */
import { htmlLinksMax } from './limits.ts';
import type { Link } from './mail.ts';

export interface PlacedLink extends Link {
  readonly offset: number;
}

/** Where a link begins. */
export interface Place {
  /** In the text. */
  readonly offset: number;
  /** Line breaks before it. */
  readonly line: number;
  /** Whether it would be seen, should it have no text: an image's link, or an empty one. */
  readonly isSeen: boolean;
}

interface Entry {
  readonly href: string;
  readonly offset: number;
  readonly line: number;
  text: string;
  isSeen: boolean;
}

type Attributes = Readonly<Record<string, string>>;

/** Elements that can lead somewhere, those of drawings (`v:`) aside. */
const linking = new Set(['a', 'area', 'iframe', 'frame', 'form', 'button', 'input']);

/** A link's text is its words, not an essay. */
const textCharsOfLink = 2_000;

export class LinkCollector {
  /** Whether links were left out because there were too many. */
  isCut = false;
  private readonly entries: Entry[] = [];
  /** The element whose text is the link's. */
  private open: { readonly name: string; readonly entry: Entry } | undefined;
  private form: Entry | undefined;
  private button: Entry | undefined;
  private base: string | undefined;

  /** An element begins. `<base>` counts wherever it stands: `isShown` is whether the others do. */
  openElement(name: string, attributes: Attributes, place: Place, isShown: boolean): void {
    if (name === 'base') this.base ??= attributes.href?.trim();
    if (!isShown || !(linking.has(name) || name.startsWith('v:'))) return;
    const target = attributes.href ?? attributes['xlink:href'];
    if (target !== undefined && (name === 'a' || name.startsWith('v:'))) {
      const entry = this.add(target, '', place);
      this.open = { name, entry };
    } else if (name === 'area' && target !== undefined) {
      this.add(target, attributes.alt ?? '', place);
    } else if (name === 'iframe' || name === 'frame') {
      if (attributes.src !== undefined) this.add(attributes.src, attributes.title ?? '', place);
    } else {
      this.openFormElement(name, attributes, place);
    }
  }

  closeElement(name: string): void {
    if (name === this.open?.name) this.open = undefined;
    if (name === 'form') this.form = undefined;
    if (name === 'button') this.button = undefined;
  }

  /** Text that the reader sees. */
  addText(data: string): void {
    if (this.open !== undefined) addTo(this.open.entry, data);
    if (this.button !== undefined) addTo(this.button, data);
  }

  /** An image that the reader sees. */
  addImage(): void {
    if (this.open !== undefined) this.open.entry.isSeen = true;
  }

  /** Takes over the links of a part that is read by itself, all at one place. */
  adopt(part: LinkCollector, place: Place): void {
    for (const { href, text, isSeen } of part.entries) {
      if (isSeen) this.add(href, text, place);
    }
    this.isCut ||= part.isCut;
  }

  /** The links in their order. */
  links(): PlacedLink[] {
    this.dropRepeated();
    return this.entries
      .filter(({ isSeen }) => isSeen)
      .map(({ href, text, offset }) => ({
        href: resolved(href, this.base),
        text: text.trim(),
        offset,
      }));
  }

  private openFormElement(name: string, attributes: Attributes, place: Place): void {
    const { action, formaction, type = '', value, alt } = attributes;
    if (name === 'form' && action !== undefined) this.form = this.add(action, '', place);
    if (name === 'button') {
      if (formaction !== undefined) this.button = this.add(formaction, '', place);
      else if (this.form?.text === '') this.button = this.form;
    }
    if (name !== 'input') return;
    const shown = value ?? alt ?? '';
    if (formaction !== undefined) this.add(formaction, shown, place);
    else if (this.form?.text === '' && /^(?:submit|image|button)$/i.test(type))
      addTo(this.form, shown);
  }

  private add(href: string, text: string, { offset, line, isSeen }: Place): Entry {
    this.dropRepeated();
    const entry = { href: href.trim(), text, offset, line, isSeen };
    if (entry.href === '') return entry;
    if (this.entries.length < htmlLinksMax) this.entries.push(entry);
    else this.isCut = true;
    return entry;
  }

  /** The same link again in the same line says nothing new, and must not push others beyond a limit. */
  private dropRepeated(): void {
    const [before, last] = this.entries.slice(-2);
    if (before === undefined || last === undefined) return;
    if (last === this.form || last === this.button) return;
    const isSame =
      last.href === before.href &&
      last.line === before.line &&
      last.isSeen === before.isSeen &&
      last.text.trim() === before.text.trim();
    if (isSame) this.entries.pop();
  }
}

function addTo(entry: Entry, data: string): void {
  if (entry.text.length < textCharsOfLink) entry.text += data;
  if (data.trim() !== '') entry.isSeen = true;
}

/** A link that names no scheme leads below the mail's `<base>`. Without one it leads nowhere, and stays. */
function resolved(href: string, base: string | undefined): string {
  if (base === undefined || href === '' || /^[a-z][a-z\d+.-]*:/i.test(href)) return href;
  return URL.canParse(href, base) ? new URL(href, base).href : href;
}
