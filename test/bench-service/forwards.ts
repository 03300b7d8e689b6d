/**
 * Forwards of the notice by any number of customers: the samples of the desk, with what names their customer
 * replaced by the records of `many-customers.ts`.
 *
 * Text parts are decoded, changed and encoded again, so that a name that was folded over two lines is found and
 * the mail stays as its client writes it. Octets stay octets: everything here is a binary string.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { samplesFolder } from '../../src/demo/samples.ts';
import { customerGuid } from '../support/many-customers.ts';

/** A sample, and what in it names its customer. Only the samples whose sender is the customer's contact. */
interface Form {
  readonly file: string;
  readonly person: string;
  readonly address: string;
  readonly organization: string;
  readonly domains: readonly string[];
  readonly subscription: string;
}

const forms: readonly Form[] = [
  {
    file: '01_outlook_desktop_portal.eml',
    person: 'Anna Hoff',
    address: 'anna.hoff@contoso.example',
    organization: 'Contoso Ltd',
    domains: ['contoso.example'],
    subscription: 'bd1e2a36-4359-55b6-b7b7-17882b64f632',
  },
  {
    file: '02_outlook_desktop_german_approve.eml',
    person: 'J\xfcrgen Vogel',
    address: 'juergen.vogel@northwind.example',
    organization: 'Northwind Traders GmbH',
    domains: ['northwind.example'],
    subscription: 'e16c0420-c0b3-5f6d-8a47-9632d70b14ea',
  },
  {
    file: '04_outlook_web_phone.eml',
    person: 'Dana Reed',
    address: 'dana.reed@adventure-works.example',
    organization: 'Adventure Works',
    domains: ['adventureworks-sample.onmicrosoft.com', 'adventure-works.example'],
    subscription: 'fda88acf-b8b3-5697-adb1-cc98f1c76257',
  },
  {
    file: '06_gmail_unknown_licenses.eml',
    person: 'Orla Byrne',
    address: 'orla.byrne@wingtiptoys.example',
    organization: 'Wingtip Toys',
    domains: ['wingtiptoys.example'],
    subscription: '8d3acca2-ea85-56ef-b756-916def3484f7',
  },
  {
    file: '07_apple_mail_already_cancelled.eml',
    person: 'Priya Nair',
    address: 'priya.nair@litware.example',
    organization: 'Litware, Inc.',
    domains: ['litware.example'],
    subscription: '4ae2d824-bada-5acd-839f-e65e5000a789',
  },
  {
    file: '08_thunderbird_german_stop_renewal.eml',
    person: 'Sabine Moser',
    address: 'sabine.moser@proseware.example',
    organization: 'Proseware AG',
    domains: ['proseware-sample.onmicrosoft.com', 'proseware.example'],
    subscription: '953bfbbf-f22a-5be2-ad89-5afa4d8454dd',
  },
  {
    file: '09_attachment_phone.eml',
    person: 'Noah Brandt',
    address: 'noah.brandt@graphicdesign.example',
    organization: 'Graphic Design Institute',
    domains: ['graphicdesign.example'],
    subscription: '94e47f90-1015-50bc-9d07-d92d0bdb73f9',
  },
];

/** Of twelve customers those whose record asks for an answer: the others are done, or contradict themselves. */
const answered = [1, 2, 3, 5, 7, 9, 10, 11] as const;

export function forwardingCustomer(number: number): number {
  const dozen = Math.floor(number / answered.length);
  return dozen * 12 + (answered[number % answered.length] ?? 1);
}

export function addressOf(customer: number): string {
  return `kim@customer-${customer}.example`;
}

const loaded = new Map<string, string>();

function sample(file: string): string {
  const known = loaded.get(file);
  if (known !== undefined) return known;
  const raw = readFileSync(join(samplesFolder, file), 'latin1').replace(/\r?\n/g, '\r\n');
  loaded.set(file, raw);
  return raw;
}

/** The `number`th forward: another customer, another Message-ID, the next client in turn. */
export function forwardOf(number: number): string {
  const form = forms[number % forms.length];
  if (form === undefined) throw new Error('there are no forms');
  const customer = forwardingCustomer(number);
  const replaced = mapText(sample(form.file), (text) => replaceCustomer(text, form, customer));
  return replaceCustomer(replaced, form, customer)
    .replace(/^From: [^\r]*/m, `From: Kim Doe <${addressOf(customer)}>`)
    .replace(
      /^Message-ID: [^\r]*(\r\n [^\r]*)*/im,
      `Message-ID: <forward-${number}@bench.example>`,
    );
}

function replaceCustomer(text: string, form: Form, customer: number): string {
  const { person, address, organization, domains, subscription } = form;
  let replaced = text
    .replaceAll(address, addressOf(customer))
    .replaceAll(person, 'Kim Doe')
    .replaceAll(organization, `Customer number ${customer} of Fabrikam Ltd`)
    .replaceAll(subscription, customerGuid(customer, 2));
  for (const domain of domains)
    replaced = replaced.replaceAll(domain, `customer-${customer}.example`);
  return replaced;
}

/** Applies a change to every text part of an entity. RFC 2046 §5.1. */
function mapText(entity: string, change: (text: string) => string): string {
  const end = entity.indexOf('\r\n\r\n');
  if (end < 0) return entity;
  const [head, body] = [entity.slice(0, end + 4), entity.slice(end + 4)];
  const field = (name: string) =>
    new RegExp(`^${name}:([^\\r]*(?:\\r\\n[ \\t][^\\r]*)*)`, 'im').exec(head)?.[1] ?? '';
  const type = field('content-type');
  const boundary = /boundary="?([^";\r]+)"?/i.exec(type)?.[1];
  if (boundary !== undefined)
    return (
      head +
      body
        .split(`--${boundary}`)
        .map((part) => mapPart(part, change))
        .join(`--${boundary}`)
    );
  if (/message\/rfc822/i.test(type)) return head + mapText(body, change);
  if (!/quoted-printable/i.test(field('content-transfer-encoding'))) return head + change(body);
  return head + encodeQuotedPrintable(change(decodeQuotedPrintable(body)));
}

function mapPart(part: string, change: (text: string) => string): string {
  return part.startsWith('\r\n') ? `\r\n${mapText(part.slice(2), change)}` : part;
}

function decodeQuotedPrintable(text: string): string {
  return text
    .replace(/[ \t]*=\r\n/g, (soft) => soft.slice(0, -3))
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** RFC 2045 §6.7. */
function encodeQuotedPrintable(text: string): string {
  return text
    .replace(/[^\t\r\n -<>-~]|[ \t](?=\r\n)/g, (octet) => {
      const hex = octet.charCodeAt(0).toString(16).toUpperCase();
      return `=${hex.padStart(2, '0')}`;
    })
    .replace(/[^\r\n]{76,}/g, softLines);
}

function softLines(line: string): string {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > 75) {
    const cut = rest.lastIndexOf('=', 74) >= 72 ? rest.lastIndexOf('=', 74) : 75;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...lines, rest].join('=\r\n');
}
