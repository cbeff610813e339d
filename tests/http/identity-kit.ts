/**
 * Signing in through providers, in tests: the walk through a provider's page that a person's browser makes, and an issuer
 * of our own that signs whatever a test wants.
 */
import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetch } from 'undici';
import { Client, type Response } from './harness.ts';

export const STATE_COOKIE = '__Host-vetka_state';

/** Begins signing in, and gives the provider's address. */
export async function begin(client: Client, body: Record<string, unknown>, path = '/api/auth/sign-in/social'): Promise<URL> {
  const response = await client.send('POST', path, body);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return new URL((JSON.parse(text) as { url: string }).url);
}

/** Picks a person on an emulated provider's page; gives the address that their browser is sent back to. */
export async function pick(url: URL, who: string): Promise<URL> {
  const google = url.pathname.startsWith('/o/oauth2');
  const form = new URLSearchParams(url.search);
  form.set(google ? 'email' : 'login', who);
  const page = google ? '/o/oauth2/v2/auth/callback' : '/login/oauth/callback';
  const response = await fetch(new URL(page, url), { method: 'POST', body: form, redirect: 'manual' });
  assert.equal(response.status, 302, await response.text());
  return new URL(response.headers.get('location') ?? '');
}

/** Comes back to us; gives where that ends. */
export async function comeBack(client: Client, url: URL): Promise<{ to: string; response: Response }> {
  const response = await client.fetch(url.pathname + url.search);
  assert.equal(response.status, 302, await response.text());
  return { to: response.headers.get('location') ?? '', response };
}

/** All of it: begins, picks, comes back. */
export async function through(client: Client, provider: string, who: string, more: Record<string, unknown> = {}): Promise<string> {
  const { to } = await comeBack(client, await pick(await begin(client, { provider, ...more }), who));
  return to;
}

export interface Exchange {
  /** What the authorization request asked. */
  asked: URL;
  /** What the token request sent. */
  sent: URLSearchParams;
}

/** An issuer whose every answer is a test's. */
export interface Issuer {
  url: string;
  /** What the next id_tokens say; by default what they should. */
  claims: (right: Record<string, unknown>) => Record<string, unknown>;
  /** Makes the token of its claims; by default with the key and the header that the key set has. */
  sign: (claims: Record<string, unknown>) => string;
  /** The answer of the token endpoint; by default a token. */
  answer: ((token: string) => { status: number; headers?: Record<string, string>; body: string }) | undefined;
  /** The token requests so far. */
  exchanges: Exchange[];
  /** How often the keys were fetched. */
  keyFetches: number;
  rightSign: (claims: Record<string, unknown>, header?: Record<string, unknown>, key?: KeyObject) => string;
  /** Makes a new key under the same name. */
  rotate: () => void;
  /** The page at the issuer: where the browser is sent back to. */
  agree: (url: URL) => URL;
  close: () => Promise<void>;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const newKeys = (): { publicKey: KeyObject; privateKey: KeyObject } => generateKeyPairSync('rsa', { modulusLength: 2048 });

export async function startIssuer(clientId: string): Promise<Issuer> {
  let keys = newKeys();
  let lastAsked = new URL('http://nothing.test/');
  const server: Server = createServer((request, response) => {
    void handle(request).then(
      ({ status, headers, body }) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  const handle = async (request: IncomingMessage): Promise<{ status: number; headers?: Record<string, string>; body: string }> => {
    const path = new URL(request.url ?? '/', 'http://issuer').pathname;
    if (path === '/.well-known/openid-configuration') {
      const at = (path: string): string => `${issuer.url}${path}`;
      const body = { issuer: issuer.url, authorization_endpoint: at('/auth'), token_endpoint: at('/token'), jwks_uri: at('/keys') };
      return { status: 200, body: JSON.stringify(body) };
    }
    if (path === '/keys') {
      issuer.keyFetches += 1;
      const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' };
      return { status: 200, headers: { 'cache-control': 'public, max-age=3600' }, body: JSON.stringify({ keys: [jwk] }) };
    }
    if (path === '/token') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      issuer.exchanges.push({ asked: lastAsked, sent: new URLSearchParams(Buffer.concat(chunks).toString()) });
      const now = Math.floor(Date.now() / 1000);
      const right = {
        iss: issuer.url, aud: clientId, sub: 'subject-1', email: 'odd@example.test', email_verified: true, name: 'Odd',
        nonce: lastAsked.searchParams.get('nonce'), iat: now, exp: now + 3600,
      };
      const token = issuer.sign(issuer.claims(right));
      return issuer.answer?.(token) ?? { status: 200, body: JSON.stringify({ id_token: token, access_token: 'canary-access-token', token_type: 'Bearer', scope: 'openid email' }) };
    }
    return { status: 404, body: '{}' };
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    claims: (right) => right,
    sign: (claims) => issuer.rightSign(claims),
    answer: undefined,
    exchanges: [],
    keyFetches: 0,
    rightSign: (claims, header = { alg: 'RS256', kid: 'k1', typ: 'JWT' }, key = keys.privateKey) => {
      const signed = `${encode(header)}.${encode(claims)}`;
      return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key).toString('base64url')}`;
    },
    rotate: () => void (keys = newKeys()),
    agree: (url) => {
      lastAsked = url;
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', 'a-code');
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      return back;
    },
    close: async () => await new Promise((resolve) => server.close(() => resolve())),
  };
  return issuer;
}
