/**
 * JSON on one line that may be shown on a terminal, whatever its texts hold.
 */

/** JSON leaves some characters as they are that drive a terminal or turn a line around. */
export function jsonText(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
