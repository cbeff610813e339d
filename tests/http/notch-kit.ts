/** The frame on somebody's page, as far as the server can tell: its headers, its cookies, and the way into it. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Client, type Person, type RequestInit, type Response, type TestStack } from './harness.ts';

/** What the frame keeps back, and what it tells of that. */
export function secret(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Under which name the browser keeps what the frame is given on an origin. */
export const cookieName = (origin: string): string => `__Host-notch-${createHash('sha256').update(origin).digest('hex').slice(0, 12)}`;

/** By what the frame says that its cookie was not kept. */
export interface Retry {
  retry: string;
  verifier: string;
}

/** The frame in one browser on one origin. Its cookies are kept apart from all others, as browsers do on other sites. */
export class Frame extends Client {
  /** Where it stands. */
  readonly on: string;
  /** What it has in the place of a cookie, in a browser that keeps none for it. */
  bearer = '';
  constructor(stack: TestStack, on: string) {
    super(stack.addresses.app);
    this.on = on;
  }

  override async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const authorization = this.bearer === '' ? '' : `Notch ${this.bearer}`;
    const usual = { 'x-notch': this.on, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', authorization };
    const headers: Record<string, string> = { ...usual, ...(init.headers as Record<string, string> | undefined) };
    // A header that is said to be empty is left out.
    for (const name of Object.keys(headers)) if (headers[name] === '' && name !== 'origin') delete headers[name];
    const answer = await super.fetch(path, { ...init, headers });
    this.bearer = answer.headers.get('x-notch-bearer') ?? this.bearer;
    return answer;
  }

  /** Gives what somebody agreed to for a grant. */
  async redeem(code: string, verifier: string, headers: Record<string, string> = {}): Promise<Response> {
    return await this.send('POST', '/api/notch/redeem', { code, verifier }, { headers });
  }

  /** Somebody agrees in the window, and the frame redeems it. */
  async enter(person: Person, { share = false } = {}): Promise<this> {
    const { verifier, challenge } = secret();
    const code = await agree(person, { challenge, origin: this.on, share });
    const answer = await this.redeem(code, verifier);
    assert.equal(answer.status, 200, await answer.text());
    return this;
  }

  /** As `enter`, in a browser that does not keep the cookie; what is left with which it could say so. */
  async enterWithoutCookie(person: Person, { share = false } = {}): Promise<Retry> {
    const { verifier, challenge } = secret();
    const answer = await this.redeem(await agree(person, { challenge, origin: this.on, share }), verifier);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    this.cookies.clear();
    return { retry: (JSON.parse(text) as Retry).retry, verifier };
  }

  /** Says that it has no cookie. */
  async ask(given: Retry, headers: Record<string, string> = {}): Promise<Response> {
    return await this.send('POST', '/api/notch/bearer', given, { headers });
  }

  /** Somebody agrees, and is known by a bearer. */
  async bear(person: Person, { share = false } = {}): Promise<this> {
    const answer = await this.ask(await this.enterWithoutCookie(person, { share }));
    const text = await answer.text();
    assert.equal(answer.status, 201, text);
    this.bearer = (JSON.parse(text) as { bearer: string }).bearer;
    return this;
  }

  /** The token that it has. */
  token(): string {
    return this.cookies.get(cookieName(this.on)) ?? '';
  }
}

/** Agrees as the window does; gives the code. */
export async function agree(person: Person, wish: { challenge: string; origin: string; share?: boolean; typed?: boolean }): Promise<string> {
  const answer = await person.send('POST', '/api/notch/grants', wish);
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  return (JSON.parse(text) as { code: string }).code;
}
