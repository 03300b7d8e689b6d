import { openStore } from '../../src/store/open.ts';
import { startPostgres } from '../support/postgres.ts';
const many = Array.from({ length: 100_000 }, (_, i) => ({ id: `C-${i}`, name: `Customer Number ${i} GmbH`, tenantDomain: `c${i}.onmicrosoft.com`, tenantId: `aaaaaaaa-0000-4000-8000-${String(i).padStart(12, '0')}`, otherDomains: [`c${i}.example`], contacts: [{ name: 'A', address: `it@c${i}.example` }, { address: `boss@c${i}.example` }], locale: 'de', country: 'DE', partnerApproved: true, subscriptions: [{ product: 'M365', advisorSubscriptionId: `bbbbbbbb-0000-4000-8000-${String(i).padStart(12, '0')}`, advisorStatus: 'active' as const, licensesAssigned: 12 }] }));
const ms = (t: number) => Math.round(performance.now() - t);
for (const which of process.argv.slice(2)) {
  const p = which === 'pg' ? await startPostgres() : undefined;
  const s = await openStore(p ? { databaseUrl: await p.createDatabase() } : { dataDir: '/tmp/exp/imp' });
  let t = performance.now();
  await s.store.importCustomers(many, { dryRun: false, at: new Date() });
  console.log(which, 'import 100k', ms(t), 'rss MB', Math.round(process.memoryUsage().rss / 1e6));
  t = performance.now();
  await s.store.importCustomers(many, { dryRun: true, at: new Date() });
  console.log(which, 'same dry', ms(t));
  t = performance.now();
  for (let i = 0; i < 20; i++) await s.store.findCandidates({ subscriptionIds: [`bbbbbbbb-0000-4000-8000-${String(i).padStart(12, '0')}`], tenantIds: [], domains: [`c${i}.example`, 'gmail.com'], addresses: [`it@c${i}.example`], organizations: ['customer'] });
  console.log(which, 'findCandidates ms each', ms(t) / 20);
  await s.store.close(); await p?.stop();
}
