/** Gateways that rewrite links: each form undone, and none that pretends to be one. */
import { expect, test } from 'vitest';
import { carriesHost, isLinkGateway, parseUrl, unwrapLink } from '../../src/core/link-gateways.ts';
import { processorMs } from '../support/flood.ts';

const target = 'https://admin.microsoft.com/Adminportal/home?ref=x#/subscriptions/webdirect/1';
const encoded = encodeURIComponent(target);
const base64 = Buffer.from(target).toString('base64');

test.each([
  [
    'Safe Links of a region',
    `https://eur05.safelinks.protection.outlook.com/?url=${encoded}&data=05%7C02&reserved=0`,
    target,
  ],
  [
    'Safe Links of files',
    `https://nam06.safelinks.protection.outlook.com/ap/w-59584e83/?url=${encoded}&data=1`,
    target,
  ],
  [
    'Safe Links of the US government',
    `https://usg02.safelinks.protection.office365.us/?url=${encoded}&data=1`,
    target,
  ],
  [
    'Safe Links of Teams',
    `https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=${encoded}`,
    target,
  ],
  ['urldefense v1', `https://urldefense.proofpoint.com/v1/url?u=${encoded}&k=abc`, target],
  [
    'urldefense v2',
    'https://urldefense.proofpoint.com/v2/url?u=https-3A__admin.microsoft.com_Adminportal_home-3Fref-3Dx&d=DwMFAg&c=x',
    'https://admin.microsoft.com/Adminportal/home?ref=x',
  ],
  [
    'urldefense v3',
    'https://urldefense.com/v3/__https://admin.microsoft.com/x__;!!Abc$',
    'https://admin.microsoft.com/x',
  ],
  [
    'urldefense v3 with a character taken out',
    `https://urldefense.com/v3/__https://admin.microsoft.com/home?*/subscriptions/1__;${Buffer.from('#').toString('base64url')}!!Abc$`,
    'https://admin.microsoft.com/home?#/subscriptions/1',
  ],
  [
    'urldefense v3 with a run taken out',
    `https://urldefense.com/v3/__https://x.example/**B-end__;${Buffer.from('üöä').toString('base64url')}!!Abc$`,
    'https://x.example/üöä-end',
  ],
  [
    'urldefense v3 that hides its host',
    `https://urldefense.com/v3/__https://**P__;${Buffer.from('evil.example/page').toString('base64url')}!!Abc$`,
    'https://evil.example/page',
  ],
  [
    'urldefense v3 of the US government',
    'https://urldefense.us/v3/__https://x.example/a__;!!A$',
    'https://x.example/a',
  ],
  ['Barracuda', `https://linkprotect.cudasvc.com/url?a=${encoded}&c=E,1,x&typo=1`, target],
  ['Symantec', `https://clicktime.symantec.com/15abc?h=1&u=${encoded}`, target],
  [
    'Trend Micro',
    `https://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/query?url=${encoded}&umid=1`,
    target,
  ],
  ['Sophos', `https://eu-central-1.protection.sophos.com/?d=microsoft.com&u=${base64}&i=1`, target],
  ['Cisco', `https://secure-web.cisco.com/1abc-DEF/${encoded}`, target],
  ['FireEye', `https://protect2.fireeye.com/v1/url?k=1&q=1&e=1&u=${encoded}`, target],
  [
    'Check Point',
    'https://protect.checkpoint.com/v2/___https://x.example/a?b=1___.YXBzMTpj',
    'https://x.example/a?b=1',
  ],
  ['Google', `https://www.google.com/url?q=${encoded}&sa=D`, target],
  ['a site’s own redirect', `https://www.linkedin.com/redir/redirect?url=${encoded}`, target],
  [
    'one in another',
    `https://linkprotect.cudasvc.com/url?a=${encodeURIComponent(`https://nam02.safelinks.protection.outlook.com/?url=${encoded}`)}`,
    target,
  ],
  ['Outlook’s mark of a blocked link', `blocked::${target}`, target],
  [
    'a link broken over lines',
    'https://admin.micro\r\nsoft.com/x',
    'https://admin.microsoft.com/x',
  ],
])('undoes %s', (_, href, expected) => {
  expect(unwrapLink(href)).toBe(expected);
});

test.each([
  [
    'a look-alike of Safe Links',
    `https://safelinks.protection.outlook.com.evil.example/?url=${encoded}`,
  ],
  [
    'a look-alike of urldefense',
    'https://urldefense.com.evil.example/v3/__https://admin.microsoft.com/__;!!A$',
  ],
  ['a script', 'https://nam02.safelinks.protection.outlook.com/?url=javascript%3Aalert(1)'],
  [
    'too few characters for the stars',
    `https://urldefense.com/v3/__https://x.example/***__;${Buffer.from('a').toString('base64url')}!!A$`,
  ],
  ['a run without a length', 'https://urldefense.com/v3/__https://x.example/**__;YWE!!A$'],
  [
    'Mimecast, which keeps its target',
    'https://protect-eu.mimecast.com/s/abc?domain=admin.microsoft.com',
  ],
  ['a path that is none', 'https://secure-web.cisco.com/1abc/nothing'],
  ['text', 'see above'],
])('leaves as it is: %s', (_, href) => {
  expect(unwrapLink(href)).toBe(href);
});

test('a link of five gateways and more stays one of a gateway, whose target nobody knows', () => {
  let href = target;
  for (let level = 0; level < 8; level += 1)
    href = `https://nam02.safelinks.protection.outlook.com/?url=${encodeURIComponent(href)}`;
  expect(isLinkGateway(new URL(unwrapLink(href)).hostname)).toBe(true);
});

test.each([
  ['//evil.example/x', 'evil.example'],
  ['www.evil.example/x', 'www.evil.example'],
  ['\u0001 https://evil.example', 'evil.example'],
  ['ht\ttps://evil.example', 'evil.example'],
  ['https:\\\\evil.example\\x', 'evil.example'],
  ['https://%65vil.example/', 'evil.example'],
  ['http://0x7f.1/', '127.0.0.1'],
  ['#anchor', undefined],
  ['mailto:www.x.example', undefined],
  [`https://x.example/${'a'.repeat(9_000)}`, undefined],
])('reads %j as a browser does', (href, host) => {
  expect(parseUrl(href)?.hostname).toBe(host);
});

test.each([
  ['plainly', 'https://gate.example/?to=https://admin.microsoft.com/x', true],
  ['encoded', `https://gate.example/?to=${encoded}`, true],
  ['encoded twice', `https://gate.example/?to=${encodeURIComponent(encoded)}`, true],
  ['in base64', `https://gate.example/${base64}`, true],
  ['only as a name', 'https://gate.example/admin.microsoft.com', false],
  ['as its own host', 'https://admin.microsoft.com.evil.example/', false],
])('a gateway unknown here carries its target %s', (_, href, expected) => {
  expect(carriesHost(href, 'admin.microsoft.com')).toBe(expected);
});

test('no link takes long', () => {
  const started = processorMs();
  for (const piece of ['*', '**A', '__;', '___', '%25', 'a', '\t', '/v3/__']) {
    unwrapLink(`https://urldefense.com/v3/__https://x.example/${piece.repeat(300_000)}__;YQ!!`);
    unwrapLink(`https://protect.checkpoint.com/v2/___${piece.repeat(300_000)}`);
    unwrapLink(piece.repeat(300_000));
  }
  expect(processorMs() - started).toBeLessThan(1_000);
});
