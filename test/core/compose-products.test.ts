/** What a reply says differently about products that end otherwise, and about days where the customer is. */
import { describe, expect, test } from 'vitest';
import { composeReply } from '../../src/core/compose.ts';
import { customerWith, inputFor, planFor } from './compose-fixture.ts';

const textOf = (product: string, scenario: 'cancel-phone' | 'cancel-portal', locale = 'en') =>
  composeReply(
    inputFor(planFor(scenario, locale, customerWith([{ product, licensesAssigned: 30 }]))),
  ).text.replace(/\s+/g, ' ');

describe('Dynamics', () => {
  test.each(['Dynamics 365 Sales', 'CRM Online'])(
    '%s: what to have at hand on the phone',
    (product) => {
      expect(textOf(product, 'cancel-phone')).toContain('address (URL) of its organisation');
      expect(textOf(product, 'cancel-phone', 'de')).toContain('Adresse (URL) seiner Organisation');
      expect(textOf(product, 'cancel-phone', 'fr')).toContain('adresse (URL) de son organisation');
    },
  );

  test('is not asked of other products', () => {
    expect(textOf('Office 365 E3', 'cancel-phone')).not.toContain('(URL)');
  });
});

describe('CRM Online', () => {
  test('ends by phone, and no number of licenses is blamed for it', () => {
    expect(textOf('CRM Online', 'cancel-phone')).toContain('Microsoft cancels CRM Online, and');
  });

  test('is not named where it is not', () => {
    expect(textOf('Office 365 E3', 'cancel-phone')).not.toContain('CRM');
  });
});

test('a day is to come as long as it is where the customer is', () => {
  const renewing = (country: string) => {
    const subscription = { licensesAssigned: 3, advisorRenewsOn: '2026-11-26' };
    const plan = planFor('cancel-portal', 'en', customerWith([subscription], { country }));
    return composeReply(inputFor(plan, { now: new Date('2026-11-26T22:30:00Z') })).text;
  };
  expect(renewing('GB')).toContain('renews on');
  // Half past eleven at night in Berlin, past midnight in Helsinki.
  expect(renewing('DE')).toContain('renews on');
  expect(renewing('FI')).not.toContain('renews on');
});
