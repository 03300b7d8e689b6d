/**
 * The rules of other responders and helpdesks, row by row of docs/screening.md: a mail that theirs would not
 * answer, and what happens with it here. Each carries a genuine notice from a known, proven contact, so that
 * nothing else could keep it from being answered.
 */
import { expect, test } from 'vitest';
import { signedMessageId } from '../../src/core/message-id.ts';
import { nothingSentBefore, restrain, type SentBefore } from '../../src/core/restrain.ts';
import {
  decideAtDesk,
  type ForwardText,
  forwardText,
  messageIdKey,
  policy,
} from '../support/sample-desk.ts';
import { readProjectFile } from '../support/source-code.ts';

const own = signedMessageId('c0123456789abcdef01234567', messageIdKey, 'partner.example');
const answered: Partial<SentBefore> = {
  sameKeyCount: 1,
  sameKeyRows: 1,
  sameKey: { caseId: 'c1', to: 'anna.hoff@contoso.example', at: new Date(0), state: 'sent' },
};
const answers = 'reply reply-instructions';
/** A hop with a genuine notice of a known contact is answered: that is the point of the verdict. */
const hop = answers;

interface Sample {
  readonly mail?: ForwardText;
  readonly id?: string;
  readonly before?: Partial<SentBefore>;
  readonly expected: string;
}

const silent = (code: string): string => `suppress suppressed-${code}`;
const field = (text: string, expected: string): Sample => ({ mail: { fields: [text] }, expected });
const from = (author: string, expected: string): Sample => ({ mail: { from: author }, expected });

/** By the number of the row; a row about what cannot arise, or is no rule here, shows that it is answered. */
const samples: Readonly<Record<number, readonly Sample[]>> = {
  1: [{ expected: answers }],
  2: [{ mail: { above: ['Return-Path: <>'] }, expected: silent('null-reverse-path') }],
  3: [from('support@partner.example', silent('own-mail'))],
  4: [from('billing@partner.example', silent('own-mail'))],
  5: [{ before: answered, expected: silent('already-answered') }],
  6: [
    'Id: <l.x.example>',
    'Owner: <mailto:o@x.example>',
    'Subscribe: <mailto:s@x.example>',
    'Post: NO',
    'Unsubscribe: <mailto:u@x.example>',
    'Help: <mailto:h@x.example>',
    'Archive: <https://x.example>',
  ].map((list) => field(`List-${list}`, silent('list'))),
  7: [
    field('Auto-Submitted: auto-replied (vacation)', silent('auto-submitted')),
    field('Auto-Submitted: auto-notified', silent('auto-submitted')),
    field('Auto-Submitted: auto-generated', hop),
    field('Auto-Submitted: auto-forwarded', hop),
  ],
  8: ['junk', 'bulk', 'list', 'BULK'].map((value) => field(`Precedence: ${value}`, silent('bulk'))),
  9: [
    from('MAILER-DAEMON@contoso.example', silent('system-author')),
    from('LISTSERV@contoso.example', silent('system-author')),
    from('majordomo@contoso.example', silent('system-author')),
    from('all-request@contoso.example', silent('system-author')),
    from('owner-all@contoso.example', silent('system-author')),
    { mail: { above: ['Return-Path: <owner-all@x.example>'] }, expected: silent('system-author') },
  ],
  10: [{ mail: { to: 'Ben <ben@contoso.example>' }, expected: answers }],
  11: [{ before: answered, expected: silent('already-answered') }],
  12: [field('List-Unsubscribe: <mailto:u@x.example>', silent('list'))],
  13: [field('X-Loop: yes', hop), field('X-Loop: true', hop)],
  14: [field('Precedence: list', silent('bulk'))],
  15: [
    field('Auto-Submitted: auto-generated', hop),
    field('Auto-Submitted: auto-replied', silent('auto-submitted')),
  ],
  16: [field('X-Auto-Response-Suppress: All', hop)],
  17: [{ id: own, expected: silent('own-reply') }],
  18: [
    from('support@partner.example', silent('own-mail')),
    {
      mail: { from: 'maria@partner.example', results: 'dmarc=pass header.from=partner.example' },
      expected: 'review review-forwarded-by-colleague',
    },
  ],
  19: [
    'mailer-daemon',
    'postmaster',
    'root',
    'noreply',
    'noreply-4711',
    'no-reply',
    'no-reply.x',
  ].map((local) => from(`${local}@contoso.example`, silent('system-author'))),
  20: [
    {
      before: { holds: [{ kind: 'address', detail: '5.1.1' }] },
      expected: 'review review-undeliverable-address',
    },
  ],
  21: [{ before: { toDomainLastHour: 3 }, expected: 'review review-rate-limit' }],
  22: [
    field('Mailing-List: all', silent('list')),
    field('Precedence: bulk', silent('bulk')),
    field('Precedence: first-class', answers),
  ],
  23: [
    field('X-Loop: rt@contoso.example', hop),
    field('X-No-Loop: yes', hop),
    field('X-OTRS-Loop: yes', silent('ticket-system')),
  ],
  24: [field('Auto-Submitted: auto-replied', silent('auto-submitted'))],
  25: [{ before: { toAddressLastDay: 10 }, expected: 'review review-rate-limit' }],
  26: [from('noreply@contoso.example', silent('system-author'))],
  27: [field('X-RT-Loop-Prevention: rt.x.example', silent('ticket-system'))],
  28: [
    from('postmaster@contoso.example', silent('system-author')),
    from('', 'review review-no-author'),
    from('undisclosed:;', 'review review-no-author'),
  ],
  29: [field('X-FC-Machinegenerated: true', silent('autoreply-header'))],
  30: [
    'X-Autoreply: YES',
    'X-Autoresponse: x',
    'X-AutoReply-From: a@x.example',
    'X-Autorespond: x',
    'X-Mail-Autoreply: x',
    'X-Autogenerated: REPLY',
  ].map((text) => field(text, silent('autoreply-header'))),
  31: [field('X-AMAZON-MAIL-RELAY-TYPE: NOTIFICATION', silent('autoreply-header'))],
  32: [
    field('Precedence: AUTO_REPLY', silent('autoreply-header')),
    field('X-Precedence: auto_reply', silent('autoreply-header')),
  ],
  33: [
    field('X-Failed-Recipients: a@x.example', silent('delivery-report')),
    {
      mail: { contentType: 'multipart/report; report-type=delivery-status; boundary=b' },
      expected: silent('delivery-report'),
    },
  ],
  34: [{ id: own.toLowerCase(), expected: silent('own-reply') }],
  35: [{ expected: answers }],
  36: ['X-Autoreply: yes', 'X-Autorespond: yes', 'X-Autoresponder: yes'].map((text) =>
    field(text, silent('autoreply-header')),
  ),
  37: [
    field('Auto-Submitted: no', answers),
    field('Auto-Submitted: auto-replied', silent('auto-submitted')),
  ],
  38: [field('Delivered-To: autoresponder', silent('autoreply-header'))],
  39: [{ before: answered, expected: silent('already-answered') }],
  40: [from('billing@partner.example', silent('own-mail'))],
  41: [field('Auto-Submitted: auto-generated', hop)],
  42: [field('X-MS-Exchange-Inbox-Rules-Loop: anna.hoff@contoso.example', hop)],
  43: [
    { mail: { subject: 'Automatic reply: licenses' }, expected: 'review review-looks-automatic' },
    field('Precedence: auto_reply', silent('autoreply-header')),
    field('X-Auto-Response-Suppress: OOF', hop),
  ],
  44: [field('Auto-Submitted: auto-forwarded', hop)],
};

const page = readProjectFile('docs/screening.md');
const section = page.slice(page.indexOf('\n## The rules of others')).split('\n## ')[1] ?? '';
const rows = section
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, number = '']) => /^\d+$/.test(number));

test('every row of the table has its mails', () => {
  expect(rows.map(([, number]) => Number(number))).toEqual(Object.keys(samples).map(Number));
});

for (const [, number = '', whose = '', here = ''] of rows) {
  test(`${whose}: ${here.replaceAll('`', '')}`, async () => {
    const given = samples[Number(number)] ?? [];
    for (const { mail, id, before, expected } of given) {
      const raw = forwardText(mail).replace('<mail-1@contoso.example>', id ?? '<mail-1@x.example>');
      const decision = await decideAtDesk(raw);
      const { action, reason } = restrain(decision, { ...nothingSentBefore, ...before }, policy);
      expect(`${action} ${reason}`).toBe(expected);
      // What the row names as the outcome is what happens; a hop and no rule are answers.
      const named = [...here.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code);
      if (named.length > 0 && action === 'suppress') expect(named).toContain(reason);
    }
    expect(given.length).toBeGreaterThan(0);
  });
}
