/** Whose ARC chain is believed: a whole one, verified by somebody else than the mail, sealed last by whom we trust. */
import { describe, expect, test } from 'vitest';
import { readArcChain } from '../../src/core/arc.ts';
import { authenticate } from '../../src/core/authenticate.ts';
import { arcSetsMax } from '../../src/core/limits.ts';
import { parseMail } from '../../src/core/parse.ts';
import type { Verification } from '../../src/core/verification.ts';

const mx = 'mx.partner.example';
const sealer = 'forwarder.example';
const from = 'From: Anna <anna@contoso.example>';
const passes = 'dkim=pass header.d=contoso.example; dmarc=pass header.from=contoso.example';
const failed = 'dmarc=fail header.from=contoso.example';

interface SetText {
  readonly instance?: number | string;
  readonly by?: string;
  readonly results?: string;
  readonly cv?: string;
  readonly signed?: string;
}

/** The three fields of a set, newest sealer first as they stand in a mail. */
function set({ instance = 1, by = sealer, results = passes, cv, signed }: SetText = {}): string[] {
  const held = cv ?? (Number(instance) === 1 ? 'none' : 'pass');
  return [
    `ARC-Seal: i=${instance}; a=rsa-sha256; t=1790000000; cv=${held}; d=${by}; s=arc; b=c2Vh\r\n bA==`,
    `ARC-Message-Signature: i=${instance}; a=rsa-sha256; c=relaxed/relaxed; d=${by}; s=arc; ${signed ?? 'h=Subject : From : To'}; bh=Ym9keQ==; b=c2ln`,
    `ARC-Authentication-Results: i=${instance}; ${by}; ${results}`,
  ];
}

const ours = (results: string): string => `Authentication-Results: ${mx}; ${results}`;
const hostFail = ours(`arc=pass; ${failed}`);
const hostNone = ours('arc=pass; spf=none');

async function verdict(
  fields: readonly string[],
  { trusted = [sealer], verification }: { trusted?: string[]; verification?: Verification } = {},
) {
  const mail = await parseMail(Buffer.from(`${fields.join('\r\n')}\r\n\r\ntext`));
  const { result, by, dkimAligned, evidence } = authenticate(
    mail,
    { trustedAuthservIds: [mx], trustedArcSealers: trusted },
    verification,
  );
  return { result, by, dkimAligned, evidence };
}

describe('a chain that the trusted host verified, sealed last by a trusted sealer', () => {
  test.each([
    ['makes a pass of the host’s fail', [hostFail, ...set(), from]],
    ['makes a pass of nothing', [hostNone, ...set(), from]],
    ['makes a pass of a softfail', [ours('arc=pass; spf=softfail'), ...set(), from]],
    ['of a sub-domain of the one named', [hostFail, ...set({ by: `arc.${sealer}` }), from]],
    ['in other capitals', [hostFail, ...set({ by: 'Forwarder.EXAMPLE' }), from]],
    [
      'of two sets, the older by somebody else',
      [
        hostFail,
        ...set({ instance: 2 }),
        ...set({ by: 'list.example', results: 'spf=pass' }),
        from,
      ],
    ],
    ['with its fields in another order', [hostFail, ...set().reverse(), from]],
    [
      'of as many sets as there may be',
      [
        hostFail,
        ...Array.from({ length: arcSetsMax }, (_, at) => set({ instance: arcSetsMax - at })).flat(),
        from,
      ],
    ],
  ])('%s', async (_, fields) => {
    expect(await verdict(fields)).toMatchObject({ result: 'pass', by: 'arc', dkimAligned: true });
  });

  test('proves no DKIM where only SPF or DMARC passed before', async () => {
    const results =
      'spf=pass smtp.mailfrom=contoso.example; dmarc=pass header.from=contoso.example';
    expect(await verdict([hostFail, ...set({ results }), from])).toMatchObject({
      result: 'pass',
      dkimAligned: false,
    });
  });

  test('says so', async () => {
    const { evidence } = await verdict([hostFail, ...set(), from]);
    expect(evidence.map(({ code }) => code)).toEqual(['fail', 'arc-pass']);
    expect(evidence.at(-1)?.detail).toContain('forwarder.example, set 1');
  });

  test('changes no pass of the host', async () => {
    expect(await verdict([ours(`arc=pass; ${passes}`), ...set(), from])).toMatchObject({
      result: 'pass',
      by: 'authentication-results',
    });
  });
});

const twice = (name: string): string[] => {
  const fields = set();
  return [...fields, ...fields.filter((field) => field.startsWith(`${name}:`))];
};
const without = (name: string): string[] =>
  [...set({ instance: 2 }), ...set()].filter((field) => !field.startsWith(`${name}: i=2`));

describe('a chain changes nothing', () => {
  test.each([
    ['where there is none', []],
    ['of a sealer that nobody named', set({ by: 'evil.example' })],
    ['of a sealer whose name only ends alike', set({ by: `evil${sealer}` })],
    ['of a sealer whose name only begins alike', set({ by: `${sealer}.evil.example` })],
    ['whose seal names no domain', set({ by: '' })],
    [
      'whose older set is trusted and whose newest is not',
      [...set({ instance: 2, by: 'evil.example' }), ...set()],
    ],
    ['whose newest results say fail', set({ results: failed })],
    ['whose newest results say nothing', set({ results: 'spf=none' })],
    [
      'whose newest results are somebody else’s pass',
      set({ results: 'dkim=pass header.d=evil.example' }),
    ],
    [
      'whose older set saw DMARC fail',
      [...set({ instance: 2 }), ...set({ by: 'list.example', results: failed })],
    ],
    [
      'whose pass stands in an older set only',
      [...set({ instance: 2, results: 'none' }), ...set()],
    ],
    ['with a gap', [...set({ instance: 3 }), ...set()]],
    ['that begins at 2', set({ instance: 2 })],
    ['that begins at 0', set({ instance: 0 })],
    ['with a number that is none', set({ instance: 'x' })],
    ['with a number of two readings', set({ instance: '01' })],
    ['with two seals of one set', twice('ARC-Seal')],
    ['with two signatures of one set', twice('ARC-Message-Signature')],
    ['with two results of one set', twice('ARC-Authentication-Results')],
    ['with a whole set twice', [...set(), ...set()]],
    ['without the newest seal', without('ARC-Seal')],
    ['without the newest signature', without('ARC-Message-Signature')],
    ['without the newest results', without('ARC-Authentication-Results')],
    ['that failed before', [...set({ instance: 2, cv: 'fail' }), ...set()]],
    ['that passed before there was one', set({ cv: 'pass' })],
    ['whose second seal saw no first', [...set({ instance: 2, cv: 'none' }), ...set()]],
    [
      'whose seal says nothing of it',
      [set()[0]?.replace(' cv=none;', '') ?? '', ...set().slice(1)],
    ],
    ['whose seal names two domains', [`${set()[0]}; d=evil.example`, ...set().slice(1)]],
    ['whose signature does not cover From', set({ signed: 'h=Subject:To:X-From' })],
    ['whose signature covers a part of the body', set({ signed: 'h=From; l=10' })],
    [
      'longer than there may be',
      Array.from({ length: arcSetsMax + 1 }, (_, at) =>
        set({ instance: arcSetsMax + 1 - at }),
      ).flat(),
    ],
  ])('%s', async (_, chain) => {
    expect(await verdict([hostFail, ...chain, from])).toMatchObject({
      result: 'fail',
      by: 'authentication-results',
    });
    expect(await verdict([hostNone, ...chain, from])).toMatchObject({ result: 'none' });
  });

  test.each([
    ['that the trusted host did not look at', [ours(failed), ...set(), from], 'fail'],
    ['that the trusted host saw fail', [ours(`arc=fail; ${failed}`), ...set(), from], 'fail'],
    [
      'that the trusted host calls pass and fail',
      [ours(`arc=pass; arc=fail; ${failed}`), ...set(), from],
      'fail',
    ],
    [
      'that an untrusted host calls pass',
      [ours(failed), 'Authentication-Results: mx.evil.example; arc=pass', ...set(), from],
      'fail',
    ],
    [
      'that a field below the trusted one calls pass',
      [ours(failed), ours('arc=pass'), ...set(), from],
      'fail',
    ],
    ['that calls itself pass', [...set({ results: `arc=pass; ${passes}` }), from], 'none'],
  ])('%s', async (_, fields, expected) => {
    expect((await verdict(fields)).result).toBe(expected);
  });

  test('where no sealer is trusted', async () => {
    expect((await verdict([hostFail, ...set(), from], { trusted: [] })).result).toBe('fail');
  });
});

describe('a chain that we verified ourselves', () => {
  const found = (arc: Partial<Verification['arc']> = {}): Verification => ({
    dkim: [],
    arc: { result: 'pass', instance: 1, sealer, detail: 'every seal verifies', ...arc },
    attached: [],
  });

  test.each([
    ['passes', found(), 'pass'],
    ['fails', found({ result: 'fail' }), 'none'],
    ['could not be asked for', found({ result: 'temperror' }), 'none'],
    ['is a shorter one than what is read', found({ instance: 2 }), 'none'],
    ['was sealed by somebody else than what is read', found({ sealer: 'evil.example' }), 'none'],
  ])('counts where it is the same and passes: it %s', async (_, verification, expected) => {
    expect((await verdict([...set(), from], { verification })).result).toBe(expected);
  });

  test('does not overrule a trusted host that saw it fail', async () => {
    const fields = [ours('arc=fail; spf=none'), ...set(), from];
    expect((await verdict(fields, { verification: found() })).result).toBe('none');
  });

  test('turns the fail of a host that did not look at it', async () => {
    expect(await verdict([ours(failed), ...set(), from], { verification: found() })).toMatchObject({
      result: 'pass',
      by: 'arc',
    });
  });
});

describe('a mail of Microsoft’s', () => {
  const microsoft = 'From: Microsoft <microsoft-noreply@microsoft.com>';
  const spf = 'spf=pass smtp.mailfrom=microsoft.com; dmarc=pass header.from=microsoft.com';
  const fail = ours('arc=pass; dmarc=fail header.from=microsoft.com');

  test.each([
    ['an aligned DKIM pass proves it', `dkim=pass header.d=microsoft.com; ${spf}`, [], true],
    ['SPF alone does not', spf, [], false],
    ['DKIM of a tenant does not', `dkim=pass header.d=evil.onmicrosoft.com; ${spf}`, [], false],
    [
      'an aligned DKIM pass does not where another host saw DMARC fail',
      `dkim=pass header.d=microsoft.com; ${spf}`,
      ['Authentication-Results: relay.example; dmarc=fail header.from=microsoft.com'],
      false,
    ],
  ])('in the newest set %s', async (_, results, below, expected) => {
    const found = await verdict([fail, ...below, ...set({ results }), microsoft]);
    expect(found).toMatchObject({ result: 'pass', by: 'arc', dkimAligned: expected });
  });
});

test('a header section full of ARC fields is refused before it is read', () => {
  const fields = Array.from({ length: 2_000 }, () => ({
    name: 'arc-seal',
    value: `i=1; ${'a=b;'.repeat(15_000)}`,
  }));
  expect(readArcChain(fields)).toMatchObject({ kind: 'broken' });
});
