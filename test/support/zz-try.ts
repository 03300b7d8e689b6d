import { startDovecot } from './dovecot.ts';
import { openMailbox } from '../../src/edges/imap.ts';
import { MailboxRecorder, sampleMail, systemClock } from './mailbox-recorder.ts';
const log = { debug: console.log, info: console.log, warn: console.log, error: console.log };
const dovecot = await startDovecot();
const m = openMailbox({ name: 'support', imap: { host: '127.0.0.1', port: dovecot.port, secure: false, auth: { user: dovecot.user, pass: dovecot.password } } }, { log, clock: systemClock, timing: { firstRetryMs: 100, lastRetryMs: 400, refusedRetryMs: 300000 } });
const r = new MailboxRecorder();
const t0 = performance.now();
const say = (...a: unknown[]) => console.log((performance.now() - t0).toFixed(0), ...a);
const tr = r.troubled.bind(r); r.troubled = (e, ms) => { say('troubled', e.code, e.message, ms); tr(e, ms); };
const re = r.recovered.bind(r); r.recovered = () => { say('recovered'); re(); };
await m.start(r);

for (let i = 1; i <= 40; i++) {
  say('round', i);
  const timer = setTimeout(() => { say('HANG'); process.exit(3); }, 15000);
  const n = r.troubles.length;
  await dovecot.halt(); say('halted');
  if (i % 2) await r.until(() => r.troubles.slice(n).some((t) => t.code === 'IMAP_UNREACHABLE'));
  await dovecot.resume(); say('resumed');
  if (i % 2 === 0) await r.until(() => r.recoveries === i);
  await dovecot.deliver(sampleMail('again' + i)); say('delivered');
  await r.until(() => r.mails.length >= i && r.recoveries === i);
  clearTimeout(timer);
}
await m.stop(); await dovecot.stop(); say('done');
