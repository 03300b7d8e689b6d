/**
 * The review on the real store and pipeline: what is shown, what each button does, and what is never done.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { shownMailBytesMax } from '../../src/core/limits.ts';
import { samplesFolder } from '../../src/demo/samples.ts';
import { openDoor, openTestConsole, type TestConsole } from '../support/console-desk.ts';

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(() => desk.close());

async function page(path: string): Promise<string> {
  const { statusCode, body } = await desk.app.inject(path);
  expect(statusCode).toBe(200);
  return body;
}

function post(path: string, fields: Readonly<Record<string, string>> = {}) {
  return desk.app.inject({
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(fields).toString(),
  });
}

/** The value of the field that names what is shown. */
function digestIn(body: string): string {
  return /name="digest" value="([^"]+)"/.exec(body)?.[1] ?? '';
}

test('says that nothing waits instead of showing an empty list', async () => {
  expect(await page('/review')).toContain('Nothing waits for you');
});

describe('a case with a reply to approve', () => {
  let caseId: string;
  beforeAll(async () => {
    desk.desk.mode = 'review';
    caseId = await desk.takeSample('01_outlook_desktop_portal.eml');
    desk.desk.mode = 'auto';
  });

  test('opens by itself, with the number of waiting cases in the navigation and the title', async () => {
    const body = await page('/review');
    expect(body).toContain('<title>(1) Review');
    expect(body).toContain('<b id="waiting">1</b>');
    expect(body).toContain(`id="case" data-case="${caseId}"`);
    expect(digestIn(body)).not.toBe('');
  });

  test('is refused with a sentence on the page when what would be sent is not what was shown', async () => {
    const { statusCode, body } = await post(`/cases/${caseId}/approve`, {
      digest: 'other',
      from: 'review',
    });
    expect(statusCode).toBe(409);
    expect(body).toContain('role="alert"');
    expect(body).toContain(`data-case="${caseId}"`);
    expect(await desk.store.countReview()).toBe(1);
  });

  test('is composed anew in another language, and approving sends exactly that', async () => {
    const part = await page(`/cases/${caseId}/reply?locale=de&from=review`);
    expect(part).toContain('Guten Tag');
    expect(part).toContain('<input type="hidden" name="locale" value="de"');
    expect(digestIn(part)).not.toBe(digestIn(await page('/review')));
  });

  test('shows what would be sent with other words, and keeps them when it is refused', async () => {
    const fields = {
      subject: 'Our answer',
      markdown: 'Hello **Anna**,\n\ncall us.',
      from: 'review',
    };
    const preview = await post(`/cases/${caseId}/preview`, fields);
    expect(preview.body).toContain('Our answer');
    expect(preview.body).toContain('call us.');
    const refused = await post(`/cases/${caseId}/approve`, { ...fields, digest: 'stale' });
    expect(refused.statusCode).toBe(409);
    expect(refused.body).toContain('Hello **Anna**');
    const shown = await post(`/cases/${caseId}/edit`, fields);
    expect(digestIn(shown.body)).toBe(digestIn(preview.body));
  });

  test('goes out when approved, can be undone for ten seconds, and waits again then', async () => {
    const digest = digestIn(await page('/review'));
    const approved = await post(`/cases/${caseId}/approve`, { digest, from: 'review' });
    expect(approved.statusCode).toBe(303);
    const after = await page(String(approved.headers.location));
    expect(after).toContain('action="/review/undo"');
    expect(after).toContain('Nothing waits for you');
    const undone = await post('/review/undo', { case: caseId });
    expect(undone.statusCode).toBe(303);
    expect(await page(String(undone.headers.location))).toContain(`data-case="${caseId}"`);
    expect(desk.desk.sent).toHaveLength(0);
  });

  test('is refused to the second person, with the name of the first', async () => {
    const digest = digestIn(await page('/review'));
    expect((await post(`/cases/${caseId}/approve`, { digest })).statusCode).toBe(303);
    const second = await post(`/cases/${caseId}/approve`, { digest });
    expect(second.statusCode).toBe(409);
    expect(second.body).toContain('ana');
    expect(second.body).not.toContain('class="approve"');
  });

  test('shows the reply as it was sent, its delivery and what was done', async () => {
    desk.desk.now = new Date(desk.desk.now.getTime() + 11_000);
    await desk.desk.sweep();
    await desk.desk.run();
    expect(desk.desk.sent).toHaveLength(1);
    const body = await page(`/cases/${caseId}`);
    expect(body).toContain('250 ok');
    expect(body).toContain('Approved by ana');
    expect(body).not.toContain('class="approve"');
    expect((await post('/review/undo', { case: caseId })).statusCode).toBe(409);
  });

  test('explains itself with the lines of explain, as a page and as text', async () => {
    const text = await page(`/cases/${caseId}/explanation`);
    expect(text).toContain('what was seen');
    const body = await page(`/cases/${caseId}`);
    const stored = await desk.store.findCase(caseId);
    for (const { code } of stored?.decision.evidence.slice(0, 20) ?? []) {
      expect(text).toContain(code);
      expect(body).toContain(code);
    }
  });
});

describe('a case that no reply fits', () => {
  let caseId: string;
  beforeAll(async () => {
    caseId = await desk.takeSample('29_thunderbird_two_customers.eml');
  });

  test('shows the customers that fit side by side, and composes for the one that is chosen', async () => {
    const body = await page(`/review?case=${caseId}`);
    const picks = [...body.matchAll(/customer=([a-z0-9-]+)"/g)].map((match) => match[1] ?? '');
    expect(new Set(picks).size).toBeGreaterThanOrEqual(2);
    expect(body).toContain('Whom it may be about');
    expect(await page(`/review?case=${caseId}&customer=${picks[0]}`)).toContain(
      'The reply is for this one',
    );
  });

  test('is dismissed with a reason, never without one, and reopened', async () => {
    expect((await post(`/cases/${caseId}/dismiss`, {})).statusCode).toBe(409);
    const done = await post(`/cases/${caseId}/dismiss`, { why: 'not-a-customer', note: 'sold' });
    expect(done.statusCode).toBe(303);
    const body = await page(`/cases/${caseId}`);
    expect(body).toContain('Dismissed by ana');
    expect(body).toContain('“sold”');
    expect((await post(`/cases/${caseId}/reopen`)).statusCode).toBe(303);
    expect(await desk.store.countReview()).toBe(1);
  });

  test('is answered by a person with their own program, and done when they say so', async () => {
    expect(await page(`/cases/${caseId}`)).toContain('href="mailto:');
    expect((await post(`/cases/${caseId}/answer`)).statusCode).toBe(303);
    expect(await desk.store.countReview()).toBe(0);
    expect((await post(`/cases/${caseId}/reopen`)).statusCode).toBe(303);
  });
});

describe('an unconfirmed reply', () => {
  let caseId: string;
  beforeAll(async () => {
    const submit = desk.desk.submit;
    desk.desk.submit = async () => ({ outcome: 'unconfirmed', detail: 'the line broke' });
    caseId = await desk.takeSample('04_outlook_web_phone.eml');
    desk.desk.submit = submit;
  });

  test('is not sent again by itself: a person says that it arrived, or sends it again', async () => {
    const body = await page(`/review?case=${caseId}`);
    expect(body).toContain('It arrived');
    expect(body).toContain('Send again');
    expect((await post(`/cases/${caseId}/arrived`, { from: 'case' })).statusCode).toBe(303);
    expect(await page(`/cases/${caseId}`)).toContain('Found to have arrived by ana');
  });
});

describe('like cases', () => {
  const files = ['05_outlook_web_french_wait.eml', '07_apple_mail_already_cancelled.eml'];
  let caseIds: string[];
  beforeAll(async () => {
    desk.desk.mode = 'review';
    caseIds = [];
    for (const file of files) caseIds.push(await desk.takeSample(file));
    desk.desk.mode = 'auto';
  });

  test('are sent together only after a page that says what goes to whom, each under its digest', async () => {
    const list = await page('/review?reason=review-every-reply');
    expect(list.match(/type="checkbox"/g)).toHaveLength(2);
    const query = caseIds.map((caseId) => `case=${caseId}`).join('&');
    const confirm = await page(`/review/together?do=approve&${query}`);
    expect(confirm).toContain('Send 2 replies?');
    const entries = [...confirm.matchAll(/name="case" value="([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    const form = new URLSearchParams({ do: 'approve' });
    for (const entry of entries) form.append('case', entry);
    const done = await desk.app.inject({
      method: 'POST',
      url: '/review/together',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: form.toString(),
    });
    expect(done.statusCode).toBe(303);
    expect(await page(String(done.headers.location))).toContain('They go out');
    for (const caseId of caseIds)
      expect((await desk.store.listSettlements(caseId))[0]?.kind).toBe('approved');
  });
});

describe('cases that were settled', () => {
  let caseIds: string[];
  beforeAll(async () => {
    desk.desk.mode = 'review';
    caseIds = [];
    for (const file of ['03_outlook_desktop_french_portal.eml', '12_iphone_mixed.eml'])
      caseIds.push(await desk.takeSample(file));
    desk.desk.mode = 'auto';
  });

  test('together each have their ten seconds, however long the ones before took', async () => {
    const { dismiss } = desk.parts.desk;
    const slow = vi.spyOn(desk.parts.desk, 'dismiss').mockImplementation(async (...asked) => {
      const outcome = await dismiss(...asked);
      desk.desk.now = new Date(desk.desk.now.getTime() + 6_000);
      return outcome;
    });
    const form = new URLSearchParams({ do: 'dismiss', why: 'duplicate' });
    for (const caseId of caseIds) form.append('case', caseId);
    await desk.app.inject({
      method: 'POST',
      url: '/review/together',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: form.toString(),
    });
    slow.mockRestore();
    const last = caseIds.at(-1) ?? '';
    const [settlement] = await desk.store.listSettlements(last);
    expect(settlement?.undoUntil?.getTime()).toBeGreaterThan(desk.desk.now.getTime());
  });

  test('can be decided again when something happens to them, however many wait before them', async () => {
    const [caseId = ''] = caseIds;
    await desk.pool.query(
      `insert into mails (case_id, mailbox, state, size_bytes, complete, answered, received_at)
         select 'many-' || n, 'support', 'finished', 1, true, false, now() from generate_series(1, 301) n`,
    );
    await desk.pool.query(
      `insert into cases (case_id, mailbox, subject, action, reason, decision, decided_at)
         select 'many-' || n, 'support', '', 'review', 'review-rate-limit',
           jsonb_set(decision, '{notice}', '{"expiresOn": "2000-01-01"}'), now()
         from cases, generate_series(1, 301) n where case_id = $1`,
      [caseId],
    );
    expect(await page(`/cases/${caseId}`)).not.toContain(`action="/cases/${caseId}/dismiss"`);
    await desk.pool.query(
      `update cases set action = 'review', reason = 'review-processing-failed' where case_id = $1`,
      [caseId],
    );
    expect(await page(`/cases/${caseId}`)).toContain(`action="/cases/${caseId}/dismiss"`);
    await desk.pool.query(`delete from cases where case_id like 'many-%'`);
    await desk.pool.query(`delete from mails where case_id like 'many-%'`);
  });
});

describe('the mail of a case', () => {
  test('comes in a document of its own that may do nothing, and as a file', async () => {
    const [line] = await desk.store.listReview(1);
    const document = await desk.app.inject(`/cases/${line?.caseId}/mail`);
    expect(document.headers['content-security-policy']).toMatch(
      /^sandbox;default|^sandbox; default/,
    );
    expect(document.headers['x-content-type-options']).toBe('nosniff');
    const file = await desk.app.inject(`/cases/${line?.caseId}/mail.eml`);
    expect(file.headers['content-disposition']).toBe(`attachment; filename="${line?.caseId}.eml"`);
    expect(file.headers['content-type']).toBe('message/rfc822');
    expect(file.headers['x-content-type-options']).toBe('nosniff');
  });

  test('of a case that does not exist is no page', async () => {
    for (const path of [
      '/cases/none',
      '/cases/none/mail.eml',
      '/cases/none/part',
      '/cases/none/reply.html',
    ])
      expect((await desk.app.inject(path)).statusCode).toBe(404);
  });
});

test('a viewer reads, and finds no button and no way to decide', async () => {
  const viewer = await openTestConsole({ doors: openDoor('viewer') });
  const caseId = await viewer.takeSample('29_thunderbird_two_customers.eml');
  const { body } = await viewer.app.inject(`/review?case=${caseId}`);
  expect(body).toContain(caseId);
  expect(body).not.toContain('class="acts"');
  expect(body).not.toContain('Use this customer');
  for (const act of [
    'approve',
    'dismiss',
    'answer',
    'reopen',
    'arrived',
    'again',
    'preview',
    'presence',
  ]) {
    const { statusCode } = await viewer.app.inject({
      method: 'POST',
      url: `/cases/${caseId}/${act}`,
    });
    expect(statusCode).toBe(403);
  }
  await viewer.close();
});

test('looking at a case fetches no more of a large mail than is shown: the process answers mails meanwhile', async () => {
  const large = await openTestConsole();
  large.desk.mode = 'review';
  const sample = readFileSync(`${samplesFolder}04_outlook_web_phone.eml`);
  const more = Buffer.from('more words of no use\r\n'.repeat(150_000));
  const caseId = await large.desk.take(Buffer.concat([sample, more]));
  await large.desk.run();
  const findMail = vi.spyOn(large.store, 'findMail');
  const findRaw = vi.spyOn(large.store, 'findRaw');
  for (const path of ['', '/part', '/reply', '/customers?find=a', '/mail'])
    expect((await large.app.inject(`/cases/${caseId}${path}`)).statusCode).toBe(200);
  expect(findMail).not.toHaveBeenCalled();
  const fetched = await Promise.all(findRaw.mock.results.map(({ value }) => value));
  expect(fetched.map((raw) => raw?.byteLength)).toEqual(fetched.map(() => shownMailBytesMax + 1));
  expect(fetched).not.toHaveLength(0);
  await large.close();
});
