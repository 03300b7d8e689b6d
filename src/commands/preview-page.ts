/**
 * The page of `preview --all`: every scenario by locale, each reply as a mail program shows it and as text.
 *
 * Replies stand in frames of their own that run nothing and load nothing, so that neither disturbs the other. The
 * frames share the page’s origin, harmless without scripts: hundreds with one each take a browser ten seconds.
 */
import type { Reply, Scenario } from '../core/decision.ts';
import { writingDirection } from '../core/frame-html.ts';
import { escapeHtml } from '../core/render-html.ts';

export interface GalleryEntry {
  readonly scenario: Scenario;
  readonly locale: string;
  readonly shown: { readonly reply: Reply } | { readonly problem: string };
}

const style = `
:root { color-scheme: light dark; --text: #1f2328; --quiet: #57606a; --ground: #f3f5f7; --card: #ffffff;
  --line: #d0d7de; --bad: #a40e26; --link: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --quiet: #a5b0bb; --ground: #0f141a;
  --card: #1a222b; --line: #3a444f; --bad: #ff9a94; --link: #8ab8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
main { padding: 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.75rem; }
h3 { font-size: 1rem; margin: 0; color: var(--quiet); font-weight: 500; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0; padding: 0; list-style: none; }
.replies { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem;
  overflow-wrap: anywhere; min-width: 0; content-visibility: auto; contain-intrinsic-size: auto 44rem; }
.subject { margin: 0.25rem 0 0.75rem; font-weight: 600; }
iframe { width: 100%; height: 36rem; border: 1px solid var(--line); border-radius: 4px; background: #ffffff; }
pre { white-space: pre-wrap; font-size: 0.8125rem; margin: 0.5rem 0 0; }
summary { cursor: pointer; margin-top: 0.5rem; }
.problem { color: var(--bad); }
`;

const languages = new Intl.DisplayNames('en', { type: 'language', languageDisplay: 'standard' });

/** A page that stands alone: it loads nothing. */
export function galleryPage(
  entries: readonly GalleryEntry[],
  {
    scenarios,
    locales,
  }: { readonly scenarios: readonly Scenario[]; readonly locales: readonly string[] },
): string {
  const links = scenarios.map((scenario) => `<li><a href="#${scenario}">${scenario}</a></li>`);
  const sections = scenarios.map((scenario) => {
    const own = entries.filter((entry) => entry.scenario === scenario);
    return `<section aria-labelledby="${scenario}">
<h2 id="${scenario}">${scenario}</h2>
<div class="replies">
${own.map(article).join('\n')}
</div>
</section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Replies: ${scenarios.length} in ${locales.length} languages</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Every reply, for a sample customer</h1>
<p>${scenarios.length} scenarios in ${escapeHtml(locales.join(', '))}. Nothing here was sent.</p>
<nav aria-label="Scenarios"><ul>${links.join('')}</ul></nav>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function article({ scenario, locale, shown }: GalleryEntry): string {
  const name = `${locale}/${scenario}`;
  const words = 'problem' in shown ? problem(shown.problem) : reply(shown.reply, name, locale);
  return `<article id="${escapeHtml(name)}">\n<h3>${escapeHtml(languageName(locale))}</h3>\n${words}\n</article>`;
}

/** `German (de)`; the tag alone where the language has no English name. */
function languageName(locale: string): string {
  const name = languages.of(locale);
  return name === undefined || name === locale ? locale : `${name} (${locale})`;
}

function problem(message: string): string {
  return `<p class="problem">This reply cannot be composed: ${escapeHtml(message)}</p>`;
}

function reply({ subject, html, text }: Reply, name: string, locale: string): string {
  const local = `lang="${escapeHtml(locale)}" dir="${writingDirection(locale)}"`;
  return `<p class="subject" ${local}>${escapeHtml(subject)}</p>
<iframe title="${escapeHtml(name)} as HTML" sandbox="allow-same-origin" srcdoc="${escapeHtml(html)}"></iframe>
<details><summary>As text</summary><pre ${local}>${escapeHtml(text)}</pre></details>`;
}
