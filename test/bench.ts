/**
 * Measures what the stages cost: `npm run bench:stages`, or `npm run bench:stages -- unwrap` for those whose name has a word.
 *
 * CPU milliseconds for a megabyte, of real forwards (the fixtures) and of the worst that each stage can be given,
 * its worst named. Nothing is asserted: machines differ. The tests in test/hostile assert how cost grows.
 */
import { forwardFloods } from './hostile/forward-floods.ts';
import { mailFloods } from './hostile/mail-floods.ts';
import { noticeFloods } from './hostile/notice-floods.ts';
import { decideRaw, pipelineFloods } from './hostile/pipeline-floods.ts';
import { cpuMsOf, type Flood, megabyte } from './support/flood.ts';
import { fixture, fixtureNames } from './support/sample-desk.ts';

const wanted = process.argv[2] ?? '';

/** What is slower than this for a megabyte is named. */
const aimMs = 1_000;

async function benchFixtures(): Promise<void> {
  const mails = (['forwards', 'notices', 'responders'] as const).flatMap((folder) =>
    fixtureNames(folder).map((name) => fixture(folder, name)),
  );
  const decideAll = async (): Promise<void> => {
    for (const raw of mails) await decideRaw(raw);
  };
  await decideAll();
  const ms = await cpuMsOf(decideAll);
  const megabytes = mails.reduce((sum, { length }) => sum + length, 0) / megabyte;
  const [each, ofOne] = [ms / mails.length, ms / megabytes];
  console.log(
    `fixtures: ${mails.length} mails of ${megabytes.toFixed(1)} MB, ${each.toFixed(2)} ms a mail, ${ofOne.toFixed(0)} ms a megabyte\n`,
  );
}

/** The best of two, so that compiling does not count. */
async function msOf(flood: Flood): Promise<number> {
  const run = flood.prepare(megabyte);
  return Math.min(await cpuMsOf(run), await cpuMsOf(run));
}

async function benchStage(stage: string, floods: readonly Flood[]): Promise<void> {
  const timed: { readonly name: string; readonly ms: number }[] = [];
  for (const flood of floods) timed.push({ name: flood.name, ms: await msOf(flood) });
  timed.sort((a, b) => a.ms - b.ms);
  const [median, worst] = [timed[Math.floor(timed.length / 2)], timed.at(-1)];
  console.log(
    `${stage.padEnd(16)}${(median?.ms ?? 0).toFixed(0).padStart(8)}${(worst?.ms ?? 0).toFixed(0).padStart(8)}   ${worst?.name}`,
  );
  for (const { name, ms } of timed.filter((one) => one.ms > aimMs && one !== worst))
    console.log(`${''.padEnd(24)}${ms.toFixed(0).padStart(8)}   ${name}`);
}

if ('fixtures'.includes(wanted)) await benchFixtures();
console.log('CPU ms a megabyte   median   worst   of');
const floods = [...mailFloods, ...forwardFloods, ...noticeFloods, ...pipelineFloods];
for (const stage of new Set(floods.map((flood) => flood.stage))) {
  if (stage.includes(wanted))
    await benchStage(
      stage,
      floods.filter((flood) => flood.stage === stage),
    );
}
