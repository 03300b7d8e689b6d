/**
 * What holds for every fixture, however it was damaged on its way: torn lines, doubled fields, two mails glued
 * together, another charset. A failure prints its seed; it can be given back with FAST_CHECK_SEED.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { domainOf, normalizeAddress } from '../../src/core/address.ts';
import { authenticate } from '../../src/core/authenticate.ts';
import { verifiedDomains } from '../../src/core/customer.ts';
import type { Decision } from '../../src/core/decision.ts';
import * as core from '../../src/core/limits.ts';
import type { Mail } from '../../src/core/mail.ts';
import { parseMail } from '../../src/core/parse.ts';
import { reasons } from '../../src/core/reasons.ts';
import { unwrap } from '../../src/core/unwrap.ts';
import { decideAtDesk, fixture, fixtureNames, host, policy } from '../support/sample-desk.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);
console.info(`property tests of fixtures run with seed ${seed}`);
const limits = { seed, interruptAfterTimeLimit: 9_000, markInterruptAsFailure: false };

// As Latin-1 no octet is lost, and a mail can be cut and glued as text.
const fixtures = (['forwards', 'notices', 'responders'] as const).flatMap((folder) =>
  fixtureNames(folder).map((name) =>
    fixture(folder, name).toString('latin1').replaceAll('\r\n', '\n'),
  ),
);

type Damage = (mail: string, place: number, other: string) => string;

const linesOf = (mail: string): string[] => mail.split('\n');
const lineAt = (lines: readonly string[], place: number): number =>
  Math.floor(place * lines.length);
const headOf = (mail: string): number => Math.max(0, mail.indexOf('\n\n'));

const damages: Readonly<Record<string, Damage>> = {
  cut: (mail, place) => mail.slice(0, place * mail.length),
  beheaded: (mail, place) => mail.slice(place * mail.length),
  'a line twice': (mail, place) => {
    const lines = linesOf(mail);
    const at = lineAt(lines, place);
    return lines.toSpliced(at, 0, lines[at] ?? '').join('\n');
  },
  'a line lost': (mail, place) => {
    const lines = linesOf(mail);
    return lines.toSpliced(lineAt(lines, place), 1).join('\n');
  },
  'lines in another order': (mail, place) => {
    const lines = linesOf(mail);
    const at = lineAt(lines, place);
    const [moved = ''] = lines.splice(at, 1);
    return lines.toSpliced((at * 7_919) % (lines.length + 1), 0, moved).join('\n');
  },
  'a blank line more': (mail, place) => {
    const lines = linesOf(mail);
    return lines.toSpliced(lineAt(lines, place), 0, '').join('\n');
  },
  'a field twice': (mail, place) => {
    const fields = mail.slice(0, headOf(mail)).split(/\n(?![ \t])/);
    return `${fields[lineAt(fields, place)] ?? ''}\n${mail}`;
  },
  'a field of another': (mail, place, other) => {
    const fields = other.slice(0, headOf(other)).split(/\n(?![ \t])/);
    const at = headOf(mail);
    return `${mail.slice(0, at)}\n${fields[lineAt(fields, place)] ?? ''}${mail.slice(at)}`;
  },
  'the body of another': (mail, _, other) =>
    mail.slice(0, headOf(mail)) + other.slice(headOf(other)),
  'another behind it': (mail, _, other) => `${mail}\n${other}`,
  'glued to another': (mail, place, other) =>
    mail.slice(0, place * mail.length) + other.slice(place * other.length),
  'another charset': (mail, place) =>
    mail.replaceAll(
      /charset="?[\w-]+"?/gi,
      `charset=${['utf-8', 'us-ascii', 'utf-16', 'iso-2022-jp', 'gb18030', 'none'][Math.floor(place * 6)]}`,
    ),
  'another encoding': (mail, place) =>
    mail.replaceAll(
      /^(content-transfer-encoding:).*$/gim,
      `$1 ${['base64', '7bit', 'quoted-printable', 'x'][Math.floor(place * 4)]}`,
    ),
  quoted: (mail) => {
    const at = headOf(mail);
    return mail.slice(0, at + 2) + mail.slice(at + 2).replaceAll(/^/gm, '> ');
  },
  'an octet changed': (mail, place) => {
    const at = Math.floor(place * mail.length);
    return `${mail.slice(0, at)}${String.fromCharCode((at * 31) % 256)}${mail.slice(at + 1)}`;
  },
};

const damaged = fc
  .tuple(
    fc.constantFrom(...fixtures),
    fc.array(
      fc.tuple(
        fc.constantFrom(...Object.values(damages)),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.constantFrom(...fixtures),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([mail, all]) =>
    all.reduce((text, [damage, place, other]) => damage(text, place, other), mail),
  );

const octets = (text: string): Buffer => Buffer.from(text, 'latin1');

function isBounded(decision: Decision): void {
  expect(reasons[decision.reason].action).toBe(decision.action);
  expect(decision.evidence.at(-1)?.code).toBe(decision.reason);
  expect(decision.evidence.length).toBeLessThan(400);
  for (const { detail } of decision.evidence) {
    expect(detail.length).toBeLessThanOrEqual(core.shownCharsMax);
    expect(detail).not.toMatch(/[\p{Cc}\u2028-\u202E\u2066-\u2069]/u);
  }
}

/** A reply answers the proven author, or a contact; what the record says, only people of that customer. */
function isAnsweredRightly(decision: Decision, mail: Mail): void {
  if (decision.action !== 'reply') return;
  const { to, customer } = decision.plan;
  expect(authenticate(mail, policy).result).toBe('pass');
  expect(mail.from.length).toBe(1);
  const author = normalizeAddress(mail.from[0]?.address ?? '');
  if (customer === undefined) {
    expect(normalizeAddress(to)).toBe(author);
    return;
  }
  const contacts = customer.contacts.map(({ address }) => normalizeAddress(address));
  const isContact = contacts.includes(normalizeAddress(to));
  expect(isContact || verifiedDomains(customer).includes(domainOf(to))).toBe(true);
  expect(isContact || normalizeAddress(to) === author).toBe(true);
}

test('any damage leaves a decision, and an answer only to whom it may go', async () => {
  await fc.assert(
    fc.asyncProperty(damaged, async (text) => {
      const decision = await decideAtDesk(octets(text));
      isBounded(decision);
      isAnsweredRightly(decision, await parseMail(octets(text)));
    }),
    { ...limits, numRuns: 1_500 },
  );
});

test('where no host is trusted no damage makes an answer', async () => {
  await fc.assert(
    fc.asyncProperty(damaged, fc.boolean(), async (text, isForged) => {
      const elsewhere = text.replaceAll(host, 'mx.evil.example');
      const pass = `Authentication-Results: ${host}; dmarc=pass header.from=contoso.example`;
      // The host's own word stands above; what the mail itself says is below it, or inside.
      const raw = isForged
        ? `Authentication-Results: ${host}; none\n${elsewhere.replace('\n\n', `\n${pass}\n\n${pass}\n`)}`
        : elsewhere;
      expect((await decideAtDesk(octets(raw))).action).not.toBe('reply');
    }),
    { ...limits, numRuns: 800 },
  );
});

test('line ends change no decision', async () => {
  const told = (decision: Decision): unknown => [
    decision.action,
    decision.reason,
    decision.scenario,
    decision.family,
    decision.confidence,
    decision.action === 'reply' ? decision.plan.to : undefined,
    decision.original?.subject,
    decision.original?.from,
    decision.notice,
  ];
  await fc.assert(
    fc.asyncProperty(damaged, async (text) => {
      const plain = text.replaceAll('\r', '');
      const withLf = await decideAtDesk(octets(plain));
      const withCrlf = await decideAtDesk(octets(plain.replaceAll('\n', '\r\n')));
      expect(told(withCrlf)).toEqual(told(withLf));
    }),
    { ...limits, numRuns: 600 },
  );
});

test('what is unwrapped is bounded', async () => {
  const depthMax = core.inlineDepthMax + core.attachedDepthMax + 1;
  await fc.assert(
    fc.asyncProperty(damaged, async (text) => {
      const { originals, evidence } = unwrap(await parseMail(octets(text)), false);
      expect(originals.length).toBeGreaterThan(0);
      expect(evidence.length).toBeLessThanOrEqual(originals.length + 5);
      for (const original of originals) {
        expect(original.depth).toBeGreaterThanOrEqual(0);
        expect(original.depth).toBeLessThanOrEqual(depthMax);
        expect(original.text.length).toBeLessThanOrEqual(core.textCharsMax);
        expect(original.links.length).toBeLessThanOrEqual(core.linksMax);
        expect(original.to.length).toBeLessThanOrEqual(core.typedAddressesMax);
        expect((original.comment ?? '').length).toBeLessThanOrEqual(core.commentCharsMax);
        expect((original.footer ?? '').length).toBeLessThanOrEqual(core.textCharsMax);
      }
    }),
    { ...limits, numRuns: 800 },
  );
});
