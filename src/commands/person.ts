/**
 * Who is logged in, for what is written down with a name.
 */
import { userInfo } from 'node:os';

/** The login name. A container may run as a user that has none: then its number. */
export function personLoggedIn(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
