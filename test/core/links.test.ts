/** Where links really lead. */
import { expect, test } from 'vitest';
import { unwrapLink } from '../../src/core/link-gateways.ts';
import {
  hostOf,
  isOfProgram,
  isScript,
  mailTargets,
  numberOf,
  shownHosts,
} from '../../src/core/links.ts';
import { imitatesMicrosoft } from '../../src/core/look-alike.ts';

const target = 'https://admin.microsoft.com/Adminportal/home?ref=x#/subscriptions/webdirect/1';
const safe = (url: string) =>
  `https://nam02.safelinks.protection.outlook.com/?url=${encodeURIComponent(url)}&data=05%7C&reserved=0`;

test.each([
  ['a plain link', target, target],
  ['Safe Links', safe(target), target],
  ['Safe Links around Safe Links', safe(safe(target)), target],
  [
    'urldefense v3',
    'https://urldefense.com/v3/__https://admin.microsoft.com/x__;!!a!b$',
    'https://admin.microsoft.com/x',
  ],
  [
    'urldefense v3 that lost a slash',
    'https://urldefense.com/v3/__https:/admin.microsoft.com/x__;!!a',
    'https://admin.microsoft.com/x',
  ],
  [
    'urldefense v2',
    'https://urldefense.proofpoint.com/v2/url?u=https-3A__admin.microsoft.com_x&d=a',
    'https://admin.microsoft.com/x',
  ],
  ['Google’s redirect', `https://www.google.com/url?q=${encodeURIComponent(target)}&sa=D`, target],
  [
    'Safe Links without a target',
    'https://nam02.safelinks.protection.outlook.com/?data=1',
    'https://nam02.safelinks.protection.outlook.com/?data=1',
  ],
  ['Safe Links around a script', safe('javascript:alert(1)'), safe('javascript:alert(1)')],
  [
    'a broken escape',
    'https://urldefense.proofpoint.com/v2/url?u=https-3A__x.example_-zz',
    'https://urldefense.proofpoint.com/v2/url?u=https-3A__x.example_-zz',
  ],
  [
    'a gateway that keeps its target',
    'https://protect.mimecast.com/s/abc',
    'https://protect.mimecast.com/s/abc',
  ],
  [
    'a look-alike of Safe Links',
    `https://safelinks.protection.outlook.com.evil.example/?url=${target}`,
    `https://safelinks.protection.outlook.com.evil.example/?url=${target}`,
  ],
  ['no link', 'see above', 'see above'],
])('unwraps %s', (_, href, expected) => {
  expect(unwrapLink(href)).toBe(expected);
});

test.each([
  ['a foreign host behind Safe Links is seen', safe('https://evil.example/'), 'evil.example'],
  ['a user name is no host', 'https://admin.microsoft.com@evil.example/', 'evil.example'],
  ['a look-alike is named by its real letters', 'https://mіcrosoft.com/', 'xn--mcrosoft-thh.com'],
  ['capitals', 'HTTPS://Admin.Microsoft.COM/', 'admin.microsoft.com'],
  ['a dot at the end', 'https://admin.microsoft.com./', 'admin.microsoft.com'],
  ['a backslash', 'https://evil.example\\@admin.microsoft.com/', 'evil.example'],
  ['a decimal address', 'http://2130706433/', '127.0.0.1'],
  ['mail', 'mailto:a@x.example', undefined],
  ['a telephone', 'tel:+15550142', undefined],
  ['a broken link', 'https://', undefined],
])('the host: %s', (_, href, expected) => {
  expect(hostOf(href)).toBe(expected);
});

test.each([
  ['a host', 'admin.microsoft.com', ['admin.microsoft.com']],
  ['a host with a path', 'admin.microsoft.com/renew?x=1', ['admin.microsoft.com']],
  ['an address', 'https://admin.microsoft.com/renew', ['admin.microsoft.com']],
  [
    'an address in a sentence',
    'Go to https://a.example/x, or to http://b.example',
    ['a.example', 'b.example'],
  ],
  ['full-width letters', 'ａdmin.microsoft.com', ['admin.microsoft.com']],
  ['letters of another alphabet', 'mіcrosoft.com', ['xn--mcrosoft-thh.com']],
  ['an encoded host', 'https://%61dmin.microsoft.com', ['admin.microsoft.com']],
  ['a name before another host', 'https://admin.microsoft.com@x.example', ['x.example']],
  ['words', 'Renew your subscription', []],
  ['an abbreviation in a sentence', 'See e.g. our site', []],
  ['nothing', '', []],
])('what the text of a link shows: %s', (_, text, expected) => {
  expect(shownHosts(text)).toEqual(expected);
});

test.each([
  ['javascript:alert(1)', true],
  [' JavaScript\t:alert(1)', true],
  ['data:text/html,x', true],
  ['https://x.example/javascript:', false],
  ['mailto:data@x.example', false],
])('%j runs or holds something: %s', (href, expected) => {
  expect(isScript(href)).toBe(expected);
});

test.each([
  ['Microsoft', true],
  ['Micros0ft', true],
  ['rnicrosoft-billing.example', true],
  ['Mícrosoft', true],
  ['micro-soft.example', true],
  ['office365-renew.example', true],
  ['0ffice365', true],
  ['Ｍicrosoft Billing', true],
  ['contoso.example', false],
  ['Anna Hoff', false],
  ['macrosoftware', false],
])('“%s” imitates Microsoft’s name: %s', (name, expected) => {
  expect(imitatesMicrosoft(name)).toBe(expected);
});

test.each([
  ['tel:+1-888-555-0142', '+1-888-555-0142'],
  [' SMS:+18885550142', '+18885550142'],
  ['whatsapp:billing.help', 'billing.help'],
  ['tel:98052', undefined],
  ['tel:', undefined],
  ['https://tel.example/5550142000', undefined],
])('whom %s rings', (href, expected) => {
  expect(numberOf(href)).toBe(expected);
});

test.each([
  ['mailto:A@x.example', ['a@x.example']],
  [
    'mailto:a@x.example,b@y.example?cc=c%40z.example&subject=d@e',
    'a@x.example b@y.example c@z.example'.split(' '),
  ],
  ['mailto:?to=a@x.example&bcc=b@y.example', ['a@x.example', 'b@y.example']],
  ['mailto:%zz@x.example', ['%zz@x.example']],
  ['mailto:', []],
  ['https://a@x.example/', []],
])('whom %s writes to', (href, expected) => {
  expect(mailTargets(href)).toEqual(expected);
});

test.each([
  ['ftp://x.example/a', true],
  ['file://x.example/a', true],
  ['ms-word:ofe|u|https://x.example/a', true],
  ['search-ms:query=a', true],
  ['file:///C:/a.png', false],
  ['cid:a@b', false],
  ['x-apple-data-detectors://1', false],
  ['https://x.example/ftp://', false],
])('whether %s opens a file elsewhere, or a program', (href, expected) => {
  expect(isOfProgram(href)).toBe(expected);
});
