/**
 * Partner Center's own exports: what each profile reads, and what it must not take for a fact.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { csvProblemsMax } from '../../src/core/limits.ts';
import {
  type ReadPartnerCenterOptions,
  readPartnerCenterFile,
} from '../../src/edges/partner-center-files.ts';
import { type ProfileName, usDate } from '../../src/edges/partner-center-profiles.ts';
import { makeCommandPlace } from '../support/command.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());

const contoso = '11111111-1111-4111-8111-111111111111';
const northwind = '22222222-2222-4222-8222-222222222222';
const e3 = '33333333-3333-4333-8333-333333333333';
const ems = '44444444-4444-4444-8444-444444444444';

let files = 0;
function read(
  profile: ProfileName,
  text: string | Uint8Array,
  options: ReadPartnerCenterOptions = {},
) {
  files += 1;
  return readPartnerCenterFile(place.write(`${files}.csv`, text), profile, options);
}

function lines(...rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.join('\t')}\r\n`).join('');
}

describe('partner-center-customers', () => {
  const header = 'Microsoft ID,Company name,Primary domain name,Relationship,Tags';
  const file = (...rows: readonly string[]) =>
    read('partner-center-customers', `\uFEFF${[header, ...rows].join('\r\n')}\r\n`);

  test('reads the tenant, its name, its domain and whether the partner may sell', async () => {
    const { facts, problems, unknownColumns, unknownWords, rows } = await file(
      `${contoso.toUpperCase()},"Contoso, Ltd.",Contoso.onmicrosoft.com,Cloud Reseller,`,
      `${northwind},Northwind,northwind.example,Advisor,vip`,
    );
    expect(facts).toEqual([
      {
        tenantId: contoso,
        name: 'Contoso, Ltd.',
        tenantDomain: 'contoso.onmicrosoft.com',
        partnerApproved: true,
        subscriptions: [],
        complete: [],
      },
      {
        tenantId: northwind,
        name: 'Northwind',
        tenantDomain: 'northwind.example',
        partnerApproved: false,
        subscriptions: [],
        complete: [],
      },
    ]);
    expect([problems, unknownColumns, unknownWords, rows]).toEqual([[], ['Tags'], [], 2]);
  });

  test('a relationship of another name is no fact, and said', async () => {
    const { facts, unknownWords } = await file(
      `${contoso},Contoso,contoso.example,Wholesale Partner,`,
      `${northwind},Northwind,northwind.example,Wholesale Partner,`,
    );
    expect(facts.map(({ partnerApproved }) => partnerApproved)).toEqual([undefined, undefined]);
    expect(unknownWords).toEqual([
      { column: 'Relationship', value: 'Wholesale Partner', line: 2, rows: 2 },
    ]);
  });

  test('a partner of two kinds has a customer twice: one that may sell is enough', async () => {
    const { facts } = await file(
      `${contoso},Contoso,contoso.example,Cloud Reseller,`,
      `${contoso},Contoso,contoso.example,Advisor,`,
    );
    expect(facts).toHaveLength(1);
    expect(facts[0]?.partnerApproved).toBe(true);
  });

  test('a domain of two tenants is nobody’s: its people are not told of either record', async () => {
    const { facts, problems, skipped } = await file(
      `${contoso},Contoso,contoso.example,Cloud Reseller,`,
      `${northwind},Northwind,CONTOSO.example,Cloud Reseller,`,
    );
    expect(facts).toEqual([]);
    expect(skipped).toEqual([contoso, northwind]);
    expect(problems).toEqual([
      {
        line: 3,
        column: 'row',
        value: 'contoso.example',
        message: 'is the domain of another customer in line 2',
      },
    ]);
  });

  test('a bad value names line, column, value and what is allowed; the others are read', async () => {
    const { facts, problems, skipped } = await file(
      `${contoso},Contoso,not a domain,Cloud Reseller,`,
      `${northwind},Northwind,northwind.example,Cloud Reseller,`,
      'C-3,Tailspin,tailspin.example,Cloud Reseller,',
    );
    expect(facts.map(({ tenantId }) => tenantId)).toEqual([northwind]);
    expect(skipped).toEqual([contoso]);
    expect(problems).toEqual([
      {
        line: 2,
        column: 'Primary domain name',
        value: 'not a domain',
        message: 'is not a domain such as contoso.example',
      },
      {
        line: 4,
        column: 'Microsoft ID',
        value: 'C-3',
        message: 'is not a tenant id, which looks like 0a1b2c3d-0000-4000-8000-00000000abcd',
      },
    ]);
  });

  test('a name that would turn the line around is refused', async () => {
    const { facts, problems } = await file(`${contoso},Con\u202etoso,contoso.example,Advisor,`);
    expect(facts).toEqual([]);
    expect(problems[0]?.message).toBe('holds a line break or another control character');
  });

  test('saved again by a spreadsheet: `;`, and the names in other capitals', async () => {
    const text = `sep=;\nMICROSOFT ID;Company Name;Primary domain name;Relationship\n${contoso};"Contoso; Ltd.";contoso.example;Cloud Reseller\n;;;\n`;
    const { facts, rows } = await read('partner-center-customers', text);
    expect(facts[0]?.name).toBe('Contoso; Ltd.');
    expect(rows).toBe(1);
  });
});

describe('partner-center-subscriptions', () => {
  const columns = [
    'SubscriptionId',
    'SubscriptionEndDate',
    'SubscriptionState',
    'Month',
    'IsAutoRenew',
    'CustomerName',
    'CustomerTenantId',
    'Product',
    'SKU',
    'PartnerAttributionType',
    'SalesChannel',
    'AvailableSeats',
  ] as const;
  type Row = Partial<Record<(typeof columns)[number], string>>;
  const row = (more: Row): readonly string[] => {
    const cells: Row = {
      SubscriptionId: e3,
      SubscriptionEndDate: '2026-12-01T00:00:00',
      SubscriptionState: 'Active',
      Month: '2026-10-01',
      IsAutoRenew: 'Yes',
      CustomerName: 'Contoso Ltd.',
      CustomerTenantId: contoso,
      Product: 'O365',
      SKU: 'OFFICE 365 E3',
      SalesChannel: 'Direct',
      AvailableSeats: '22',
      ...more,
    };
    return columns.map((column) => cells[column] ?? '');
  };
  const file = (...rows: readonly Row[]) =>
    read('partner-center-subscriptions', lines(columns, ...rows.map(row)));

  test('the channel tells the old from the new, and each has its own facts', async () => {
    const { facts, unknownColumns, problems } = await file(
      {},
      { SubscriptionId: ems, SalesChannel: 'CSP', SKU: 'EMS E3' },
    );
    expect(problems).toEqual([]);
    expect(facts).toEqual([
      {
        tenantId: contoso,
        name: 'Contoso Ltd.',
        subscriptions: [
          {
            channel: 'direct',
            subscriptionId: e3,
            product: 'OFFICE 365 E3',
            advisorStatus: 'active',
            renewsOn: '2026-12-01',
            licensesTotal: 22,
            isDelayed: true,
          },
          {
            channel: 'csp',
            subscriptionId: ems,
            product: 'EMS E3',
            cspStatus: 'active',
            isDelayed: true,
          },
        ],
        complete: [],
      },
    ]);
    expect(unknownColumns).toEqual(['Product']);
  });

  test('what only an earlier month has gives no state: it may have ended since', async () => {
    const { facts } = await file(
      { Month: '2026-09-01', SubscriptionId: ems, SalesChannel: 'CSP', SKU: 'EMS E3' },
      { Month: '2026-10-01' },
    );
    const found = facts.flatMap(({ subscriptions }) => subscriptions);
    expect(found.find(({ subscriptionId }) => subscriptionId === ems)).toEqual({
      channel: 'csp',
      subscriptionId: ems,
      product: 'EMS E3',
      isDelayed: true,
    });
    expect(found.find(({ subscriptionId }) => subscriptionId === e3)).toHaveProperty(
      'advisorStatus',
    );
  });

  test('without renewal the end is an end', async () => {
    const { facts } = await file({ IsAutoRenew: 'No' });
    expect(facts[0]?.subscriptions[0]).toMatchObject({ endsOn: '2026-12-01' });
    expect(facts[0]?.subscriptions[0]).not.toHaveProperty('renewsOn');
  });

  test('whether it renews is unknown: then its end is no fact', async () => {
    const { facts } = await file({ IsAutoRenew: '' });
    expect(facts[0]?.subscriptions[0]).not.toHaveProperty('renewsOn');
    expect(facts[0]?.subscriptions[0]).not.toHaveProperty('endsOn');
  });

  test('an old one that churned is not thereby cancelled: nobody is told “nothing to do”', async () => {
    const { facts, unknownWords } = await file({ SubscriptionState: 'Churned' });
    expect(facts[0]?.subscriptions[0]).not.toHaveProperty('advisorStatus');
    expect(unknownWords).toEqual([
      { column: 'SubscriptionState', value: 'Churned', line: 2, rows: 1 },
    ]);
  });

  test('a new one that churned cannot take over', async () => {
    const { facts } = await file({ SubscriptionState: 'Churned', SalesChannel: 'CSP' });
    expect(facts[0]?.subscriptions[0]).toMatchObject({ cspStatus: 'none' });
  });

  test('another channel, or one that you only advise on, is no fact', async () => {
    const { facts, unknownWords } = await file(
      { SalesChannel: 'EA' },
      { SalesChannel: 'CSP', PartnerAttributionType: 'DPOR' },
    );
    expect(facts).toEqual([
      { tenantId: contoso, name: 'Contoso Ltd.', subscriptions: [], complete: [] },
    ]);
    expect(unknownWords.map(({ column, value }) => [column, value])).toEqual([
      ['SalesChannel', 'EA'],
      ['PartnerAttributionType', 'DPOR'],
    ]);
  });

  test('of several months the newest counts, in whatever order they stand', async () => {
    const { facts } = await file(
      { Month: '2026-09-01', AvailableSeats: '20', CustomerName: 'Contoso' },
      { Month: '2026-10-01', AvailableSeats: '30' },
      { Month: '2026-08-01', AvailableSeats: '10' },
    );
    expect(facts[0]).toMatchObject({
      name: 'Contoso Ltd.',
      subscriptions: [{ licensesTotal: 30 }],
    });
  });

  test('the same month twice is one, if it says the same; else the customer is left out', async () => {
    expect((await file({}, { PartnerAttributionType: 'CSP Tier 1' })).facts).toHaveLength(1);
    const { facts, problems, skipped } = await file(
      {},
      { AvailableSeats: '23' },
      { CustomerTenantId: northwind, SubscriptionId: ems },
    );
    expect(facts.map(({ tenantId }) => tenantId)).toEqual([northwind]);
    expect(skipped).toEqual([contoso]);
    expect(problems).toEqual([
      {
        line: 3,
        column: 'row',
        value: e3,
        message: 'says otherwise than line 2 about the same subscription and 2026-10-01',
      },
    ]);
  });

  test('where the seats are those of the end of the period, a difference is not taken for them', async () => {
    const { facts, problems } = await read(
      'partner-center-subscriptions',
      lines([...columns, 'AvailableSeatsEOP'], [...row({ AvailableSeats: '-3' }), '19']),
    );
    expect(problems).toEqual([]);
    expect(facts[0]?.subscriptions[0]?.licensesTotal).toBe(19);
  });

  test('dates that could be read in two ways are refused here', async () => {
    const { problems } = await file({ SubscriptionEndDate: '2/1/2026 0:00' });
    expect(problems[0]).toMatchObject({ column: 'SubscriptionEndDate', value: '2/1/2026 0:00' });
  });
});

describe('partner-center-reseller-performance', () => {
  const header = ['ResellerName', 'Month', 'Product', 'SubscriptionID', 'AssignedSeats'];
  const file = (
    tenantOf: ReadPartnerCenterOptions['tenantOf'],
    ...rows: readonly (readonly string[])[]
  ) =>
    read(
      'partner-center-reseller-performance',
      lines(header, ...rows),
      tenantOf === undefined ? {} : { tenantOf },
    );

  test('finds the tenant of a subscription that a record knows', async () => {
    const { facts, subscriptionsOfNobody } = await file(
      async (id) => (id === e3 ? contoso : undefined),
      ['Fabrikam', '2026-10-01', 'O365', e3.toUpperCase(), '21'],
      ['Fabrikam', '2026-09-01', 'O365', e3, '9'],
      ['Fabrikam', '2026-10-01', 'O365', ems, '5'],
    );
    expect(facts).toEqual([
      {
        tenantId: contoso,
        subscriptions: [
          { channel: 'csp', subscriptionId: e3, licensesAssigned: 21, isDelayed: true },
        ],
        complete: [],
      },
    ]);
    expect(subscriptionsOfNobody).toBe(1);
  });

  test('a name alone is nobody: without a way to find the tenant it is refused', async () => {
    await expect(
      file(undefined, ['Fabrikam', '2026-10-01', 'O365', e3, '21']),
    ).rejects.toMatchObject({
      code: 'CUSTOMERS_INVALID',
      message: expect.stringContaining('names no tenants'),
    });
  });

  test('a subscription with a bad row is nobody’s fact', async () => {
    const { facts, problems, skipped } = await file(
      async () => contoso,
      ['Fabrikam', '2026-10-01', 'O365', e3, 'many'],
      ['Fabrikam', '2026-09-01', 'O365', e3, '9'],
    );
    expect([facts, skipped]).toEqual([[], [e3]]);
    expect(problems[0]).toMatchObject({ line: 2, column: 'AssignedSeats', value: 'many' });
  });

  test('a file that has tenants needs nobody to find them', async () => {
    const { facts } = await read(
      'partner-center-reseller-performance',
      lines([...header, 'CustomerTenantId'], ['Fabrikam', '2026-10-01', 'O365', e3, '21', contoso]),
    );
    expect(facts[0]?.tenantId).toBe(contoso);
  });
});

describe('partner-center-reconciliation', () => {
  const header =
    'PartnerId,CustomerId,CustomerName,SubscriptionId,SyndicationPartnerSubscriptionNumber,OfferName,ChargeStartDate,ChargeEndDate,ChargeType,Quantity,DomainName';
  const charge = (ends: string, offer: string, domain = '') =>
    `p,${contoso.toUpperCase()},Contoso Ltd.,usCBMgAAAAAAAAIA,${e3.toUpperCase()},${offer},2/1/2019 0:00,${ends},Cycle fee,12,${domain}`;
  const file = (...rows: readonly string[]) =>
    read('partner-center-reconciliation', `${[header, ...rows].join('\n')}\n`);

  test('reads the id that Partner Center shows, not the one of the billing platform', async () => {
    const { facts, problems } = await file(
      charge('2/28/2019 23:59', 'OFFICE 365 E1'),
      charge('3/31/2019 23:59', 'OFFICE 365 E3', 'contoso.example'),
    );
    expect(problems).toEqual([]);
    expect(facts).toEqual([
      {
        tenantId: contoso,
        name: 'Contoso Ltd.',
        subscriptions: [{ channel: 'csp', subscriptionId: e3, product: 'OFFICE 365 E3' }],
        complete: [],
      },
    ]);
  });

  test('a charge is not a state: nobody is told to cancel because of one', async () => {
    const { facts } = await file(charge('2/28/2019 23:59', 'OFFICE 365 E3'));
    expect(facts[0]?.subscriptions[0]).not.toHaveProperty('cspStatus');
    expect(facts[0]).not.toHaveProperty('tenantDomain');
  });

  test('days that a spreadsheet turned around are refused', async () => {
    const { facts, problems } = await file(charge('28/02/2019 23:59', 'OFFICE 365 E3'));
    expect(facts).toEqual([]);
    expect(problems[0]).toMatchObject({ line: 2, column: 'ChargeEndDate' });
    expect(problems[0]?.message).toContain('with the month first');
  });
});

test.each([
  ['2/1/2019 0:00', '2019-02-01'],
  ['12/31/2019 23:59', '2019-12-31'],
  ['2/28/2019 11:59:00 PM', '2019-02-28'],
  ['2/29/2020', '2020-02-29'],
  ['2019-02-28', '2019-02-28'],
])('the US date %s is %s', (text, value) => {
  expect(usDate(text)).toEqual({ value });
});

test.each(['31/1/2019 0:00', '2/29/2019', '01.02.2019', '2-1-2019', '2/1/19', 'soon'])(
  '%s is no US date',
  (text) => {
    expect(usDate(text)).toHaveProperty('message');
  },
);

describe('the file as a whole', () => {
  test('another profile’s file is refused, and whose it is said', async () => {
    const text = lines(['Microsoft ID', 'Company name', 'Primary domain name', 'Relationship']);
    await expect(read('partner-center-reconciliation', text)).rejects.toMatchObject({
      code: 'CUSTOMERS_INVALID',
      message: expect.stringMatching(
        /lacks CustomerId, .* It has those of partner-center-customers\.$/,
      ),
    });
  });

  test.each([
    ['an empty file', '', 'is empty'],
    ['a column twice', 'Relationship,relationship', 'occurs twice'],
    ['a workbook', 'PK\u0003\u0004rest', 'Excel workbook'],
    ['UTF-16', Buffer.from('\uFEFFMicrosoft ID', 'utf16le'), 'UTF-16'],
  ])('%s is refused with a sentence', async (_, text, sentence) => {
    await expect(read('partner-center-customers', text)).rejects.toMatchObject({
      code: 'CUSTOMERS_INVALID',
      message: expect.stringContaining(sentence),
    });
  });

  test('a file that is not there', async () => {
    await expect(
      readPartnerCenterFile(`${place.folder}/nowhere.csv`, 'partner-center-customers'),
    ).rejects.toMatchObject({ code: 'FILE_NOT_READABLE' });
  });

  test('a row of another width leaves its customer out', async () => {
    const { facts, problems, skipped } = await read(
      'partner-center-customers',
      `Microsoft ID,Company name,Primary domain name,Relationship\n${contoso},Contoso, Ltd.,contoso.example,Advisor\n`,
    );
    expect([facts, skipped]).toEqual([[], [contoso]]);
    expect(problems[0]).toMatchObject({ line: 2, column: 'row' });
  });

  test('thousands of problems are counted, not kept', async () => {
    const rows = Array.from({ length: csvProblemsMax + 5 }, () => 'x,Contoso,contoso.example,None');
    const { problems, problemsLeftOut } = await read(
      'partner-center-customers',
      `Microsoft ID,Company name,Primary domain name,Relationship\n${rows.join('\n')}\n`,
    );
    expect([problems.length, problemsLeftOut]).toEqual([csvProblemsMax, 5]);
  });
});
