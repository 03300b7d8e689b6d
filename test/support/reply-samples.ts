/**
 * The sample replies in every language that ships, and in Arabic: words of the tests’ own, so that a language written
 * from the right is seen with names, links and numbers that are not.
 */
import { type RenderedReply, renderReply } from '../../src/core/compose.ts';
import type { ReplyPlan, Scenario } from '../../src/core/decision.ts';
import type { TemplateSource } from '../../src/core/template.ts';
import { compileTemplates } from '../../src/core/template-compile.ts';
import { samplePlan, samplesNow } from '../../src/core/template-samples.ts';
import { scaffoldLocale } from '../../src/core/template-scaffold.ts';
import { loadTemplates } from '../../src/edges/templates.ts';
import { settings, shipped, shippedSources } from '../core/compose-fixture.ts';

/** English but for the files that are written in Arabic. */
export const rtlLocale = 'ar';
/** The one scenario that is Arabic throughout. */
export const rtlScenario: Scenario = 'cancel-portal';

const templates = compileTemplates([...shippedSources, ...(await rtlSources())]);

async function rtlSources(): Promise<readonly TemplateSource[]> {
  const own = new Map(
    (await loadTemplates('test/fixtures/templates-rtl')).map(({ id, source }) => [
      `${rtlLocale}/${id}`,
      source,
    ]),
  );
  return scaffoldLocale(shippedSources, 'en', rtlLocale).map(({ id, source }) => ({
    id,
    path: `${id}.md.hbs`,
    source: own.get(id) ?? source,
    hash: id,
  }));
}

/** The languages in the folder of templates: more come, none is named here. */
export const shippedLocales = shipped.locales;

/** The reply of a plan, by default of the ordinary sample. */
export function sampleReply(
  scenario: Scenario,
  locale: string,
  plan: ReplyPlan = samplePlan(scenario, locale),
): RenderedReply {
  return renderReply({ plan, templates, ...settings, now: samplesNow });
}
