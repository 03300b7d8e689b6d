/**
 * `doctor`: the console. Where it listens, who can log in, whether the issuer answers.
 */
import type { Settings } from '../edges/settings.ts';
import type { OpenedStore } from '../store/open.ts';
import { issuerOf } from './console-issuer.ts';
import { type Finding, failed, isInUse } from './doctor-checks.ts';

export async function checkConsole(
  { console: doors }: Settings,
  opened: Promise<OpenedStore>,
): Promise<Finding> {
  const { host, port, publicUrl, oidc } = doors;
  if (port === undefined) return { verdict: 'ok', detail: 'off: console.port is not set' };
  const where = publicUrl ?? `http://${host}:${port}`;
  const issuer = await issuerOf(doors);
  try {
    await issuer?.check();
  } catch (error) {
    return failed(error);
  }
  const vouching = oidc === undefined ? '' : `, ${oidc.name} answers`;
  try {
    const users = await (await opened).store.listUsers();
    const admins = users.filter(({ role }) => role === 'admin').length;
    const detail = `${where}, ${users.length} users, ${admins} of them admins${vouching}`;
    return admins > 0 || oidc !== undefined
      ? { verdict: 'ok', detail }
      : { verdict: 'warn', detail, mends: ['Add an admin: user add NAME --role admin'] };
  } catch (error) {
    const verdict = isInUse(error) ? 'warn' : 'fail';
    const detail = `${where}${vouching}; its users stand in the store, which cannot be opened`;
    return { ...failed(error), verdict, detail };
  }
}
