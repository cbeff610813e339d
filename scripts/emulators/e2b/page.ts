// A page for a developer: which sandboxes and templates there are.

import type { JsonObject } from './checks.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { Templates } from './templates.ts';

function escape(value: unknown): string {
  return String(value).replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function table(caption: string, columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return `<h2>${caption}</h2><p>None.</p>`;
  const head = columns.map((column) => `<th scope="col">${escape(column)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`).join('');
  return `<h2>${caption}</h2><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

export function statusPage(sandboxes: Sandboxes, templates: Templates, unavailable: string | null): string {
  const running = sandboxes.all().map((sandbox) => {
    const { sandboxID, alias, state, startedAt, endAt, metadata } = sandboxes.listed(sandbox);
    const marks = Object.entries(metadata as JsonObject).map(([key, value]) => `${key}=${String(value)}`);
    return [sandboxID, alias, state, startedAt, endAt, marks.join(' ')];
  });
  const known = templates.all().map((template) => {
    const newest = Object.values(template.builds).at(-1);
    return [template.name, template.id, Object.keys(template.tags).join(' '), newest?.status ?? '', newest?.reason?.message ?? ''];
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandboxes on this machine</title>
<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse}td,th{text-align:left;padding:.25rem 1rem .25rem 0;vertical-align:top}</style>
<h1>Sandboxes on this machine</h1>
${unavailable === null ? '' : `<p><strong>No sandbox can be started:</strong> ${escape(unavailable)}</p>`}
${table('Sandboxes', ['Sandbox', 'Template', 'State', 'Started', 'Ends', 'Metadata'], running)}
${table('Templates', ['Name', 'Template', 'Tags', 'Newest build', 'What went wrong'], known)}</html>`;
}
