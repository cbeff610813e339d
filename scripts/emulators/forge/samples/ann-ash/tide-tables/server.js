import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { aboutPage, harbourPage, homePage, notFoundPage } from './lib/pages.js';
import { tidesOf } from './lib/tides.js';

const port = Number(process.env.PORT ?? 3000);
const harbours = JSON.parse(readFileSync(new URL('data/harbours.json', import.meta.url), 'utf8'));
const today = () => new Date().toISOString().slice(0, 10);

/** What the card of a harbour says: its next high water. */
function next(harbour) {
  const now = new Date().toISOString().slice(11, 16);
  const tide = tidesOf(harbour, today()).find(({ kind, time }) => kind === 'high' && time > now);
  return tide ? `Next high water at <strong>${tide.time}</strong>` : 'Next high water tomorrow';
}

function answer(url) {
  const path = url.pathname.replace(/(.)\/$/, '$1');
  const date = url.searchParams.get('date') ?? today();
  const [, api, id] = /^(\/api)?\/harbours\/([a-z-]+)$/.exec(path) ?? [];
  const harbour = harbours.find((entry) => entry.id === id);
  if (path === '/') return page(homePage(harbours, next));
  if (path === '/about') return page(aboutPage());
  if (path === '/api/harbours') return json(harbours);
  if (path === '/style.css') return { status: 200, type: 'text/css; charset=utf-8', body: readFileSync(new URL('public/style.css', import.meta.url)) };
  if (harbour === undefined) return page(notFoundPage(), 404);
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(Date.parse(date))) return json({ error: 'date must look like 2026-05-01' }, 400);
  const tides = tidesOf(harbour, date);
  return api ? json({ ...harbour, date, tides }) : page(harbourPage(harbour, date, tides));
}

const page = (body, status = 200) => ({ status, type: 'text/html; charset=utf-8', body });
const json = (value, status = 200) => ({ status, type: 'application/json', body: JSON.stringify(value) });

createServer((request, response) => {
  const { status, type, body } = answer(new URL(request.url ?? '/', 'http://localhost'));
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}).listen(port, () => console.log(`Tide tables on http://localhost:${port}`));
