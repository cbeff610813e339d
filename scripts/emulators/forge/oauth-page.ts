// The page that asks whether an application may come in, and as whom. There is no password: one picks a person.

import { html, type Markup } from '../agents/demo/html.ts';
import { frame } from './frame.ts';
import { SCOPES } from './scopes.ts';
import type { User } from './types.ts';

/** What the application asked, to be asked again of the form. */
function copied(query: URLSearchParams): Markup[] {
  return [...query].filter(([name]) => name !== 'login' && name !== 'cancel').map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
}

export function authorizePage(app: string, host: string, scopes: readonly string[], users: readonly User[], query: URLSearchParams): string {
  const hidden = copied(query);
  const forms = users.map(
    ({ login, name }) => html`<form class="user-form" method="post" action="/login/oauth/callback">
${hidden}<input type="hidden" name="login" value="${login}">
<button><span>${login}</span><span class="soft">${name}</span></button>
</form>`,
  );
  const asks = scopes.length === 0 ? [html`<li>See who you are, and what is public</li>`] : scopes.map((scope) => html`<li>${SCOPES[scope] ?? scope} <code>${scope}</code></li>`);
  return frame(
    'Authorize',
    html`<h1>Let ${app} in?</h1>
<p>It will be sent back to <strong>${host}</strong>, and asks to:</p>
<ul>${asks}</ul>
<h2>Be somebody, and agree</h2>
${forms}
<form method="post" action="/login/oauth/callback">${hidden}<input type="hidden" name="cancel" value="1"><button>Cancel</button></form>`,
    { narrow: true },
  );
}

export function problemPage(problem: string): string {
  return frame('This cannot be done', html`<h1>This cannot be done</h1><p>${problem}</p>`, { narrow: true });
}
