/**
 * What the bench compares with: the loop that a capable developer writes in an afternoon, with the same libraries.
 *
 * One connection; unseen mails in their order; simpleParser; a regular expression on the subject; the customer in a
 * Map by the sender's address; a Handlebars template; a pooled transport; \Answered. No screening, no authentication,
 * no record of what was done: it would answer a forger and, after a crash, answer twice.
 */
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { ImapFlow } from 'imapflow';
import { simpleParser } from 'mailparser';
import nodemailer from 'nodemailer';

const { IMAP_PORT, SMTP_PORT, CUSTOMERS, TEMPLATE } = process.env;

const subjects = /about to lose access to your Office 365|Zugriff auf Ihr.*Office 365/i;

interface Row {
  readonly name: string;
  readonly product: string;
}

/** The file has no quoted values. */
function readCustomers(path: string): ReadonlyMap<string, Row> {
  const customers = new Map<string, Row>();
  for (const line of readFileSync(path, 'utf8').split('\n').slice(1)) {
    const values = line.split(',');
    for (const contact of (values[5] ?? '').split(';')) {
      const address = /<([^>]+)>/.exec(contact)?.[1] ?? contact;
      customers.set(address, { name: values[1] ?? '', product: values[10] ?? '' });
    }
  }
  return customers;
}

const customers = readCustomers(CUSTOMERS ?? '');
const source = readFileSync(TEMPLATE ?? '', 'utf8');
const render = Handlebars.compile(source);
const transport = nodemailer.createTransport({
  host: '127.0.0.1',
  port: Number(SMTP_PORT),
  secure: false,
  ignoreTLS: true,
  pool: true,
});
const client = new ImapFlow({
  host: '127.0.0.1',
  port: Number(IMAP_PORT),
  secure: false,
  auth: { user: 'support@partner.example', pass: 'secret' },
  logger: false,
});
client.on('error', () => process.exit(1));

/** How many there were. */
async function answerUnseen(): Promise<number> {
  const uids = await client.search({ seen: false }, { uid: true });
  for (const uid of uids || []) {
    const fetched = await client.fetchOne(String(uid), { source: true }, { uid: true });
    if (fetched === false || fetched?.source === undefined) continue;
    const mail = await simpleParser(fetched.source);
    const from = mail.from?.value[0]?.address ?? '';
    const customer = customers.get(from.toLowerCase());
    const isOurs = subjects.test(mail.subject ?? '') && customer !== undefined;
    if (isOurs) {
      const context = { ...customer, contact: mail.from?.value[0]?.name };
      await transport.sendMail({
        from: 'Fabrikam Support <support@partner.example>',
        to: from,
        subject: `Re: ${mail.subject}`,
        text: render({ ...context, isHtml: false }),
        html: render({ ...context, isHtml: true }),
        inReplyTo: mail.messageId,
        references: mail.messageId,
      });
    }
    const flags = isOurs ? ['\\Seen', '\\Answered'] : ['\\Seen'];
    await client.messageFlagsAdd(String(uid), flags, { uid: true });
  }
  return uids ? uids.length : 0;
}

let isTold = false;
client.on('exists', () => {
  isTold = true;
  // Ends IDLE.
  void client.noop();
});
await client.connect();
await client.mailboxOpen('INBOX');
process.on('disconnect', () => process.exit(0));
process.send?.(0);
for (let through = 0; ; ) {
  if (!isTold) await client.idle();
  isTold = false;
  through += await answerUnseen();
  process.send?.(through);
}
