/**
 * A reply that is good enough to be sent, for tests of how it is sent.
 */
import type { Reply } from '../../src/core/decision.ts';

export function plainReply(change: Partial<Reply> = {}): Reply {
  return {
    from: { name: 'Fabrikam Support', address: 'support@partner.example' },
    to: { name: 'Anna Hoff', address: 'anna@contoso.example' },
    subject: 'Please cancel it in the portal',
    text: 'Hello Anna,\n',
    html: '<p>Hello Anna,</p>',
    messageId: '<tr.case-1.0123456789abcdef0123456789abcdef@partner.example>',
    references: [],
    headers: { 'Auto-Submitted': 'auto-replied' },
    envelopeFrom: '',
    locale: 'en',
    templateId: 'en/cancel-portal',
    templateHash: '00',
    ...change,
  };
}
