// What all pages of the forge look like.

import { html, type Markup } from '../agents/demo/html.ts';

const STYLE = `
:root { color-scheme: light dark; --page: #f4f6f3; --card: #fff; --text: #1d2620; --soft: #55635a; --line: #d3dbd4; --accent: #19693f; --on: #fff;
  --plus: #e2f4e6; --minus: #fbe6e3; --hunk: #e8eef6; --open: #19693f; --merged: #6b3fa0; --closed: #a3352a; }
@media (prefers-color-scheme: dark) { :root { --page: #141916; --card: #1c231f; --text: #e7ede8; --soft: #a3b1a7; --line: #323d36; --accent: #86d6a5; --on: #10201a;
  --plus: #17351f; --minus: #3d1f1c; --hunk: #1e2a38; --open: #86d6a5; --merged: #c3a3ee; --closed: #f0a097; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1.25rem 5rem; background: var(--page); color: var(--text); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; overflow-wrap: anywhere; }
main, header.site { max-width: 60rem; margin-inline: auto; }
main.narrow { max-width: 30rem; }
header.site { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: baseline; margin-bottom: 1.5rem; color: var(--soft); }
header.site > a { font-weight: 700; text-decoration: none; }
header.site form { display: inline; }
h1 { font-size: 1.6rem; line-height: 1.25; letter-spacing: -0.02em; margin: 0 0 0.6rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.6rem; }
a { color: var(--accent); }
.soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 0.7rem; padding: 1rem 1.2rem; margin: 0.8rem 0; }
ul.list { list-style: none; padding: 0; margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 0.7rem; }
ul.list li { padding: 0.6rem 1.2rem; border-top: 1px solid var(--line); }
ul.list li:first-child { border-top: 0; }
.badge { display: inline-block; padding: 0 0.55rem; border: 1px solid currentcolor; border-radius: 1rem; font-size: 0.85rem; font-weight: 600; }
.open { color: var(--open); } .merged { color: var(--merged); } .closed { color: var(--closed); }
code, pre, .diff { font: 0.86rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
pre.text { white-space: pre-wrap; font: inherit; margin: 0; }
.diff { overflow-x: auto; margin: 0; white-space: pre; overflow-wrap: normal; }
.diff span { display: block; padding: 0 0.8rem; min-width: max-content; }
.diff .plus { background: var(--plus); } .diff .minus { background: var(--minus); } .diff .hunk { background: var(--hunk); color: var(--soft); }
.file { padding: 0; overflow: hidden; }
.file > h3 { margin: 0; padding: 0.6rem 1.2rem; font-size: 0.95rem; border-bottom: 1px solid var(--line); }
.file > p { padding: 0 1.2rem; }
button { font: inherit; font-weight: 600; padding: 0.65rem 1.1rem; border: 2px solid var(--line); border-radius: 0.6rem; background: var(--card); color: var(--text); cursor: pointer; }
button:hover { border-color: var(--accent); }
.user-form { margin: 0.7rem 0; } .user-form button { width: 100%; text-align: left; } .user-form span { display: block; } .user-form .soft { font-weight: 400; }
button.plain { border: 0; padding: 0; background: none; color: var(--accent); text-decoration: underline; font-weight: 400; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

/** A whole page. `top` is what stands beside the name of the forge. */
export function frame(title: string, body: Markup, options: { top?: Markup; narrow?: boolean } = {}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<header class="site"><a href="/">The forge</a> <span>GitHub’s stand-in on this machine</span> ${options.top ?? null}</header>
<main${options.narrow === true ? html` class="narrow"` : null}>
${body}
</main>
</body>
</html>
`.html;
}
