import { describe, expect, it } from 'vitest';
import { composeReply, renderReply } from '../../src/core/compose.ts';
import { TemplateError } from '../../src/core/template.ts';
import { customerWith, flat, inputFor, planFor } from './compose-fixture.ts';

const hostileNames = [
  '[click](http://evil.example)',
  '<https://evil.example>',
  '<b>bold</b><script>alert(1)</script>',
  '*starred* _under_ **both** ~~x~~',
  '`code` ```fence```',
  '{{partner.name}} {{{body}}} {{#if x}}',
  '&lt;i&gt; &amp; &#x41;',
  '1. one',
  '- dash',
  '# heading',
  '| a | b |',
  '![i](https://evil.example/i.png)',
  'a\\*b\\',
  '"quoted" \'single\'',
  '===',
  'https://evil.example/path',
];

describe('values of the record', () => {
  it.each(hostileNames)('come out literally in both parts: %s', (name) => {
    const customer = customerWith([{ product: `P ${name}`, licensesAssigned: 3 }], { name });
    for (const [scenario, lines] of [
      ['cancel-portal', undefined],
      ['mixed', ['cancel-portal']],
    ] as const) {
      const reply = renderReply(inputFor(planFor(scenario, 'en', customer, lines)));
      expect(flat(reply.text)).toContain(`P ${name}`);
      const escaped = name
        .replace(/&/g, '&amp;')
        .replace(/</g, '&lt;')
        .replace(/>/g, '&gt;')
        .replace(/"/g, '&quot;')
        .replace(/'/g, '&#39;');
      expect(reply.html).toContain(`P ${escaped}`);
      expect(reply.html).not.toMatch(/<(?:script|b|code|img|i|h1)\b/);
      expect(reply.html).not.toMatch(/(?:href|src)="[^"]*evil/);
    }
  });

  it('stay on one line, without control and direction characters', () => {
    const name = 'Con\r\ntoso\u202E\u0000\u2028 Gm\tbH\u0007';
    const reply = renderReply(
      inputFor(planFor('cancel-portal', 'en', customerWith([{ licensesAssigned: 1 }], { name }))),
    );
    expect(flat(reply.text)).toContain('Con toso Gm bH');
    expect(reply.html).not.toMatch(/[\u0000-\u0008\u202E\u2028]/);
  });

  it('cannot flood the reply', () => {
    const customer = customerWith([{ licensesAssigned: 1 }], { name: 'x'.repeat(100_000) });
    const reply = renderReply(inputFor(planFor('cancel-portal', 'en', customer)));
    expect(reply.text.length).toBeLessThan(10_000);
  });

  it('cannot reach the prototype', () => {
    const customer = customerWith([{ product: '__proto__', licensesAssigned: 1 }], {
      name: 'constructor',
    });
    const reply = renderReply(inputFor(planFor('cancel-portal', 'en', customer)));
    expect(reply.text).toContain('__proto__');
  });
});

describe('header fields', () => {
  const plan = planFor('cancel-portal', 'en', customerWith([{ licensesAssigned: 3 }]));

  it('say that the reply is automatic', () => {
    expect(composeReply(inputFor(plan)).headers).toEqual({
      'Auto-Submitted': 'auto-replied',
      'X-Auto-Response-Suppress': 'All',
      Precedence: 'auto_reply',
      'X-Transition-Responder': 'case-1',
    });
  });

  it('take sender, recipient and reverse-path from plan and settings', () => {
    const reply = composeReply(inputFor({ ...plan, toName: 'Alex Berger' }));
    expect(reply.from).toEqual({ name: 'Fabrikam Support', address: 'support@partner.example' });
    expect(reply.to).toEqual({ name: 'Alex Berger', address: 'alex@contoso.example' });
    expect(reply.envelopeFrom).toBe('');
  });

  it.each([
    ['Alex\r\nBcc: evil@evil.example', undefined],
    ['Alex\r\nX-Evil: 1', 'Alex X-Evil: 1'],
    ['"Alex" <b>', 'Alex b'],
    ['alex\u0000', 'alex'],
    ['\u202Ealex', undefined],
    ['Alex \u2067Berger', undefined],
    ['boss@evil.example', undefined],
    ['boss＠evil.example', undefined],
    ['see https://evil.example', undefined],
    ['=?utf-8?q?boss=40evil.example?=', undefined],
    ['Alex\u2028Bcc: evil', 'Alex Bcc: evil'],
    ['x'.repeat(10_000), `${'x'.repeat(79)}…`],
    ['', undefined],
  ])('cannot be injected through the name %j', (toName, name) => {
    expect(composeReply(inputFor({ ...plan, toName })).to.name).toBe(name);
  });

  it.each([
    'a@b.example, c@d.example',
    'a@b.example\r\nBcc: c@d.example',
    'Alex <a@b.example>',
    'a b@c.example',
    'nobody',
    '',
    'a@b@c.example',
    `${'a'.repeat(250)}@b.example`,
    '=?utf-8?q?a=40b?=@c.example',
    'jürgen@c.example',
    'a@b.example/c.example',
    'a@b%2eexample',
    'a@192.0.2.1',
    'a@1.2.3',
    'a@.example',
  ])('refuse the recipient %j', (to) => {
    expect(() => composeReply(inputFor({ ...plan, to }))).toThrow(TemplateError);
  });

  it.each(["o'neil+x=y@contoso.example", 'anna@müller.example', 'anna@xn--mller-kva.example'])(
    'take the recipient %j as it is',
    (to) => {
      expect(composeReply(inputFor({ ...plan, to })).to.address).toBe(to);
    },
  );

  it('have a subject of the template alone, on one line', () => {
    const { subject } = composeReply(inputFor(plan));
    expect(subject).toBe(
      'Microsoft’s notice about your old subscription: please cancel it in the portal',
    );
  });

  it('refuse a case id that does not fit into a header', () => {
    expect(() => composeReply(inputFor(plan, { caseId: 'a\r\nb' }))).toThrow(RangeError);
  });
});

describe('the thread', () => {
  const plan = planFor('cancel-portal', 'en', customerWith([{ licensesAssigned: 3 }]));
  const threadOf = (mail: { messageId?: string; references: string[]; inReplyTo: string[] }) => {
    const { inReplyTo, references } = composeReply(inputFor(plan, { mail }));
    return { inReplyTo, references };
  };

  it('answers the mail and continues its references', () => {
    const mail = { messageId: '<c@x>', references: ['<a@x>', '<b@x>'], inReplyTo: ['<b@x>'] };
    expect(threadOf(mail)).toEqual({ inReplyTo: '<c@x>', references: ['<a@x>', '<b@x>', '<c@x>'] });
  });

  it('takes a single In-Reply-To where there are no references', () => {
    const mail = { messageId: '<c@x>', references: [], inReplyTo: ['<b@x>'] };
    expect(threadOf(mail).references).toEqual(['<b@x>', '<c@x>']);
    const several = { ...mail, inReplyTo: ['<a@x>', '<b@x>'] };
    expect(threadOf(several).references).toEqual(['<c@x>']);
  });

  it('has no In-Reply-To where the mail has no Message-ID', () => {
    expect(threadOf({ references: ['<a@x>'], inReplyTo: [] })).toEqual({
      inReplyTo: undefined,
      references: ['<a@x>'],
    });
  });

  it('drops malformed ids', () => {
    const bad = [
      'a@x',
      '<a@x',
      '<a b@x>',
      '<a@x>\r\nBcc: <c@d>',
      '<é@x>',
      `<${'a'.repeat(260)}@x>`,
      '<@x>',
      '<=?utf-8?q?a?=@x>',
    ];
    expect(threadOf({ messageId: bad[3] ?? '', references: bad, inReplyTo: [] })).toEqual({
      inReplyTo: undefined,
      references: [],
    });
  });

  it('keeps the first and the last references of a long thread', () => {
    const references = Array.from({ length: 500 }, (_, index) => `<${index}@x>`);
    const found = threadOf({ messageId: '<me@x>', references, inReplyTo: [] }).references;
    expect(found).toHaveLength(20);
    expect(found[0]).toBe('<0@x>');
    expect(found.slice(-2)).toEqual(['<499@x>', '<me@x>']);
  });
});
