import { describe, expect, it } from 'vitest';
import { composeReply } from '../../src/core/compose.ts';
import { signedMessageId, verifyOwnMessageId } from '../../src/core/message-id.ts';
import { customerWith, inputFor, planFor } from './compose-fixture.ts';

const key = 'a key for tests';

describe('Message-IDs of replies', () => {
  const id = signedMessageId('case-1', key, 'partner.example');

  it('are derived from the case alone, so a resend is the same message', () => {
    expect(signedMessageId('case-1', key, 'partner.example')).toBe(id);
    expect(signedMessageId('case-2', key, 'partner.example')).not.toBe(id);
    expect(id).toMatch(/^<tr\.case-1\.[0-9a-f]{32}@partner\.example>$/);
  });

  it('are recognised as ours, whatever host a relay put behind the @', () => {
    expect(verifyOwnMessageId(id, key)).toBe('case-1');
    expect(verifyOwnMessageId(` ${id}\r\n`, key)).toBe('case-1');
    expect(verifyOwnMessageId(id.replace('partner.example', 'relay.example'), key)).toBe('case-1');
  });

  it.each([
    ['another key', id, 'another key'],
    ['another case', id.replace('case-1', 'case-2'), key],
    ['a changed signature', id.replace(/[0-9a-f](?=@)/, (c) => (c === '0' ? '1' : '0')), key],
    ['a cut signature', id.replace(/.@/, '@'), key],
    ['no brackets', id.slice(1, -1), key],
    ['two ids', `${id} ${id}`, key],
    ['the unsigned form', '<tr.case-1.unsigned@partner.example>', key],
    ['a foreign id', '<abc@contoso.example>', key],
    ['nothing', '', key],
  ])('are not recognised with %s', (_, messageId, withKey) => {
    expect(verifyOwnMessageId(messageId, withKey)).toBeUndefined();
  });

  it('are in every reply, and unsigned only where no key is at hand', () => {
    const plan = planFor('cancel-portal', 'en', customerWith([{ licensesAssigned: 3 }]));
    expect(verifyOwnMessageId(composeReply(inputFor(plan)).messageId, key)).toBe('case-1');
    const { messageId } = composeReply(
      inputFor(plan, { policy: { portalLicensesBelow: 25, timeZone: 'UTC' } }),
    );
    expect(messageId).toBe('<tr.case-1.unsigned@partner.example>');
  });
});
