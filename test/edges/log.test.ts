/**
 * The log: no secret, no control character, nothing endless, whatever is given to it.
 */
import { describe, expect, test } from 'vitest';
import { logSentenceCharsMax, shownCharsMax } from '../../src/core/limits.ts';
import { redactorFor } from '../../src/core/redact.ts';
import { inLogContext, type LogOptions, openLog } from '../../src/edges/log.ts';
import { ResponderError } from '../../src/errors.ts';

function logged(options: Partial<LogOptions>, isTTY = false) {
  const written: string[] = [];
  const destination = { write: (text: string) => written.push(text), isTTY };
  return { log: openLog({ level: 'info', destination, ...options }), written };
}

function line(fields: object, sentence = 'a sentence'): Record<string, unknown> {
  const { log, written } = logged({});
  log.info(fields, sentence);
  expect(written).toHaveLength(1);
  expect(written[0]).toMatch(/^\{.*\}\n$/);
  return JSON.parse(written[0] ?? '');
}

test('writes one JSON line with time, level, fields and sentence', () => {
  expect(line({ mailbox: 'support', count: 2, at: new Date(0) })).toMatchObject({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    mailbox: 'support',
    count: 2,
    at: '1970-01-01T00:00:00.000Z',
    msg: 'a sentence',
  });
});

test('leaves out what is below the level', () => {
  const { log, written } = logged({ level: 'warn' });
  log.debug({}, 'x');
  log.info({}, 'x');
  expect(written).toEqual([]);
  log.warn({}, 'x');
  log.error({}, 'x');
  expect(written).toHaveLength(2);
});

describe('secrets', () => {
  test.each([
    'pass',
    'password',
    'PASSWORD',
    'smtpPass',
    'secret',
    'client_secret',
    'token',
    'accessToken',
    'access-token',
    'Authorization',
    'api_key',
  ])('a field called %s is not logged, however deep', (name) => {
    const text = JSON.stringify(
      line({ [name]: 'hunter2', a: { b: [{ [name]: { c: 'hunter2' } }] } }),
    );
    expect(text).not.toContain('hunter2');
    expect(text).toContain(name);
  });

  test('a password in the address of a server is not logged', () => {
    const text = JSON.stringify(
      line(
        { error: new Error('cannot reach postgres://responder:hunter2@db.example/x') },
        'redis://:hunter2@redis.example refused',
      ),
    );
    expect(text).not.toContain('hunter2');
    expect(text).toContain('@db.example');
    expect(text).toContain('@redis.example');
  });

  test('fields that only sound alike are logged', () => {
    expect(line({ result: 'pass', passed: 3, passage: 'x' })).toMatchObject({
      result: 'pass',
      passed: 3,
      passage: 'x',
    });
  });
});

describe('what a job logs', () => {
  const about = { case: 'c-1', mailbox: 'support', stage: 'deliver' };

  test('says its case, mailbox and stage, whoever logs it and however late', async () => {
    const { log, written } = logged({});
    await inLogContext(about, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      log.info({ code: 'SMTP_FAILED' }, 'replies cannot be sent');
    });
    log.info({}, 'something else');
    const [inside = {}, outside = {}] = written.map((text) => JSON.parse(text));
    expect(inside).toMatchObject({ ...about, code: 'SMTP_FAILED' });
    expect(outside).not.toHaveProperty('case');
  });

  test('says it more exactly where the line itself does', () => {
    const { log, written } = logged({});
    inLogContext(about, () => log.info({ stage: 'compose' }, 'a sentence'));
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ ...about, stage: 'compose' });
  });
});

describe('people', () => {
  const key = 'a key of the tests, no secret';
  const fields = { response: '550 <anna@contoso.example> unknown', subject: 'Lost access' };

  test('stand there as they are where the settings say so', () => {
    const { log, written } = logged({ redactor: redactorFor({ redact: 'none', key }) });
    log.info(fields, 'a sentence');
    expect(JSON.parse(written[0] ?? '')).toMatchObject(fields);
  });

  test('are a hash where the settings say so, and passwords are still not logged', () => {
    const { log, written } = logged({ redactor: redactorFor({ redact: 'all', key }) });
    log.warn({ ...fields, password: 'hunter2' }, 'redis://anna:hunter2@redis.example refused');
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      response: expect.stringMatching(/^550 <address:[0-9a-f]{8}> unknown$/),
      subject: expect.stringMatching(/^subject:[0-9a-f]{8}$/),
      password: '[not logged]',
    });
    expect(written[0]).not.toContain('hunter2');
  });
});

describe('text from mail', () => {
  const hostile = 'a\r\n{"level":"error"}\u001B[31m\u0000\u202Eb\u2028c';

  test('cannot begin a line, colour a terminal or turn text around', () => {
    for (const pretty of [true, false]) {
      const { log, written } = logged({ pretty });
      log.info({ subject: hostile, [hostile]: 1 }, `got ${hostile}`);
      const text = written.join('');
      expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u202E\u2028]/);
      expect(text).not.toMatch(/^\{"level":"error"\}/m);
    }
  });

  test('is cut at the limit, and not below', () => {
    const at = 'x'.repeat(shownCharsMax);
    const sentence = 's'.repeat(logSentenceCharsMax);
    expect(line({ at }, sentence)).toMatchObject({ at, msg: sentence });
    expect(line({ at: `${at}x` }, `${sentence}s`)).toMatchObject({
      at: `${at}…`,
      msg: `${sentence}…`,
    });
  });

  test('is cut between characters', () => {
    expect(line({ at: `${'x'.repeat(shownCharsMax - 1)}😀😀` }).at).toMatch(/^x+\uFFFD…$/);
  });
});

describe('values of every kind', () => {
  test('an error with its code, its cause and a short stack', () => {
    const cause = Object.assign(new Error('refused\nby host'), { code: 'ECONNREFUSED' });
    const error = new ResponderError('IMAP_UNREACHABLE', 'The server cannot be reached.', {
      cause,
    });
    expect(line({ error }).error).toMatchObject({
      type: 'ResponderError',
      code: 'IMAP_UNREACHABLE',
      message: 'The server cannot be reached.',
      stack: expect.arrayContaining([expect.stringMatching(/^at /)]),
      cause: { message: 'refused by host', code: 'ECONNREFUSED' },
    });
  });

  test('cycles, octets, long lists and odd values end the line, not the process', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const list = Array.from({ length: 1_000 }, (_, at) => at);
    const written = line({
      cycle,
      list,
      raw: new Uint8Array(30),
      big: 10n,
      run: () => undefined,
      day: new Date(Number.NaN),
      map: new Map([['password', 'hunter2']]),
    });
    expect(written).toMatchObject({
      raw: '[30 bytes]',
      big: '10',
      run: '[function]',
      day: 'invalid date',
      map: { password: '[not logged]' },
    });
    expect(JSON.stringify(written).length).toBeLessThan(2_000);
  });
});

describe('readable lines', () => {
  test('are for terminals, unless the settings say otherwise', () => {
    const text = (options: Partial<LogOptions>, isTTY: boolean) => {
      const { log, written } = logged(options, isTTY);
      log.info({ mailbox: 'support' }, 'watching');
      return written.join('');
    };
    expect(text({}, true)).toMatch(/INFO.*watching/);
    expect(text({}, false)).toMatch(/^\{/);
    expect(text({ pretty: false }, true)).toMatch(/^\{/);
    expect(text({ pretty: true }, false)).toMatch(/INFO: watching\n {4}mailbox: "support"\n/);
  });
});
