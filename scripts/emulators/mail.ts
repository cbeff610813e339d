// Mail in development: Resend from the package `emulate`, and in front of it, on one port, an inbox page for
// people and the same as JSON for programs. `/emails*` goes through to Resend's emulator as it came.

import { randomUUID } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createEmulator } from 'emulate';
import { isObject } from './agents/checks.ts';
import { close, listen } from './agents/http.ts';
import type { RunningEmulator } from './agents/index.ts';
import { inboxPage } from './mail-page.ts';

/** One mail as the product sent it. `at` is RFC 3339. */
export interface Mail {
  to: string[];
  from: string;
  subject: string;
  text: string;
  html: string;
  at: string;
}

function mailFrom(raw: unknown): Mail | null {
  if (!isObject(raw)) return null;
  const text = (name: string) => (typeof raw[name] === 'string' ? raw[name] : '');
  const to = Array.isArray(raw['to']) ? raw['to'].filter((entry): entry is string => typeof entry === 'string') : [text('to')];
  const at = Date.parse(text('created_at'));
  return {
    to,
    from: text('from'),
    subject: text('subject'),
    text: text('text'),
    html: text('html'),
    at: new Date(Number.isNaN(at) ? 0 : at).toISOString(),
  };
}

/** Everything that was sent, newest first. Resend's emulator lists oldest first. */
async function readMail(resendUrl: string): Promise<Mail[]> {
  const response = await fetch(`${resendUrl}/emails`, { headers: { authorization: 'Bearer re_inbox' } });
  const body: unknown = await response.json();
  const entries = isObject(body) && Array.isArray(body['data']) ? body['data'] : [];
  return entries.flatMap((entry) => mailFrom(entry) ?? []).reverse();
}

function passThrough(resendUrl: string, request: IncomingMessage, response: ServerResponse): void {
  const target = new URL(request.url ?? '/', resendUrl);
  const onward = httpRequest(target, { method: request.method, headers: { ...request.headers, host: target.host } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => {
    if (!response.headersSent) response.writeHead(502);
    response.end();
  });
  request.pipe(onward);
}

function answer(response: ServerResponse, status: number, type: string, body: string, nonce = 'none'): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    // Mail is somebody else's HTML; on this page it is text.
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'`,
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

export async function startMailEmulator(options: { port?: number } = {}): Promise<RunningEmulator> {
  const resend = await createEmulator({ service: 'resend', port: 0 });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://mail');
    if (pathname === '/emails' || pathname.startsWith('/emails/')) return passThrough(resend.url, request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'text/plain', 'Only reading is possible here.\n');
    if (pathname !== '/' && pathname !== '/mail') return answer(response, 404, 'text/plain', 'There is only / and /mail here.\n');
    const to = searchParams.get('to');
    const mail = (await readMail(resend.url)).filter((entry) => to === null || entry.to.includes(to));
    if (pathname === '/mail') return answer(response, 200, 'application/json', JSON.stringify(mail));
    const nonce = randomUUID();
    answer(response, 200, 'text/html', inboxPage(mail, nonce), nonce);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => answer(response, 500, 'text/plain', `${String(error)}\n`));
  });
  try {
    const url = await listen(server, options.port ?? 0);
    return {
      url,
      async close() {
        await Promise.all([close(server), resend.close()]);
      },
    };
  } catch (error) {
    await resend.close();
    throw error;
  }
}
