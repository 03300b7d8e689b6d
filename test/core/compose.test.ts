import { describe, expect, it } from 'vitest';
import { composeReply, renderReply } from '../../src/core/compose.ts';
import { repliedScenarios } from '../../src/core/decision.ts';
import { TemplateError } from '../../src/core/template.ts';
import { resolveLocale } from '../../src/core/template-compile.ts';
import { samplePlan } from '../../src/core/template-samples.ts';
import {
  approvalLink,
  customerWith,
  flat,
  inputFor,
  planFor,
  settings,
  shipped,
} from './compose-fixture.ts';

const locales = ['en', 'de', 'fr'] as const;
const { portalUrl, supportNumbersUrl } = settings.contacts;
const germanPhone = '0800 589 2332';

/** Sentences that a reply must have, by locale; each from another rule of the design. */
const sentences = {
  doNotPay: {
    en: 'Do not pay for, renew or reactivate the old subscription',
    de: 'Bezahlen, verlängern oder reaktivieren Sie das alte Abonnement nicht',
    fr: 'Ne payez, ne renouvelez et ne réactivez pas l’ancien abonnement',
  },
  rightRow: {
    en: 'bought directly from Microsoft, not the one',
    de: 'direkt bei Microsoft gekaufte',
    fr: 'acheté directement à Microsoft, pas',
  },
  licensesFirst: {
    en: 'First make sure that everyone has a license of the new subscription',
    de: 'Stellen Sie zuerst sicher, dass alle eine Lizenz des neuen Abonnements haben',
    fr: 'Vérifiez d’abord que chacun a une licence du nouvel abonnement',
  },
  doNotDelete: {
    en: 'Do not delete the subscription, remove your domain or close the account',
    de: 'Löschen Sie nicht das Abonnement, entfernen Sie nicht Ihre Domain und schließen Sie nicht das Konto',
    fr: 'Ne supprimez pas l’abonnement, ne retirez pas votre domaine et ne fermez pas le compte',
  },
  doNotCancel: { en: 'Do not cancel', de: 'Kündigen Sie', fr: 'N’annulez pas encore' },
  bothBills: {
    en: 'on top of our bill',
    de: 'zusätzlich zu unserer Rechnung',
    fr: 'en plus de notre facture',
  },
  cancelWord: {
    en: 'Cancel subscription',
    de: 'Abonnement kündigen',
    fr: 'Annuler l’abonnement',
  },
  path: {
    en: 'Billing > Your products',
    de: 'Abrechnung > Ihre Produkte',
    fr: 'Facturation > Vos produits',
  },
} as const;
const warnings = ['doNotPay', 'rightRow', 'licensesFirst', 'doNotDelete'] as const;

describe.each(locales)('replies in %s', (locale) => {
  const render = (...args: Parameters<typeof planFor>) => {
    const reply = renderReply(inputFor(planFor(...args)));
    return { ...reply, flat: flat(reply.text) };
  };
  const one = { licensesAssigned: 24, advisorRenewsOn: '2026-12-24' };

  it.each(repliedScenarios)('composes %s in its own language', (scenario) => {
    const reply = renderReply(inputFor(samplePlan(scenario, locale)));
    expect(reply.locale).toBe(locale);
    expect(reply.templateId).toBe(`${locale}/${scenario}`);
    expect(reply.subject.length).toBeLessThan(150);
    expect(reply.html).toContain(`<html lang="${locale}" dir="ltr">`);
    expect(reply.text).toContain('Fabrikam support desk');
    for (const line of reply.text.split('\n')) {
      if (!line.includes('https://')) expect([...line].length).toBeLessThanOrEqual(72);
    }
  });

  it.each(['cancel-portal', 'cancel-phone', 'cancel-unknown-licenses', 'stop-renewal'] as const)(
    '%s says what harms and what waiting costs',
    (scenario) => {
      const { flat: text } = render(scenario, locale, customerWith([one]));
      for (const name of warnings) expect(text).toContain(sentences[name][locale]);
      expect(text).toContain(sentences.bothBills[locale]);
      expect(text).toContain('Contoso GmbH');
      expect(text).toContain('Microsoft 365 Business Standard');
    },
  );

  it('cancel-portal shows the way through the portal', () => {
    const { flat: text, html } = render('cancel-portal', locale, customerWith([one]));
    expect(text).toContain(portalUrl);
    expect(html).toContain(`href="${portalUrl}"`);
    expect(text).toContain(sentences.path[locale]);
    expect(text).toContain(sentences.cancelWord[locale]);
    expect(text).toContain('24');
    const date = { en: 'December 24, 2026', de: '24. Dezember 2026', fr: '24 décembre 2026' };
    expect(text).toContain(date[locale]);
  });

  it('cancel-phone shows the number of the customer’s country and no way through the portal', () => {
    const customer = customerWith([{ ...one, licensesAssigned: 25 }]);
    const { flat: text } = render('cancel-phone', locale, customer);
    expect(text).toContain(germanPhone);
    expect(text).toContain(supportNumbersUrl);
    expect(text).toContain('0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d');
    expect(text).not.toContain(portalUrl);
  });

  it.each([undefined, 'AQ', 'constructor'])(
    'cancel-phone gives the list for the country %s',
    (country) => {
      const { country: _, ...rest } = customerWith([{ licensesAssigned: 900 }]);
      const customer = country === undefined ? rest : { ...rest, country };
      const { flat: text } = render('cancel-phone', locale, customer);
      expect(text).toContain(supportNumbersUrl);
      expect(text).not.toContain(germanPhone);
    },
  );

  it('cancel-unknown-licenses shows the rule and both ways', () => {
    const { flat: text } = render('cancel-unknown-licenses', locale, customerWith([{}]));
    for (const part of ['25', portalUrl, germanPhone]) expect(text).toContain(part);
  });

  it('stop-renewal shows the day on which it ends', () => {
    const customer = customerWith([{ advisorEndsOn: '2027-03-01', advisorRenewsOn: '2027-03-02' }]);
    const { flat: text } = render('stop-renewal', locale, customer);
    const date = { en: 'March 1, 2027', de: '1. März 2027', fr: '1er mars 2027' };
    expect(text).toContain(date[locale]);
  });

  it('approve-partner shows the link of the record, and says not to cancel', () => {
    const { flat: text, html } = render('approve-partner', locale, customerWith([one]));
    expect(text).toContain(approvalLink);
    expect(html).toContain('https://partner.example/approve?id=1&amp;to=(contoso)');
    expect(text).toContain(sentences.doNotCancel[locale]);
    expect(text).not.toContain(sentences.doNotPay[locale]);
  });

  it('wait-for-csp says not to cancel, and shows no way to cancel', () => {
    const { flat: text } = render('wait-for-csp', locale, customerWith([one]));
    expect(text).toContain(sentences.doNotCancel[locale]);
    expect(text).not.toContain(portalUrl);
    expect(text).not.toContain(germanPhone);
    expect(text).not.toContain(sentences.cancelWord[locale]);
  });

  it('mixed has each subscription with its own instruction, in the plan’s order', () => {
    const customer = customerWith([
      { product: 'Office 365 E3', licensesAssigned: 40 },
      { product: 'Visio Plan 2', licensesAssigned: 3 },
      { product: 'Project Plan 3' },
    ]);
    const lines = ['wait-for-csp', 'cancel-portal', 'already-cancelled'] as const;
    const { text, html, flat: words } = render('mixed', locale, customer, lines);
    const at = ['- Office 365 E3', '- Visio Plan 2', '- Project Plan 3'].map((row) =>
      text.indexOf(row),
    );
    expect(at.every((index) => index > 0)).toBe(true);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
    expect(html).toContain('<th scope="col"');
    expect(words).toContain(sentences.doNotCancel[locale]);
    expect(words).toContain(portalUrl);
    for (const name of ['rightRow', 'licensesFirst', 'doNotDelete'] as const) {
      expect(words).toContain(sentences[name][locale]);
    }
  });

  it.each(['ask-for-details', 'suspicious'] as const)('%s discloses nothing', (scenario) => {
    const known = planFor(scenario, locale, customerWith([one]));
    const { customer: _, ...unknown } = { ...known, lines: [] };
    const a = composeReply(inputFor({ ...known, toName: 'Alex Berger' }));
    const b = composeReply(inputFor(unknown));
    expect(a).toEqual(b);
    expect(a.to).toEqual({ address: 'alex@contoso.example' });
    for (const part of [a.text, a.html, a.subject]) {
      expect(part).not.toMatch(/contoso|business standard|0800/i);
      expect(part).not.toMatch(/https?:/);
    }
  });

  it('shows no day that is past', () => {
    const past = {
      advisorRenewsOn: '2026-11-01',
      advisorEndsOn: '2020-01-01',
      licensesAssigned: 3,
    };
    const { flat: text } = render('cancel-portal', locale, customerWith([past]));
    expect(text).not.toContain('2020');
    expect(text).not.toMatch(/\b1er? nov|November 1|1\. November/);
  });
});

describe('composing', () => {
  const plan = planFor('cancel-portal', 'en', customerWith([{ licensesAssigned: 3 }]));

  it('writes what the record says of the day it is, the same every time', () => {
    expect(composeReply(inputFor(plan))).toEqual(composeReply(inputFor(plan)));
  });

  it('writes dates as the customer’s own region does', () => {
    const customer = customerWith([{ licensesAssigned: 3, advisorRenewsOn: '2027-01-02' }]);
    const textIn = (locale: string) =>
      flat(renderReply(inputFor(planFor('cancel-portal', locale, customer))).text);
    expect(textIn('de-AT')).toContain('2. Jänner 2027');
    expect(textIn('en-GB')).toContain('2 January 2027');
    expect(textIn('xx-not a locale')).toContain('January 2, 2027');
  });

  it('falls back to a language it has: pt-BR, pt, en', () => {
    expect(resolveLocale('ro-MD', 'suspicious', shipped)).toBe('en');
    expect(resolveLocale('de-CH', 'suspicious', shipped)).toBe('de');
    expect(resolveLocale('FR_ca', 'suspicious', shipped)).toBe('fr');
    const set = { locales: ['en', 'pt'], templates: new Map(shipped.templates) };
    set.templates.set('pt/mixed', [...shipped.templates.values()][0] as never);
    expect(resolveLocale('pt-BR', 'mixed', set)).toBe('pt');
    expect(resolveLocale('pt-BR', 'suspicious', set)).toBe('en');
    expect(resolveLocale('pt-BR', 'not-in-transition', set)).toBeUndefined();
  });

  it.each([
    ['pt', 'pt-BR'],
    ['pt-PT', 'pt-BR'],
    ['zh', 'zh-CN'],
    ['zh-SG', 'zh-CN'],
    ['zh-TW', 'en'],
    ['no', 'nb'],
    ['nn-NO', 'nb'],
    ['nb-NO', 'nb'],
    ['ru', 'en'],
    ['not a tag', 'en'],
    ['', 'en'],
  ])(
    'of a language it has in another form, falls back to what the customer reads: %s, %s',
    (wanted, used) => {
      const locales = ['en', 'nb', 'pt-BR', 'zh-CN'];
      const templates = new Map(
        locales.flatMap((locale) =>
          [...shipped.templates.values()]
            .slice(0, 1)
            .map((template) => [`${locale}/mixed`, template] as const),
        ),
      );
      expect(resolveLocale(wanted, 'mixed', { locales, templates })).toBe(used);
    },
  );

  it('refuses to compose what it cannot compose completely', () => {
    const { approvalLink: _, ...customer } = customerWith([{}]);
    expect(() => renderReply(inputFor(planFor('approve-partner', 'en', customer)))).toThrow(
      TemplateError,
    );
    expect(() => renderReply(inputFor(planFor('not-in-transition', 'en', customer)))).toThrow(
      /no template/,
    );
  });

  it.each([
    'http://partner.example/approve',
    'javascript:alert(1)',
    'https://admin.microsoft.com@evil.example/',
    'not a link',
    'https://partner.example/a b',
  ])('refuses the approval link %s', (link) => {
    const customer = customerWith([{}], { approvalLink: link });
    const compose = () => renderReply(inputFor(planFor('approve-partner', 'en', customer)));
    expect(compose).toThrow(TemplateError);
    expect(compose).toThrow(/link/);
  });

  it('names the template with everything that goes into it', () => {
    const reply = renderReply(inputFor(plan));
    expect(reply.templateHash).toMatch(/^[0-9a-f]{64}$/);
    const other = renderReply(
      inputFor(planFor('cancel-portal', 'de', plan.customer ?? customerWith([]))),
    );
    expect(other.templateHash).not.toBe(reply.templateHash);
  });
});
