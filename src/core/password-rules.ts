/**
 * What a password must be: long, and not the obvious. NIST SP 800-63B §3.1.1.2: length counts, mixtures of kinds of
 * characters do not, and nobody is made to change one that is not known to be lost.
 */

/** NIST asks for 15 where a password is all there is, and 8 beside a second factor; guesses are slowed down here. */
const passwordCharsMin = 12;
/** Far above the 64 that must be allowed; it bounds what is hashed. */
const passwordCharsMax = 256;
/** `aaaaaaaaaaaa` and `abababababab` are as long as others and guessed first. */
const differentCharsMin = 5;

/** The same characters typed on another keyboard are the same password: NFKC, as NIST has it. */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC');
}

/** What is wrong with a new password, as a sentence; undefined where nothing is. */
export function faultOfPassword(password: string, userName: string): string | undefined {
  const characters = [...normalizePassword(password)];
  if (characters.length < passwordCharsMin)
    return `A password needs at least ${passwordCharsMin} characters; several words are easy to remember.`;
  if (characters.length > passwordCharsMax)
    return `A password has at most ${passwordCharsMax} characters.`;
  if (new Set(characters).size < differentCharsMin)
    return `A password needs at least ${differentCharsMin} different characters.`;
  const plain = characters.join('').toLowerCase();
  const guessed = [userName.toLowerCase(), 'transition-responder', 'password'].find(
    (word) => word.length > 3 && plain.replaceAll(word, '').length < differentCharsMin,
  );
  return guessed === undefined ? undefined : 'That password would be guessed first.';
}

/** Whether a login name can be typed, read aloud and put into a log. */
export function isUserName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._@-]{0,63}$/.test(name);
}

/** As people type it. */
export function normalizeUserName(text: string): string {
  return text.trim().toLowerCase();
}
