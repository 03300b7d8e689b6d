/**
 * What every reply must look like on the wire: its header fields, all of them, in their order; one recipient;
 * lines that no server has to touch.
 */
import { expect } from 'vitest';
import { fieldsOf, fieldValue, headOf } from './dkim.ts';
import type { SunkMail } from './smtp-sink.ts';

/** The fields of a reply in their order. The thread's are there where the mail had message-ids. */
export const replyFields = [
  'Auto-Submitted',
  'X-Auto-Response-Suppress',
  'Precedence',
  'X-Transition-Responder',
  'From',
  'To',
  'In-Reply-To',
  'References',
  'Subject',
  'Message-ID',
  'Date',
  'MIME-Version',
  'Content-Type',
] as const;

export interface ReplyForm {
  readonly to: string;
  readonly from?: string;
  readonly signed?: boolean;
  readonly inReplyTo?: boolean;
  readonly references?: boolean;
  /** A mail that we began, not a response. */
  readonly own?: boolean;
}

/** The values of the fields by name, after everything about the form was checked. */
export function expectReplyForm(mail: SunkMail, form: ReplyForm): Readonly<Record<string, string>> {
  const { inReplyTo = true, references = true, signed = false, own = false } = form;
  const fields = fieldsOf(mail.octets);
  expect(fields.map(({ name }) => name)).toEqual([
    ...(signed ? ['DKIM-Signature'] : []),
    ...replyFields.filter(
      (name) => (name !== 'In-Reply-To' || inReplyTo) && (name !== 'References' || references),
    ),
  ]);
  const values = Object.fromEntries(fields.map((field) => [field.name, fieldValue(field)]));
  expect(values).toMatchObject({
    'Auto-Submitted': own ? 'auto-generated' : 'auto-replied',
    'X-Auto-Response-Suppress': 'All',
    Precedence: 'auto_reply',
    'MIME-Version': '1.0',
  });
  expect(values['Content-Type']).toMatch(/^multipart\/alternative; boundary="[\w.-]+"$/);
  expect(mail.from).toBe(form.from ?? '');
  expect(mail.to).toEqual([form.to]);
  expectLines(mail.octets);
  return values;
}

/** RFC 5322 §2.1.1, §2.2: CRLF only, no line above 998, and none above 78 that could be folded. */
function expectLines(octets: Buffer): void {
  const text = octets.toString('latin1');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
  expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  for (const line of headOf(octets).split('\r\n')) {
    expect(line).not.toMatch(/[^\x09\x20-\x7e]/);
    if (line.length > 78) expect(line.trim()).not.toMatch(/\S\s+\S.*\s\S/);
  }
}
