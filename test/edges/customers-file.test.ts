/**
 * customers.csv: what people's spreadsheets make of it, every wrong value by line and column, and whole
 * customers only.
 */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvLineCharsMax, csvProblemsMax } from '../../src/core/limits.ts';
import { customerColumns } from '../../src/edges/customer-columns.ts';
import { plainText } from '../../src/edges/customer-values.ts';
import { readCustomers } from '../../src/edges/customers-file.ts';

const header = 'customer_id,customer_name,product';

function read(text: string | Uint8Array, chunkBytes = 64 * 1024) {
  const octets = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(octets.length / chunkBytes) }, (_, at) =>
    octets.subarray(at * chunkBytes, (at + 1) * chunkBytes),
  );
  return readCustomers(Readable.from(chunks));
}

/** A row of one cell beside the required ones. */
function cell(column: string, value: string) {
  return read(`${header},${column}\nc1,Contoso,E3,"${value.replaceAll('"', '""')}"\n`);
}

async function problem(column: string, value: string): Promise<string> {
  const { problems, customers } = await cell(column, value);
  expect(customers).toEqual([]);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ line: 2, column, value: value.trim() });
  return problems[0]?.message ?? '';
}

test('the sample customers of the tests are read without a problem', async () => {
  const file = await readCustomers(new URL('../fixtures/customers.csv', import.meta.url).pathname);
  expect([file.problems, file.unknownColumns]).toEqual([[], []]);
  expect(file.customers.length).toBeGreaterThan(10);
});

describe('what spreadsheets write', () => {
  const expected = [
    {
      id: 'c1',
      name: 'Müller; "Söhne"',
      otherDomains: [],
      contacts: [],
      country: 'DE',
      subscriptions: [{ product: 'E3' }],
    },
  ];
  const rows = (separator: string, end: string) =>
    ['customer_id', 'customer_name', 'product', 'country']
      .join(separator)
      .concat(end, ['c1', '"Müller; ""Söhne"""', 'E3', 'de'].join(separator), end);

  test.each([
    ['commas and LF', rows(',', '\n')],
    ['semicolons, CRLF and a BOM', `\uFEFF${rows(';', '\r\n')}`],
    ['tabs', rows('\t', '\n')],
    ['the CR of old Macintoshes', rows(';', '\r')],
    ['the line sep=;', `sep=;\r\n${rows(';', '\r\n')}`],
    ['empty rows before, between and behind', `\n${rows(';', '\n\n')};;;\n;;;\n`],
    ['no line end at the end', rows(',', '\n').trimEnd()],
    ['names in capitals with spaces', rows(',', '\n').replace('product', ' PRODUCT ')],
  ])('%s', async (_name, text) => {
    for (const chunkBytes of [1, 7, 64 * 1024]) {
      const file = await read(text, chunkBytes);
      expect(file.problems).toEqual([]);
      expect(file.customers).toEqual(expected);
      expect(file.rows).toBe(1);
    }
  });

  test('a line number counts what stands before it', async () => {
    const file = await read(
      `sep=;\r\n\r\n${header.replaceAll(',', ';')};notes\r\nc1;A;E3;"two\r\nlines"\r\nc2;;;\r\n`,
    );
    expect(file.unknownColumns).toEqual(['notes']);
    expect(file.problems.map(({ line, column }) => [line, column])).toEqual([
      [6, 'product'],
      [6, 'customer_name'],
    ]);
  });
});

describe('what spoils the whole file is one sentence', () => {
  test.each([
    [
      'UTF-16 with a BOM',
      Buffer.from(`\uFEFF${header}\nc1,A,E3\n`, 'utf16le'),
      /UTF-16.*CSV UTF-8/,
    ],
    ['UTF-16 without', Buffer.from(`${header}\nc1,A,E3\n`, 'utf16le'), /UTF-16/],
    [
      'Windows-1252',
      Buffer.from(`${header}\nc1,A,E3\nc2,\xe4,E3\n`, 'latin1'),
      /^Line 3 is not UTF-8/,
    ],
    ['a workbook', Buffer.from('PK\x03\x04 and so on'), /Excel workbook/],
    ['nothing', '', /empty/],
    ['a missing column', 'customer_id,customer_name,produkt\n', /lacks product/],
    ['a column twice', `${header},Product\n`, /product occurs twice/],
    ['an open quotation mark', `${header}\nc1,A,E3\nc2,"A,E3\nc3,A,E3\n`, /^Line 3: .*not closed/],
    ['a stray quotation mark', `${header}\nc1,A,E3\nc2,"A" B,E3\n`, /^Line 3: a quotation mark/],
    ['a line without end', `${header}\n${'x'.repeat(csvLineCharsMax * 5)}`, /^Line 2 is longer/],
  ])('%s', async (_name, content, sentence) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'CUSTOMERS_INVALID',
      message: expect.stringMatching(sentence),
    });
  });

  test('a file that is not there', async () => {
    await expect(readCustomers('/nowhere/customers.csv')).rejects.toMatchObject({
      code: 'FILE_NOT_READABLE',
      exitStatus: 2,
    });
  });

  test('a missing column names the one that was probably meant', async () => {
    await expect(read('customer_id,customername,product\n')).rejects.toMatchObject({
      details: ['customer_name: missing in the header row (is it "customername"?)'],
    });
  });
});

describe('a line as long as is allowed', () => {
  test.each([
    [0, true],
    [1, false],
  ])('and %i more', async (more, isRead) => {
    const start = 'c1,A,E3,';
    const text = `${header},notes\n${start}${'x'.repeat(csvLineCharsMax - start.length + more)}\n`;
    const reading = read(text, 1_000);
    if (isRead) expect((await reading).customers).toHaveLength(1);
    else await expect(reading).rejects.toMatchObject({ code: 'CUSTOMERS_INVALID' });
  });
});

describe('values', () => {
  test.each([
    ['tenant_domain', 'Bücher.Example.', { tenantDomain: 'xn--bcher-kva.example' }],
    [
      'tenant_id',
      '{0A1B2C3D-0000-4000-8000-00000000ABCD}',
      { tenantId: '0a1b2c3d-0000-4000-8000-00000000abcd' },
    ],
    [
      'other_domains',
      'A.example; b.example;a.example',
      { otherDomains: ['a.example', 'b.example'] },
    ],
    [
      'contacts',
      'Kim Doe <Kim@Contoso.example>;"Doe; Lee" <lee@contoso.example>; x@contoso.example',
      {
        contacts: [
          { name: 'Kim Doe', address: 'kim@contoso.example' },
          { name: 'Doe; Lee', address: 'lee@contoso.example' },
          { address: 'x@contoso.example' },
        ],
      },
    ],
    ['locale', 'pt_br', { locale: 'pt-BR' }],
    ['country', 'gb', { country: 'GB' }],
    ['partner_approved', 'YES', { partnerApproved: true }],
    ['partner_approved', 'no', { partnerApproved: false }],
    ['partner_approved', '2026-10-19', { partnerApproved: true, partnerApprovedOn: '2026-10-19' }],
    [
      'approval_link',
      'https://admin.microsoft.com/x?y=1#/z',
      { approvalLink: 'https://admin.microsoft.com/x?y=1#/z' },
    ],
    ['account_manager', 'Sam@Partner.example', { accountManager: 'sam@partner.example' }],
  ])('%s %j', async (column, value, expected) => {
    const file = await cell(column, value);
    expect(file.problems).toEqual([]);
    expect(file.customers[0]).toMatchObject(expected);
  });

  test.each([
    [
      'advisor_subscription_id',
      'BD1E2A36-4359-55B6-B7B7-17882B64F632',
      { advisorSubscriptionId: 'bd1e2a36-4359-55b6-b7b7-17882b64f632' },
    ],
    ['advisor_subscription_id', 'SUB-4711', { advisorSubscriptionId: 'sub-4711' }],
    ['advisor_status', 'Active', { advisorStatus: 'active' }],
    ['advisor_renews_on', '2028-02-29', { advisorRenewsOn: '2028-02-29' }],
    ['advisor_ends_on', '2026-12-01T00:00:00Z', { advisorEndsOn: '2026-12-01' }],
    ['advisor_ends_on', '2026-12-01 00:00:00', { advisorEndsOn: '2026-12-01' }],
    ['licenses_assigned', '0', { licensesAssigned: 0 }],
    ['licenses_total', '25', { licensesTotal: 25 }],
    ['monthly_cost', '412.50', { monthlyCost: '412.50' }],
    ['currency', 'eur', { currency: 'EUR' }],
    ['transition_status', 'STOPPED', { transitionStatus: 'stopped' }],
  ])('%s %j', async (column, value, expected) => {
    const file = await cell(column, value);
    expect(file.problems).toEqual([]);
    expect(file.customers[0]?.subscriptions).toEqual([{ product: 'E3', ...expected }]);
  });

  test('an empty cell is unknown, never no', async () => {
    const names = customerColumns.map(({ name }) => name);
    const cells = names.map((name) => (header.includes(name) ? 'x' : ''));
    const { customers } = await read(`${names.join(',')}\n${cells.join(',')}\n`);
    expect(customers).toEqual([
      { id: 'x', name: 'x', otherDomains: [], contacts: [], subscriptions: [{ product: 'x' }] },
    ]);
  });
});

describe('wrong values say the mend', () => {
  test.each([
    ['advisor_renews_on', '2/1/2019', /ambiguous; write 2019-02-01 or 2019-01-02/],
    ['advisor_renews_on', '31.12.2026', /write 2026-12-31/],
    ['advisor_renews_on', '12/31/2026', /write 2026-12-31/],
    ['advisor_renews_on', '1/1/2027 0:00', /write 2027-01-01/],
    ['advisor_renews_on', '2027-02-29', /not a day of the calendar/],
    ['advisor_renews_on', '2026-13-01', /not a day of the calendar/],
    ['advisor_renews_on', 'soon', /YYYY-MM-DD/],
    ['advisor_status', 'canceled', /one of active.*did you mean cancelled\?/],
    ['csp_status', 'yes', /one of none, ordered, active, suspended$/],
    ['licenses_assigned', '24.5', /whole number/],
    ['licenses_assigned', '-1', /whole number/],
    ['licenses_assigned', '1,000', /digits only/],
    ['licenses_assigned', '99999999999', /whole number/],
    ['tenant_id', 'contoso', /not a tenant id/],
    ['tenant_domain', 'https://contoso.example/', /did you mean contoso\.example\?/],
    ['tenant_domain', 'kim@contoso.example', /did you mean contoso\.example\?/],
    ['tenant_domain', 'contoso', /not a domain/],
    ['tenant_domain', '192.0.2.1', /not a domain/],
    ['other_domains', 'a.example,b.example', /not a domain/],
    ['contacts', 'a@contoso.example, b@contoso.example', /separate several with ;/],
    ['contacts', 'Kim', /neither an address/],
    ['contacts', 'Kim <kim@contoso>', /neither an address/],
    ['account_manager', 'Sam <sam@partner.example>', /not an address/],
    ['advisor_subscription_id', '1,23E+15', /rounded by the spreadsheet/],
    ['advisor_subscription_id', 'two words', /without spaces/],
    ['locale', 'english', /language tag/],
    ['locale', 'qq', /language tag/],
    ['country', 'UK', /did you mean GB\?/],
    ['country', 'Germany', /did you mean DE\?/],
    ['country', 'XX', /two letters/],
    ['partner_approved', 'maybe', /neither yes nor no nor a date/],
    ['approval_link', 'http://partner.example', /https/],
    ['approval_link', 'https://user:pw@partner.example', /https/],
    ['approval_link', 'javascript:alert(1)', /https/],
    ['monthly_cost', '412,50', /write 412\.50/],
    ['monthly_cost', '€ 412', /without currency/],
    ['currency', 'Euro', /three letters/],
    ['account_manager', 'a\u0000@b.example', /control character/],
    ['contacts', 'Kim\nDoe <kim@contoso.example>', /line break/],
    ['contacts', '\u202Eexe.moc@contoso.example', /control character/],
    // Its small letter is an i and a mark, which no address may hold.
    ['account_manager', 'İlker@partner.example', /not an address/],
  ])('%s %j', async (column, value, message) => {
    expect(await problem(column, value)).toMatch(message);
  });
});

test('a name is as long as it is kept, so that an export is not refused', () => {
  // Each of these signs becomes two when it is composed.
  expect(plainText('\u0958'.repeat(100))).toEqual({ value: '\u0915\u093c'.repeat(100) });
  expect(plainText('\u0958'.repeat(101))).toEqual({
    message: 'has 202 characters, at most 200 are allowed',
  });
});

describe('customers of several rows', () => {
  test('need not stand together, and repeat or leave out what is said', async () => {
    const file = await read(
      `${header},contacts,country\nc1,A,E1,a@x.example;b@x.example,DE\nc2,B,E1,,\nc1,,E3,b@x.example;A@x.example,de\n`,
    );
    expect(file.problems).toEqual([]);
    expect(file.customers.map(({ id, subscriptions }) => [id, subscriptions.length])).toEqual([
      ['c1', 2],
      ['c2', 1],
    ]);
  });

  test('may say later what the first row left out', async () => {
    const { customers } = await read(`${header},country\nc1,,E1,\nc1,A,E3,FR\n`);
    expect(customers).toMatchObject([{ id: 'c1', name: 'A', country: 'FR' }]);
  });

  test('may not contradict themselves', async () => {
    const file = await read(`${header},country\nc1,A,E1,DE\nc1,A,E3,\nc1,B,E5,AT\n`);
    expect(file.problems).toEqual([
      {
        line: 4,
        column: 'customer_name',
        value: 'B',
        message: expect.stringMatching(/"A" in line 2/),
      },
      { line: 4, column: 'country', value: 'AT', message: expect.stringMatching(/"DE" in line 2/) },
    ]);
  });

  test('may not name a subscription twice', async () => {
    const withId = `${header},advisor_subscription_id\n`;
    const twice = await read(`${withId}c1,A,E1,s1\nc1,A,e1,S1\n`);
    expect(twice.problems).toMatchObject(
      [{ line: 3, column: 'product', message: /line 2/ }].map((row) => ({
        ...row,
        message: expect.stringMatching(row.message),
      })),
    );
    expect((await read(`${withId}c1,A,E1,s1\nc1,A,E1,s2\nc2,B,E1,s3\n`)).problems).toEqual([]);
  });

  test('are left out whole when one row is bad', async () => {
    const file = await read(
      `${header},country\nc1,A,E1,DE\nc2,B,E1,DE\nc1,A,E3,Germany\n,C,E1,DE\nc3,,E1,DE\n`,
    );
    expect(file.customers.map(({ id }) => id)).toEqual(['c2']);
    expect(file.skippedCustomers).toEqual(['c1', 'c3']);
    expect(file.rowsOfNobody).toBe(1);
    expect(file.problems.map(({ line, column }) => [line, column])).toEqual([
      [4, 'country'],
      [5, 'customer_id'],
      [6, 'customer_name'],
    ]);
  });

  test('are left out when a row has too few or too many cells', async () => {
    const file = await read(`${header}\nc1,A\nc2,B,E1,more\nc3,C,E1,,\n`);
    expect(file.customers.map(({ id }) => id)).toEqual(['c3']);
    expect(file.problems.map(({ line, column }) => [line, column])).toEqual([
      [2, 'row'],
      [3, 'row'],
    ]);
  });
});

test('problems beyond the limit are counted', async () => {
  const rows = Array.from({ length: csvProblemsMax + 1 }, (_, at) => `c${at},A,E1,Germany\n`);
  const file = await read(`${header},country\n${rows.join('')}`);
  expect(file.problems).toHaveLength(csvProblemsMax);
  expect([file.problemsLeftOut, file.skippedCustomers.length]).toEqual([1, csvProblemsMax + 1]);
});

test('progress is told for long files', async () => {
  const rows = Array.from({ length: 10_000 }, (_, at) => `c${at},A,E1\n`);
  const told: number[] = [];
  const octets = Buffer.from(`${header}\n${rows.join('')}`);
  await readCustomers(Readable.from([octets]), { onProgress: (count) => told.push(count) });
  expect(told).toEqual([5_000, 10_000]);
});

test('whatever the octets, there is an answer: customers, problems or a sentence', async () => {
  const pieces = fc.constantFrom(
    header,
    '\n',
    '\r\n',
    ',',
    ';',
    '"',
    'c1',
    'A',
    '\u0000',
    '\uFEFF',
    'ü',
    '\xff',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 40 }), fc.boolean(), async (parts, isLatin) => {
      const octets = Buffer.from(`${header}\n${parts.join('')}`, isLatin ? 'latin1' : 'utf8');
      const file = await read(octets, 5).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'CUSTOMERS_INVALID' });
        return undefined;
      });
      for (const { id, name, subscriptions } of file?.customers ?? []) {
        expect([id, name, subscriptions.length > 0]).not.toContain('');
      }
    }),
    { numRuns: 300 },
  );
});
