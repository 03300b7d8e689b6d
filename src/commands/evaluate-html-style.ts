/**
 * How the page of `evaluate --html` looks: on a phone as on a desk, light as dark. Colours keep a contrast
 * of at least 4.5 to 1 on their ground in both.
 */
export const evaluationStyle = `
:root { color-scheme: light dark; --text: #1f2328; --quiet: #57606a; --ground: #ffffff; --soft: #f3f5f7;
  --line: #d0d7de; --bad: #a40e26; --badsoft: #ffebe9; --fair: #6b4500; --fairsoft: #fff4d6;
  --good: #0f5323; --goodsoft: #dff6e4; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --quiet: #a5b0bb; --ground: #0f141a;
  --soft: #1a222b; --line: #3a444f; --bad: #ff9a94; --badsoft: #40171a; --fair: #f2cc6d; --fairsoft: #35290c;
  --good: #7ee29a; --goodsoft: #10301b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.5rem; }
p { max-width: 44rem; }
.verdict { max-width: none; padding: 0.75rem 1rem; border-radius: 8px; font-size: 1.125rem; }
.verdict.good { background: var(--goodsoft); color: var(--good); }
.verdict.fair { background: var(--fairsoft); color: var(--fair); }
.verdict.bad { background: var(--badsoft); color: var(--bad); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 0.75rem; margin: 0; }
dl div { background: var(--soft); border-radius: 8px; padding: 0.75rem 1rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
dd b { display: block; font-size: 1.5rem; line-height: 1.3; }
dd span { font-size: 0.875rem; color: var(--quiet); }
.wide { overflow-x: auto; margin: 0.75rem 0 1.25rem; }
.wide:focus-visible, summary:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
table { border-collapse: collapse; min-width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: start; color: var(--quiet); font-size: 0.875rem; padding-bottom: 0.25rem; }
th, td { padding: 0.4rem 0.6rem; border-bottom: 1px solid var(--line); text-align: end; vertical-align: top;
  white-space: nowrap; }
th:first-child { text-align: start; padding-inline-start: 0; font-weight: 500; white-space: normal;
  min-width: 8rem; overflow-wrap: anywhere; }
thead th { color: var(--quiet); font-weight: 500; font-size: 0.875rem; }
.miss { color: var(--bad); }
details { border: 1px solid var(--line); border-radius: 8px; margin: 0.5rem 0; padding: 0 1rem; }
details[open] { padding-bottom: 0.5rem; }
summary { cursor: pointer; padding: 0.6rem 0; overflow-wrap: anywhere; }
summary small { display: block; color: var(--quiet); font-size: 0.875rem; }
ul, ol { padding-inline-start: 1.25rem; overflow-wrap: anywhere; }
.evidence { font-size: 0.875rem; }
.evidence span { color: var(--quiet); }
code { font: 0.9em ui-monospace, Consolas, monospace; }
@media (max-width: 30rem) { th, td { font-size: 0.875rem; padding-inline: 0.3rem; }
  th:first-child { min-width: 6rem; } }
@media print { .wide { overflow: visible; } details { break-inside: avoid; } }
`;
