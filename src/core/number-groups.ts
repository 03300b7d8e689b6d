/**
 * Groups of digits with a space between them, as phone numbers are written: one that is broken over two lines is
 * easily dialled by half.
 */

// Longer ones than this would not fit a narrow phone.
export const numberGroups =
  /(?<![\p{L}\p{N}])\+?\d[\d()/.-]{0,7} [\d ()/.-]{2,11}\d(?![\p{L}\p{N}])/gu;
