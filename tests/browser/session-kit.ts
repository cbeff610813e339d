/**
 * A session whose other side is a script: its socket and its routes are answered here, between the page and the network, so
 * that every state can be stood in and looked at. The page, its policy and its scripts are the real ones.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Route, WebSocketRoute } from 'playwright-core';
import { root } from '../../scripts/stack/root.ts';

type Json = Record<string, unknown>;

export const ann = { id: 'a'.repeat(24), name: 'Ann Ode' };
export const bo = { id: 'b'.repeat(24), name: 'Bo Lund' };

/** The page that is being previewed: what the proxy would have put into it is in it. */
const previewed = (app: string): string => `<!doctype html><html lang="en"><title>Harbor Bakery</title>
<meta name="viewport" content="width=device-width">
<style>body{margin:0;font:18px/1.5 Georgia,serif;background:#fffdf6;color:#26221c}header,main{max-width:46rem;margin:auto;padding:1.5rem}
h1{font-size:2.6rem;line-height:1.1}a.button{display:inline-block;padding:.6rem 1.4rem;background:#204f66;color:#fff;border-radius:6px}</style>
<script src="/__vetka/preview.js" data-app="${app}"></script>
<header><strong>Harbor Bakery</strong></header>
<main><h1>Welcome</h1><p>We bake <b>every morning</b> from six.</p><a class="button" href="#order">Order now</a></main></html>`;

export class ScriptedSession {
  readonly id: string;
  readonly app: string;
  readonly preview: string;
  /** What the page has sent through the socket. */
  readonly said: Json[] = [];
  /** What it has asked for otherwise, as `POST extend`. */
  readonly asked: { what: string; body: unknown }[] = [];
  /** What the routes answer, by the last part of their path. */
  readonly answers: Record<string, { status?: number; body: unknown }> = {};
  /** Whether the socket can be reached. */
  up = true;
  /** Who sits at the page. */
  viewer: Json = ann;
  /** What is pointed at. */
  pins: Json[] = [];
  #log: Json[] = [];
  #standing: Json = {};
  #sockets = new Set<WebSocketRoute>();

  constructor(id: string, app: string, preview: string) {
    this.id = id;
    this.app = app;
    this.preview = preview;
  }

  async install(page: Page): Promise<void> {
    await page.routeWebSocket(/\/ws\?/, (socket) => {
      if (!this.up) {
        void socket.close({ code: 1013 });
        return;
      }
      this.#sockets.add(socket);
      socket.onMessage((data) => this.#hear(socket, String(data)));
      socket.onClose(() => this.#sockets.delete(socket));
      const after = Number(new URL(socket.url()).searchParams.get('after'));
      for (const frame of this.#log) if (Number(frame['seq']) > after) socket.send(JSON.stringify(frame));
      socket.send(JSON.stringify({ type: 'pins', at: new Date().toISOString(), pins: this.pins }));
      socket.send(JSON.stringify({ type: 'session_status', at: new Date().toISOString(), ...this.#standing, replayed: this.#log.length }));
    });
    await page.route(`**/api/v1/sessions/${this.id}**`, (route) => this.#answer(route));
    await page.route(`**/session/${this.id}/pictures/*`, async (route) => {
      if (route.request().url().endsWith('/gone')) await route.fulfill({ status: 404 });
      else await route.fulfill({ contentType: 'image/svg+xml', body: picture(route.request().url()) });
    });
    await page.route(`${this.preview}/**`, async (route) => {
      const path = new URL(route.request().url()).pathname;
      if (path === '/__vetka/preview.js') await route.fulfill({ contentType: 'text/javascript', body: builtPreviewScript() });
      else await route.fulfill({ contentType: 'text/html', body: previewed(this.app) });
    });
  }

  /** Writes a frame into the log, and tells whoever is there. */
  log(frame: Json): void {
    const written = { ...frame, seq: this.#log.length + 1, at: new Date().toISOString() };
    this.#log.push(written);
    this.pass(written);
  }

  /** Tells whoever is there now. */
  pass(frame: Json): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify(frame));
  }

  stand(standing: Json): void {
    this.#standing = { text: '', canExtend: false, hasPreview: false, ...standing };
    this.log({ type: 'session_status', ...this.#standing });
  }

  /** The line is cut. */
  async drop(): Promise<void> {
    this.up = false;
    for (const socket of [...this.#sockets]) await socket.close({ code: 1012 });
    this.#sockets.clear();
  }

  #hear(socket: WebSocketRoute, data: string): void {
    if (data === 'ping') {
      socket.send('pong');
      return;
    }
    const frame = JSON.parse(data) as Json;
    this.said.push(frame);
    if (frame['type'] !== 'pin' && frame['type'] !== 'unpin') return;
    const at = this.pins.findIndex(({ id }) => id === frame['id']);
    const { selector, text, ...shown } = (frame['pin'] ?? {}) as Json;
    const waiting = { ...shown, id: frame['id'], author: this.viewer };
    this.point(frame['type'] === 'unpin' ? this.pins.toSpliced(at, 1) : at === -1 ? [...this.pins, waiting] : this.pins.with(at, waiting));
  }

  /** This is pointed at from now on, and whoever is there hears it. */
  point(pins: Json[]): void {
    this.pins = pins;
    this.pass({ type: 'pins', pins });
  }

  async #answer(route: Route): Promise<void> {
    const request = route.request();
    const what = new URL(request.url()).pathname.split('/').at(-1) ?? '';
    if (what !== 'preview' || request.method() !== 'POST') this.asked.push({ what: `${request.method()} ${what}`, body: request.postDataJSON() as unknown });
    const fallback =
      what === 'preview' ? { status: 200, body: { url: `${this.preview}/` } }
      : what === this.id ? { status: 200, body: this.#standing }
      : { status: 404, body: { code: 'not_found', message: 'There is nothing here.' } };
    const { status = 200, body } = this.answers[what] ?? fallback;
    await route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });
  }
}

/** A page in few strokes; another one for every name. */
function picture(address: string): string {
  const colour = address.endsWith('before') ? '#9ab' : '#e8a53a';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720"><rect width="1280" height="720" fill="#fff"/><rect x="80" y="90" width="800" height="120" fill="${colour}"/><rect x="80" y="280" width="1100" height="40" fill="#ccc"/></svg>`;
}

function builtPreviewScript(): string {
  const assets = join(root, 'build/public');
  const manifest = JSON.parse(readFileSync(join(assets, 'assets/manifest.json'), 'utf8')) as Record<string, string>;
  return readFileSync(join(assets, manifest['preview.js'] ?? ''), 'utf8');
}
