/** What the tests of accounts share: the addresses of BetterAuth's endpoints, browsers, and codes to try. */
import assert from 'node:assert/strict';
import { Client, type RequestInit, type Response, type TestStack } from './harness.ts';

export const SEND = '/api/auth/email-otp/send-verification-otp';
export const CHECK = '/api/auth/email-otp/check-verification-otp';
export const SIGN_IN = '/api/auth/sign-in/email-otp';
export const SIGN_OUT = '/api/auth/sign-out';
export const SESSION = '/api/auth/get-session';
export const OTP_COOKIE = '__Host-vetka_otp';

export interface Problem {
  code?: string;
  message: string;
}

let people = 0;
/** An address that nobody has used. */
export const address = (): string => `auth-${++people}@example.test`;
export const send = (client: Client, email: string): Promise<Response> => client.send('POST', SEND, { email, type: 'sign-in' });
export const signIn = (client: Client, email: string, otp: string): Promise<Response> =>
  client.send('POST', SIGN_IN, { email, otp });
export const wrong = (code: string): string => (code === '000000' ? '000001' : '000000');

/** Posts a form as a page does. */
export const form = (client: Client, path: string, fields: Record<string, string>, init: RequestInit = {}): Promise<Response> =>
  client.fetch(path, {
    method: 'POST',
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...(init.headers as Record<string, string>) },
  });

export async function refused(pending: Promise<Response>, status: number, code: string): Promise<Problem> {
  const response = await pending;
  const text = await response.text();
  assert.equal(response.status, status, text);
  const problem = JSON.parse(text) as Problem;
  assert.equal(problem.code, code);
  return problem;
}

/** A browser that has asked for a code, and the code. */
export async function asked(stack: TestStack, email = address()): Promise<{ client: Client; email: string; code: string }> {
  const client = new Client(stack.addresses.app);
  assert.equal((await send(client, email)).status, 200);
  return { client, email, code: await stack.code(email) };
}
