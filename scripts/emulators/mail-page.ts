// The inbox as a page: the newest mail first, its code large enough to read across a desk. A mail's HTML is
// shown as nothing but text. The page loads anew when mail came, and every few seconds where scripts are off.

import { html, type Markup } from './agents/demo/html.ts';
import type { Mail } from './mail.ts';

const STYLE = `
:root { color-scheme: light dark; --page: #f5efe6; --card: #fffaf3; --text: #2c2018; --soft: #6a5a4d; --line: #e4d8c8; --accent: #b23a22; }
@media (prefers-color-scheme: dark) { :root { --page: #1f1813; --card: #2a211b; --text: #f5efe6; --soft: #b9a898; --line: #3e322a; --accent: #f59a80; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--page); color: var(--text); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; padding: 2.5rem 1.25rem 5rem; }
main { max-width: 40rem; margin-inline: auto; }
h1 { font-size: 1.6rem; letter-spacing: -0.02em; }
header p, .meta, .none { color: var(--soft); }
header { margin-bottom: 1.8rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 1.3rem 1.5rem; margin-bottom: 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; }
.meta { font-size: 0.9rem; }
.code { font: 700 clamp(2.4rem, 9vw, 3.4rem)/1.2 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; letter-spacing: 0.12em; color: var(--accent); margin-block: 0.7rem 0.3rem; user-select: all; }
details { margin-top: 0.8rem; }
summary { cursor: pointer; color: var(--soft); }
pre { white-space: pre-wrap; font: inherit; margin-top: 0.7rem; padding-top: 0.7rem; border-top: 1px solid var(--line); }
.none { padding: 3rem 1.5rem; text-align: center; border: 1px dashed var(--line); border-radius: 1rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
`;

/** The code of a sign-in mail: the first six digits that stand alone. */
export function codeIn(mail: Mail): string | null {
  return /(?<!\d)\d{6}(?!\d)/.exec(mail.text)?.[0] ?? /(?<!\d)\d{6}(?!\d)/.exec(mail.subject)?.[0] ?? null;
}

function card(mail: Mail): Markup {
  const code = codeIn(mail);
  return html`<article>
<h2>${mail.subject || '(no subject)'}</h2>
<p class="meta">to ${mail.to.join(', ')} · <time datetime="${mail.at}">${mail.at.slice(0, 19).replace('T', ' ')} UTC</time></p>
${code === null ? null : html`<p class="code">${code}</p>`}
<details${code === null && mail.text !== '' ? html` open` : null}><summary>The whole mail</summary>
<pre>${mail.text || '(this mail has no plain text)'}</pre></details>
${mail.html === '' ? null : html`<details><summary>Its HTML, as text</summary>
<pre>${mail.html}</pre></details>`}
</article>`;
}

/** Loads the page anew only when there is something new, so that an opened mail stays open. */
const SCRIPT = `setInterval(async () => {
  const mail = await fetch('/mail').then((answer) => answer.json(), () => null);
  if (mail && mail.length !== Number(document.body.dataset.count)) location.reload();
}, 1500);`;

/** The page; `nonce` is the one that the response's policy lets run. */
export function inboxPage(mail: readonly Mail[], nonce: string): string {
  const list = mail.length > 0 ? mail.map(card) : [html`<p class="none">No mail yet. When the app sends one, it appears here by itself.</p>`];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<noscript><meta http-equiv="refresh" content="4"></noscript>
<title>${mail.length > 0 ? `Inbox (${mail.length})` : 'Inbox'}</title>
<style>${{ html: STYLE }}</style>
</head>
<body data-count="${mail.length}">
<main>
<header>
<h1>Inbox</h1>
<p>Mail that the app wrote on this machine. None of it was really sent.</p>
</header>
${list}
</main>
<script nonce="${nonce}">${{ html: SCRIPT }}</script>
</body>
</html>
`.html;
}
