// The pages of the web in development: the list of websites, a website as it is before anybody edits it, and the editor.

import { html, type Markup } from './agents/demo/html.ts';

const STYLE = `
:root { color-scheme: light dark; --page: #eef1f4; --card: #fff; --text: #1f2a33; --soft: #56646f; --line: #cfd8df; --accent: #14608a; }
@media (prefers-color-scheme: dark) { :root { --page: #141a1f; --card: #1d252b; --text: #e9eef2; --soft: #a9b6c0; --line: #36434d; --accent: #7cc4ee; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2.5rem 1.25rem 5rem; background: var(--page); color: var(--text); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 46rem; margin-inline: auto; }
h1 { font-size: 1.6rem; letter-spacing: -0.02em; }
a { color: var(--accent); }
label { display: block; margin: 1rem 0 0.3rem; font-weight: 600; }
textarea, input { width: 100%; padding: 0.6rem 0.7rem; border: 2px solid var(--line); border-radius: 0.5rem; background: var(--card); color: var(--text); font: 0.95rem/1.5 ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; }
textarea { min-height: 22rem; }
button { margin-top: 1rem; padding: 0.7rem 1.4rem; border: 0; border-radius: 0.5rem; background: var(--accent); color: var(--page); font: inherit; font-weight: 600; cursor: pointer; }
p.soft { color: var(--soft); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

function frame(title: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.html;
}

/** A website before anybody has edited it. Its head has room for a line. */
export function examplePage(name: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${name}</title>
</head>
<body style="margin: 3rem auto; max-width: 36rem; padding: 0 1.25rem; font: 1.1rem/1.6 Georgia, serif">
  <h1>${name}</h1>
  <p>This is a website that somebody owns already. It stands on this machine only.</p>
  <p><a href="/edit">Edit this page</a></p>
</body>
</html>
`.html;
}

/** What the DNS of a website says: whose it is, and where it leads when not here. */
export interface EditedRecords {
  name: string;
  text: string;
  alias: string;
}

export function editPage(name: string, page: string, record: EditedRecords): string {
  return frame(
    `Edit ${name}`,
    html`<h1>Edit ${name}</h1>
<p class="soft">As its owner would, wherever they keep their website.</p>
<form method="post" action="/edit">
<label for="html">The HTML of its first page</label>
<textarea id="html" name="html" spellcheck="false">${page}</textarea>
<label for="record">The DNS record <code>${record.name}</code>, of the kind TXT</label>
<input id="record" name="record" value="${record.text}" autocomplete="off" spellcheck="false">
<label for="alias">The DNS record <code>${name}.localhost</code>, of the kind CNAME</label>
<input id="alias" name="alias" value="${record.alias}" autocomplete="off" spellcheck="false">
<button>Save</button>
</form>`,
  );
}

export function listPage(sites: readonly { name: string; url: string }[]): string {
  const entries = sites.map(({ name, url }) => html`<li><a href="${url}">${name}</a></li>`);
  return frame(
    'The web on this machine',
    html`<h1>The web on this machine</h1>
<p>Websites that somebody owns already, to try connecting one. Every name is there; open one and edit its page.</p>
<form action="/open">
<label for="name">Name of a website</label>
<input id="name" name="name" value="annes-shop" autocomplete="off" spellcheck="false">
<button>Open it</button>
</form>
${entries.length > 0 ? html`<h2>Edited so far</h2><ul>${entries}</ul>` : null}`,
  );
}
