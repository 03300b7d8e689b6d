/**
 * The crash rule: whatever is cut off, no mail is lost and none is answered twice; and what happens when
 * the world changes between a decision and its sending.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ResponderError } from '../../src/errors.ts';
import { deliverReply, handleMail, markMail } from '../../src/pipeline.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { cutAfter, cutOff } from '../support/cut-off.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  readyCustomer,
  watchingSince,
} from '../support/pipeline-desk.ts';

let opened: OpenedStore;
beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
});
afterAll(() => opened.store.close());

let serial = 0;
/** A desk, and a customer of its own: reply keys of other tests are none of its business. */
async function ready(move = {}) {
  serial += 1;
  const name = `customer-${serial}`;
  await opened.store.importCustomers([readyCustomer(name)], {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  return { name, desk: await openPipelineDesk(opened.store, move) };
}

describe('no reply goes out', () => {
  test('to a mail that somebody has answered already', async () => {
    const { name, desk } = await ready();
    const id = await desk.take(forwardOf(name), { answered: true });
    await desk.run();
    expect(desk.sent).toEqual([]);
    expect(await opened.store.findCase(id)).toMatchObject({
      action: 'review',
      reason: 'review-answered-before',
    });
  });

  test('to an old mail that was moved back into the folder', async () => {
    const { name, desk } = await ready();
    const id = await desk.take(forwardOf(name), { internalDate: new Date('2024-01-05T00:00:00Z') });
    await desk.run();
    expect(desk.sent).toEqual([]);
    expect(await opened.store.findCase(id)).toMatchObject({ reason: 'review-old-mail' });
    expect(watchingSince.getTime()).toBeGreaterThan(Date.parse('2024-01-05'));
  });

  for (const mode of ['review', 'shadow'] as const) {
    test(`that was decided before the settings said mode: ${mode}`, async () => {
      const { name, desk } = await ready();
      const id = await desk.take(forwardOf(name));
      await handleMail(desk.parts, desk.queue.shift() ?? never());
      desk.mode = mode;
      await desk.run();
      expect(desk.sent).toEqual([]);
      expect(await opened.store.findCase(id)).toMatchObject({
        action: 'review',
        reason: 'review-every-reply',
      });
    });
  }

  test('that waited while the record came to say something else', async () => {
    const { name, desk } = await ready();
    const id = await desk.take(forwardOf(name));
    desk.submit = async () => {
      throw new ResponderError('SMTP_UNREACHABLE', 'nobody there');
    };
    await desk.run();
    const customer = readyCustomer(name);
    const stopped = customer.subscriptions.map((one) => ({
      ...one,
      transitionStatus: 'stopped' as const,
    }));
    await opened.store.importCustomers([{ ...customer, subscriptions: stopped }], {
      dryRun: false,
      at: noon,
      origin: byTest,
    });
    desk.submit = async (reply) => {
      desk.sent.push(reply);
      return { outcome: 'accepted', response: '250 ok' };
    };
    desk.now = new Date(noon.getTime() + 3_600_000);
    await desk.sweep();
    await desk.run();
    expect(desk.sent).toEqual([]);
    expect(await opened.store.findCase(id)).toMatchObject({
      action: 'review',
      reason: 'review-record-changed',
    });
    expect((await opened.store.findCase(id))?.reply?.state).toBe('withdrawn');
  });

  test('twice, however often the customer forwards it', async () => {
    const { name, desk } = await ready();
    await desk.take(forwardOf(name));
    await desk.take(forwardOf(name, { id: 'again' }));
    await desk.take(forwardOf(name, { from: `colleague@${name}.example`, id: 'colleague' }));
    await desk.run();
    expect(desk.sent).toHaveLength(1);
  });
});

test('a reply that waited goes out when nothing has changed', async () => {
  const { name, desk } = await ready();
  await desk.take(forwardOf(name));
  const submit = desk.submit;
  desk.submit = async () => {
    throw new ResponderError('SMTP_UNREACHABLE', 'nobody there');
  };
  await desk.run();
  desk.submit = submit;
  desk.now = new Date(noon.getTime() + 3_600_000);
  await desk.sweep();
  await desk.run();
  expect(desk.sent.map(({ to }) => to.address)).toEqual([`ana@${name}.example`]);
});

test('a reply that was cut off while sending is shown to the desk, whatever the mode is by then', async () => {
  const { name, desk } = await ready();
  const id = await desk.take(forwardOf(name));
  await handleMail(desk.parts, desk.queue.shift() ?? never());
  await opened.store.claimReply(id, desk.now);
  desk.queue.length = 0;
  desk.mode = 'review';
  await desk.sweep();
  await desk.run();
  expect(await opened.store.findCase(id)).toMatchObject({
    reason: 'review-unconfirmed',
    mailState: 'finished',
  });
  expect(desk.sent).toEqual([]);
});

test('a mail whose mailbox left the settings goes to the desk', async () => {
  const { name, desk } = await ready();
  const id = await desk.take(forwardOf(name));
  const job = desk.queue.shift() ?? never();
  await expect(handleMail({ ...desk.parts, desks: new Map() }, job)).rejects.toMatchObject({
    retry: 'never',
  });
  expect(await opened.store.countUnfinishedElsewhere(['another'])).toBeGreaterThan(0);
  desk.queue.push(job);
  await desk.run();
  expect((await opened.store.findCase(id))?.mailState).toBe('finished');
});

test('two mails of which nothing could be fetched are two cases for the desk', async () => {
  const { desk } = await ready();
  const ids = [await desk.take(Buffer.alloc(0)), await desk.take(Buffer.alloc(0))];
  await desk.run();
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(await opened.store.findCase(id)).toMatchObject({ action: 'review' });
});

describe('folders', () => {
  const move = { reply: 'Answered', review: 'Review', suppress: 'Silenced' };

  test('a sent reply, and a notice that needs none, are filed', async () => {
    const { name, desk } = await ready(move);
    await desk.take(forwardOf(name));
    await desk.run();
    await desk.take(forwardOf(name, { id: 'again' }));
    await desk.run();
    expect(desk.marks.map(({ mark }) => mark)).toEqual([
      { answered: true, moveTo: 'Answered' },
      { answered: false, moveTo: 'Silenced' },
    ]);
  });

  test('a newsletter and an ordinary mail stay where they are', async () => {
    const { desk } = await ready(move);
    await desk.take(
      Buffer.from(
        'From: a@letter.example\r\nList-Id: <l.example>\r\nSubject: news\r\n\r\nnews\r\n',
      ),
    );
    await desk.take(Buffer.from('From: a@b.example\r\nSubject: hello\r\n\r\nhello\r\n'));
    await desk.run();
    expect(desk.marks).toEqual([]);
  });

  test('a case of shadow mode is not filed as answered', async () => {
    const { name, desk } = await ready(move);
    desk.mode = 'shadow';
    await desk.take(forwardOf(name));
    const handle = desk.queue.shift() ?? never();
    await handleMail(desk.parts, handle);
    desk.mode = 'auto';
    await desk.run();
    expect([desk.sent, desk.marks]).toEqual([[], []]);
  });
});

/**
 * The same mail again and again, each time with the nth call of a port failing for good: the process is
 * gone, and another one goes on from the store. Ends when a run needs fewer calls than n.
 */
test('cut off at every call, a mail is answered once or shown to the desk', {
  timeout: 120_000,
}, async () => {
  let cuts = 0;
  for (let n = 1; n < 60; n += 1) {
    const { name, desk } = await ready();
    await desk.take(forwardOf(name));
    const job = desk.queue.shift() ?? never();
    const cut = cutAfter(desk.parts, n);
    const finished = await handleMail(cut.parts, job)
      .then(() => deliverReply(cut.parts, { ...job, kind: 'deliver' }))
      .then(() => markMail(cut.parts, { ...job, kind: 'mark' }))
      .then(
        () => true,
        (error: unknown) => {
          if (error !== cutOff) throw error;
          return false;
        },
      );
    desk.queue.length = 0;
    await desk.sweep();
    await desk.run();
    const stored = await opened.store.findCase(job.caseId);
    const wasAnswered = desk.sent.length === 1 && stored?.reply?.state === 'sent';
    const isWithDesk = stored?.action === 'review' && stored.reason === 'review-unconfirmed';
    expect(desk.sent.length, `call ${n}`).toBeLessThanOrEqual(1);
    expect(wasAnswered || isWithDesk, `call ${n}: ${stored?.reason} ${stored?.reply?.state}`).toBe(
      true,
    );
    expect(stored?.mailState, `call ${n}`).toBe('finished');
    if (finished) break;
    cuts += 1;
  }
  expect(cuts).toBeGreaterThan(8);
});

function never(): never {
  throw new Error('nothing was queued');
}
