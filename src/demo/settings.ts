/**
 * The settings of the demo: the minimal example of the docs, pointed at the embedded server.
 */
import { stringify } from 'yaml';

export interface DemoServerAddress {
  readonly host: string;
  readonly imapPort: number;
  readonly smtpPort: number;
}

export const demoUser = 'support@partner.example';
export const demoPassword = 'demo';
export const demoHostId = 'mx.partner.example';

/** A settings file, and the environment with the password it names. */
export function demoSettings(
  { host, imapPort, smtpPort }: DemoServerAddress,
  root: string,
): string {
  const auth = { user: demoUser, password: { env: 'DEMO_PASSWORD' } };
  return stringify({
    partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
    mailboxes: [
      {
        name: 'support',
        imap: { host, port: imapPort, secure: false, auth, pollSeconds: 5 },
        smtp: { host, port: smtpPort, secure: false },
        from: `Fabrikam Support <${demoUser}>`,
      },
    ],
    mode: 'auto',
    trustedAuthservIds: [demoHostId],
    requireAuthenticated: true,
    // Two dozen samples in a minute are usual here.
    limits: { perMailboxPerHour: 1000 },
    templatesDir: 'templates',
    noticesFile: `${root}config/notices.yaml`,
    contactsFile: `${root}config/contacts.yaml`,
    log: { level: 'error' },
  });
}

export const demoEnvironment: Readonly<Record<string, string>> = { DEMO_PASSWORD: demoPassword };
