/**
 * What a label and the values beside it look like, whatever their language: an address, a moment, a day.
 *
 * Shapes only: nothing here says that an address exists or a date can be read.
 */

/** A label is a few words without digits. */
export function isLabel(label: string | undefined): boolean {
  return (
    label !== undefined &&
    label.length <= 30 &&
    !/\p{Nd}/u.test(label) &&
    label.split(/\s+/).length <= 4
  );
}

/** Whether a value names an address. Found from its `@`, so that no long word is read twice. */
export function hasAddress(value: string): boolean {
  const at = value.indexOf('@');
  return (
    at > 0 &&
    /[^\s<>"'(),;:]/.test(value.charAt(at - 1)) &&
    /^[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,9}/u.test(value.slice(at + 1, at + 256))
  );
}

/** Whether a value names a day of a year and a time of day, in the digits of any script. */
export function hasMoment(value: string): boolean {
  return (
    value.length <= 150 &&
    /(?:^|\P{Nd})\p{Nd}{4}(?:\P{Nd}|$)/u.test(value) &&
    /(?:^|\P{Nd})\p{Nd}{1,2}\s?[:.h時时點点시]\s?\p{Nd}{2}(?:\P{Nd}|$)/u.test(value)
  );
}

/** Whether a text names a day in numbers, short or long, with a time: `19/03/26 13:34`. */
export function hasDay(text: string): boolean {
  return (
    hasMoment(text) ||
    /(?:^|\D)\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2}),?\s\d{1,2}[:.]\d{2}/.test(text)
  );
}
