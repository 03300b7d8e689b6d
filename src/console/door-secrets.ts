/**
 * What opens a door: random secrets, kept by their hashes, and the tokens that are derived from them.
 */
import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** A recognisable beginning: tools that look for leaked secrets find it by that. */
export const apiTokenPrefix = 'trapi_';

/** 32 random octets, in characters that a cookie and an address may hold. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function newApiToken(): string {
  return `${apiTokenPrefix}${newSecret()}`;
}

/** Names a token in lists. */
export function newTokenId(): string {
  return randomBytes(6).toString('hex');
}

/** As the store keeps it. No salt and no slow hash: nobody guesses 32 random octets. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** A token that only whoever has the secret can make, and that does not tell it. */
export function derived(secret: string, purpose: string): string {
  return createHmac('sha256', secret).update(purpose).digest('base64url');
}

/** Compares without telling by its time how much is right. */
export function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(hashOf(one)), Buffer.from(hashOf(other))];
  return timingSafeEqual(a, b);
}

/** Without letters and digits that look alike. */
const passwordLetters = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Five groups of four: 99 bits, and can be read aloud. */
export function newPassword(): string {
  const group = () =>
    Array.from({ length: 4 }, () => passwordLetters[randomInt(passwordLetters.length)]).join('');
  return Array.from({ length: 5 }, group).join('-');
}
