/**
 * Marks of forwarding rules and servers: they describe how a mail came here, not who wrote it
 * (zammad#6025, munin#940). All that hit are noted; one is enough.
 */

import { findField, saysYes } from './screen-fields.ts';
import type { Guard } from './screen-guard.ts';

/** In the order of docs/screening.md. */
export const hopGuards: readonly Guard<string>[] = [
  // RFC 3834 §5. Exchange stamps what its rules pass on as auto-generated; `no` is a human.
  {
    code: 'auto-submitted',
    question: 'Does Auto-Submitted have any other value than `no`: auto-generated, auto-forwarded?',
    saw: ({ fields }) =>
      findField(fields, ['auto-submitted'], (value) => !/^(?:no\b|$)/.test(value)),
  },
  // MS-OXCMAIL 2.1.3.2.20: asks others not to answer; does not say that a machine wrote the mail.
  {
    code: 'x-auto-response-suppress',
    question: 'Does the mail ask for no automatic response?',
    saw: ({ fields }) => findField(fields, ['x-auto-response-suppress'], saysYes),
  },
  {
    code: 'exchange-rule',
    question: 'Did an inbox rule or a forwarding setting of Exchange pass it on?',
    saw: ({ fields }) =>
      findField(fields, [
        'x-ms-exchange-inbox-rules-loop',
        'x-ms-exchange-generated-message-source',
        'x-ms-exchange-organization-autoforwarded',
        'x-ms-exchange-organization-generated-message-source',
        'x-ms-exchange-forwardingloop',
        'x-ms-exchange-parent-message-id',
        'x-ms-exchange-transport-rules-loop',
      ]),
  },
  // RFC 5322 §3.6.6.
  {
    code: 'resent',
    question: 'Was it resent?',
    saw: ({ fields }) =>
      findField(fields, ['resent-from', 'resent-to', 'resent-sender', 'resent-message-id']),
  },
  {
    code: 'forwarded-for',
    question: 'Did a server or a filter pass it on?',
    saw: ({ fields }) =>
      findField(fields, ['x-forwarded-for', 'x-forwarded-to', 'x-loop', 'x-no-loop']),
  },
  // The Sender Rewriting Scheme marks a forwarding server in the reverse-path; Gmail writes +caf_=.
  {
    code: 'srs',
    question: 'Did a server rewrite the reverse-path?',
    saw: ({ fields }) =>
      findField(fields, ['return-path'], (value) =>
        /^<?(?:srs[01][=+-]|[^@<>]*\+(?:srs|caf_)=)/.test(value),
      ),
  },
];
