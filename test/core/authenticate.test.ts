/** Whom to believe about an author: the host that the settings name, its topmost word, and nobody else. */
import { expect, test } from 'vitest';
import { isAligned, organizationalDomain } from '../../src/core/address.ts';
import { authenticate } from '../../src/core/authenticate.ts';
import { readAuthenticationResults } from '../../src/core/authentication-results.ts';
import { parseMail } from '../../src/core/parse.ts';

const read = (value: string) => {
  const { authservId, results } = readAuthenticationResults(value);
  return [authservId, ...results.map(({ method, result }) => `${method}=${result}`)];
};

test.each([
  [
    'the plain form',
    'mx.example; spf=pass smtp.mailfrom=a.example; dkim=fail',
    ['mx.example', 'spf=pass', 'dkim=fail'],
  ],
  ['a version behind the id', 'mx.example 1; spf=pass', ['mx.example', 'spf=pass']],
  ['an id in capitals', 'MX.Example; spf=pass', ['mx.example', 'spf=pass']],
  ['an id in quotes', '"mx.example"; spf=pass', ['mx.example', 'spf=pass']],
  ['no result', 'mx.example; none', ['mx.example']],
  ['no result and nothing behind', 'mx.example', ['mx.example']],
  ['a version behind the method', 'mx.example; dkim/1=pass', ['mx.example', 'dkim=pass']],
  ['spaces around the equals sign', 'mx.example; spf = pass', ['mx.example', 'spf=pass']],
  ['a comment', 'mx.example (it); spf=pass (all good)', ['mx.example', 'spf=pass']],
  [
    'a comment inside a comment',
    'mx.example; spf=pass (a (b; dkim=pass) c); dmarc=fail',
    ['mx.example', 'spf=pass', 'dmarc=fail'],
  ],
  [
    'a comment that hides a result',
    'mx.example; spf=fail (; dkim=pass header.d=x.example)',
    ['mx.example', 'spf=fail'],
  ],
  [
    'an escaped parenthesis in a comment',
    'mx.example; spf=fail (\\); dkim=pass)',
    ['mx.example', 'spf=fail'],
  ],
  ['a comment that never ends: nothing', 'mx.example; spf=fail (; dkim=pass', ['mx.example']],
  [
    'a quote that never ends: nothing',
    'mx.example; spf=pass smtp.mailfrom="a; dkim=pass',
    ['mx.example'],
  ],
  [
    'a quoted quotation mark in the reverse-path',
    'mx.example; spf=pass smtp.mailfrom="a\\"; dmarc=pass header.from=contoso.example; x=\\""@evil.example; dmarc=none',
    ['mx.example', 'spf=pass', 'dmarc=none'],
  ],
  [
    'a semicolon in quotes',
    'mx.example; spf=fail smtp.mailfrom="a; dkim=pass"@x.example',
    ['mx.example', 'spf=fail'],
  ],
  [
    'a lone quotation mark in a comment: nothing',
    'mx.example; spf=pass (a " b); dkim=pass',
    ['mx.example'],
  ],
  [
    'a quoted local-part that the host copied into a comment: nothing',
    'mx.example; spf=pass (domain of "a) ; dmarc=pass header.from=contoso.example (b"@evil.example designates it) smtp.mailfrom=x',
    ['mx.example'],
  ],
  [
    'two quotation marks in a comment',
    'mx.example; spf=pass (a "b" c); dkim=pass',
    ['mx.example', 'spf=pass', 'dkim=pass'],
  ],
  [
    'Exchange Online’s form, without an id',
    'spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=a.example; dkim=none',
    [undefined, 'spf=pass', 'dkim=none'],
  ],
  ['nothing', '', [undefined]],
  ['only semicolons', ';;;', [undefined]],
])('reads %s', (_, value, expected) => {
  expect(read(value)).toEqual(expected);
});

test('reads properties once, in lower case, unquoted, with their values as written', () => {
  const [result] = readAuthenticationResults(
    'mx.example; dkim=pass reason="good; key" Header.D=X.example header.d=evil.example header.b="a b"',
  ).results;
  expect(result?.properties).toEqual({
    reason: 'good; key',
    'header.d': 'X.example',
    'header.b': 'a b',
  });
});

const mx = 'mx.partner.example';
const from = 'From: Anna <anna@contoso.example>';
const ar = (value: string) => `Authentication-Results: ${value}`;

async function verdict(fields: readonly string[], trusted: readonly string[] = [mx]) {
  const mail = await parseMail(Buffer.from(`${fields.join('\r\n')}\r\n\r\ntext`));
  const { result, dkimAligned, by, evidence } = authenticate(mail, {
    trustedAuthservIds: trusted,
    trustedArcSealers: [],
  });
  return { result, dkimAligned, by, codes: evidence.map(({ code }) => code) };
}

test.each([
  ['DMARC pass', 'dmarc=pass header.from=contoso.example', 'pass'],
  ['DMARC pass without the domain it is about', 'dmarc=pass', 'none'],
  [
    'DMARC pass for a subdomain of the author’s',
    'dmarc=pass header.from=mail.contoso.example',
    'pass',
  ],
  ['DMARC pass for somebody else', 'dmarc=pass header.from=evil.example', 'none'],
  ['DMARC fail', 'dmarc=fail header.from=contoso.example', 'fail'],
  [
    'DMARC fail beside an aligned DKIM pass',
    'dkim=pass header.d=contoso.example; dmarc=fail header.from=contoso.example',
    'fail',
  ],
  ['DMARC pass and DMARC fail', 'dmarc=pass; dmarc=fail', 'fail'],
  ['Exchange’s composite verdict fails', 'dmarc=pass; compauth=fail reason=001', 'fail'],
  ['an aligned DKIM pass', 'dkim=pass header.d=contoso.example', 'pass'],
  ['an aligned DKIM pass by header.i', 'dkim=pass header.i=@contoso.example', 'pass'],
  ['a DKIM pass of a subdomain', 'dkim=pass header.d=mail.contoso.example', 'pass'],
  [
    'the second DKIM signature passes',
    'dkim=fail header.d=contoso.example; dkim=pass header.d=contoso.example',
    'pass',
  ],
  ['a DKIM pass of somebody else', 'dkim=pass header.d=evil.example', 'none'],
  ['a DKIM pass that names no domain', 'dkim=pass', 'none'],
  ['an aligned SPF pass', 'spf=pass smtp.mailfrom=bounce@contoso.example', 'pass'],
  ['an SPF pass of somebody else', 'spf=pass smtp.mailfrom=evil.example', 'none'],
  ['an SPF pass of a look-alike', 'spf=pass smtp.mailfrom=contoso.example.evil.example', 'none'],
  ['an SPF pass by the helo name alone', 'spf=pass smtp.helo=contoso.example', 'none'],
  ['SPF softfail and nothing else', 'spf=softfail smtp.mailfrom=contoso.example', 'softfail'],
  ['SPF softfail beside a broken signature', 'spf=softfail; dkim=fail', 'fail'],
  ['DKIM refused by the host’s policy', 'dkim=policy header.d=contoso.example', 'fail'],
  ['DKIM fail and nothing else', 'dkim=fail header.d=contoso.example', 'fail'],
  ['a look-up that failed', 'spf=temperror; dkim=temperror; dmarc=temperror', 'temperror'],
  ['a look-up that failed beside one that found nothing', 'spf=none; dkim=temperror', 'temperror'],
  [
    'a look-up that failed beside an aligned DKIM pass',
    'dmarc=temperror; dkim=pass header.d=contoso.example',
    'pass',
  ],
  ['a look-up that failed beside an SPF fail', 'dmarc=temperror; spf=fail', 'fail'],
  [
    'a look-up that failed beside a pass of somebody else',
    'dkim=temperror header.d=contoso.example; spf=pass smtp.mailfrom=evil.example',
    'temperror',
  ],
  ['a record that cannot be read', 'dmarc=permerror', 'permerror'],
  [
    'a record that cannot be read beside a look-up that failed',
    'dmarc=permerror; spf=temperror',
    'temperror',
  ],
  ['SPF neutral', 'spf=neutral smtp.mailfrom=contoso.example', 'neutral'],
  ['bestguesspass is no pass', 'dmarc=bestguesspass header.from=contoso.example', 'none'],
  ['no result at all', 'none', 'none'],
  ['a result word nobody knows', 'dmarc=passed header.from=contoso.example', 'none'],
])('%s', async (_, results, expected) => {
  expect((await verdict([ar(`${mx}; ${results}`), from])).result).toBe(expected);
});

const good = 'dkim=pass header.d=contoso.example; dmarc=pass header.from=contoso.example';
const bad = 'dmarc=fail header.from=contoso.example';

test.each([
  ['nobody is trusted unless named', [ar(`${mx}; ${good}`), from], [], 'none'],
  ['no field at all', [from], [mx], 'none'],
  ['a host that is not trusted', [ar(`mx.evil.example; ${good}`), from], [mx], 'none'],
  ['a host whose name only ends like ours', [ar(`evil-${mx}; ${good}`), from], [mx], 'none'],
  ['a subdomain of ours', [ar(`x.${mx}; ${good}`), from], [mx], 'none'],
  ['ours in other capitals', [ar(`MX.Partner.EXAMPLE; ${good}`), from], [mx], 'pass'],
  [
    'a forged one below ours does not help',
    [ar(`${mx}; ${bad}`), ar(`${mx}; ${good}`), from],
    [mx],
    'fail',
  ],
  [
    'a forged one below ours, which says nothing',
    [ar(`${mx}; none`), ar(`${mx}; ${good}`), from],
    [mx],
    'none',
  ],
  [
    'one of somebody else above ours is passed over',
    [ar(`mx.evil.example; ${bad}`), ar(`${mx}; ${good}`), from],
    [mx],
    'pass',
  ],
  ['ours folded over lines', [`${ar(`${mx};`)}\r\n\t${good}`, from], [mx], 'pass'],
  [
    'an original field kept under another name',
    [`X-Original-Authentication-Results: ${mx}; ${good}`, from],
    [mx],
    'none',
  ],
  [
    'a line that is no field, and one folded onto it',
    [ar(`${mx}; none`), 'broken line', ` ; ${good}`, from],
    [mx],
    'none',
  ],
  ['a field without an id, where only a host is trusted', [ar(good), from], [mx], 'none'],
])('%s', async (_, fields, trusted, expected) => {
  expect((await verdict(fields, trusted)).result).toBe(expected);
});

test('what was ignored is said', async () => {
  const { codes } = await verdict([ar(`${mx}; ${bad}`), ar(`x.example; ${good}`), from]);
  expect(codes).toContain('ignored');
});

test('whose fields were ignored is said by name, a few of them, each cut', async () => {
  const names = ['a.example', `${'b'.repeat(100)}.example`, 'c.example', 'd.example'];
  const mail = await parseMail(
    Buffer.from([...names.map((name) => ar(`${name}; ${good}`)), from, '', 'x'].join('\r\n')),
  );
  const { evidence } = authenticate(mail, { trustedAuthservIds: [mx], trustedArcSealers: [] });
  const said = evidence.find(({ code }) => code === 'ignored')?.detail ?? '';
  expect(said).toMatch(/^4 .*: a\.example, b{20,40}…?, c\.example, …$/);
  expect(said).not.toContain('d.example');
});

test.each([
  ['two From fields', [from, 'From: Eve <eve@evil.example>']],
  ['two authors in one field', ['From: anna@contoso.example, eve@evil.example']],
  ['no author', ['Subject: x']],
])('%s: there is nobody to authenticate', async (_, fields) => {
  expect((await verdict([ar(`${mx}; ${good}`), ...fields])).result).toBe('none');
});

test.each([
  ['the same', 'contoso.example', 'contoso.example', true],
  ['a subdomain', 'a.b.contoso.co.uk', 'contoso.co.uk', true],
  ['two organisations below a country’s suffix', 'contoso.co.uk', 'fabrikam.co.uk', false],
  ['two organisations below a private suffix', 'a.github.io', 'b.github.io', false],
  ['two tenants of Microsoft', 'contoso.onmicrosoft.com', 'evil.onmicrosoft.com', false],
  [
    'two tenants of Microsoft by their names for mail between servers',
    'contoso.mail.onmicrosoft.com',
    'evil.mail.onmicrosoft.com',
    false,
  ],
  [
    'one tenant of Microsoft by its name for mail between servers',
    'a.contoso.mail.onmicrosoft.com',
    'contoso.mail.onmicrosoft.com',
    true,
  ],
  ['one tenant of Microsoft', 'mail.contoso.onmicrosoft.com', 'contoso.onmicrosoft.com', true],
  ['other capitals and a dot at the end', 'Contoso.Example.', 'contoso.example', true],
  ['nothing', '', '', false],
])('alignment: %s', (_, a, b, expected) => {
  expect(isAligned(a, b)).toBe(expected);
});

test('a name without a suffix is its own organisation', () => {
  expect(organizationalDomain('localhost')).toBe('localhost');
});

// Microsoft relays for its customers: an SPF pass under its name is anybody's.
const microsoft = 'From: Microsoft <microsoft-noreply@microsoft.com>';

test.each([
  [
    'an aligned DKIM pass',
    'dkim=pass header.d=microsoft.com; dmarc=pass header.from=microsoft.com',
    [],
    true,
  ],
  [
    'SPF only',
    'spf=pass smtp.mailfrom=microsoft.com; dmarc=pass header.from=microsoft.com',
    [],
    false,
  ],
  ['DKIM of a tenant', 'dkim=pass header.d=evil.onmicrosoft.com', [], false],
  [
    'an aligned DKIM pass, but DMARC failed upstream',
    'dkim=pass header.d=microsoft.com',
    ['ARC-Authentication-Results: i=1; relay.example; dmarc=fail header.from=microsoft.com'],
    false,
  ],
  [
    'an aligned DKIM pass, and DMARC failed upstream for somebody else',
    'dkim=pass header.d=microsoft.com',
    ['ARC-Authentication-Results: i=1; relay.example; dmarc=fail header.from=other.example'],
    true,
  ],
])('Microsoft with %s', async (_, results, below, expected) => {
  const found = await verdict([ar(`${mx}; ${results}`), microsoft, ...below]);
  expect(found.dkimAligned).toBe(expected);
});

const inner =
  'Received: from AM0PR05MB1.eurprd05.prod.outlook.com (2001:db8::1) by AM0PR05MB2.eurprd05.prod.outlook.com (2001:db8::2) with Microsoft SMTP Server (version=TLS1_2) id 15.20.1.1; Thu, 12 Nov 2026 16:42:05 +0000';
const border =
  'Received: from mail.contoso.example (198.51.100.7) by AM4EUR03FT1.mail.protection.outlook.com (10.152.16.1) with Microsoft SMTP Server id 15.20.1.2 via Frontend Transport; Thu, 12 Nov 2026 16:42:04 +0000';
const elsewhere =
  'Received: from a.example (a.example [192.0.2.1]) by mx.partner.example with ESMTPS id 1; Thu, 12 Nov 2026 16:42:06 +0000';
const exchange = `spf=pass (sender IP is 198.51.100.7) smtp.mailfrom=contoso.example; dkim=pass (signature was verified) header.d=contoso.example;dmarc=pass action=none header.from=contoso.example;compauth=pass reason=100`;

test.each([
  ['stamped by Exchange Online', [inner, ar(exchange), border, from], 'pass'],
  [
    'stamped by Exchange Online, with many inner hops above',
    [inner, inner, inner, ar(exchange), border, from],
    'pass',
  ],
  [
    'stamped by Exchange Online, which kept no Received of its border',
    [inner, ar(exchange), from],
    'pass',
  ],
  [
    'nothing above the field: nobody of Exchange Online received the mail',
    [ar(exchange), border, from],
    'none',
  ],
  ['no Received at all', [ar(exchange), from], 'none'],
  ['another host received the mail last', [elsewhere, inner, ar(exchange), border, from], 'none'],
  ['another host between', [inner, elsewhere, ar(exchange), border, from], 'none'],
  ['the border is another host’s', [inner, ar(exchange), elsewhere, from], 'none'],
  [
    'one of somebody else above it',
    [inner, ar(`x.example; ${bad}`), ar(exchange), border, from],
    'none',
  ],
  [
    'forged below Exchange Online’s own',
    [inner, ar('spf=none; dmarc=fail header.from=contoso.example'), border, ar(exchange), from],
    'fail',
  ],
  [
    'a host whose name only ends like Outlook’s',
    [inner.replaceAll('prod.outlook.com', 'prod.notoutlook.com'), ar(exchange), border, from],
    'none',
  ],
  [
    'the name of Outlook in a comment',
    [elsewhere.replace('(a.example', '(x by y.prod.outlook.com '), ar(exchange), border, from],
    'none',
  ],
  [
    'the name of Outlook in the comment of a client’s certificate',
    [
      elsewhere.replace('(a.example', '(CN "x by y.outlook.com z" a.example'),
      ar(exchange),
      border,
      from,
    ],
    'none',
  ],
  [
    'the special value written as a host’s name',
    [inner, ar(`exchange-online; ${good}`), border, from],
    'none',
  ],
  [
    'the special value as a host’s name, from anywhere',
    [elsewhere, ar(`exchange-online; ${good}`), from],
    'none',
  ],
  [
    'Exchange’s composite verdict fails',
    [inner, ar(`${exchange.replace('compauth=pass', 'compauth=fail')}`), border, from],
    'fail',
  ],
])('exchange-online: %s', async (_, fields, expected) => {
  expect((await verdict(fields, ['exchange-online'])).result).toBe(expected);
});
