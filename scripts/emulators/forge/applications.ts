// What an application does with a token that it was given: ask whether it is good, renew it, end it.

import { basic } from './access.ts';
import { text } from './checks.ts';
import { ApiError, notFound, validation } from './errors.ts';
import type { Forge } from './forge.ts';
import { noContent, ok, param, type Call, type Route } from './http.ts';
import { provenApp } from './oauth.ts';
import type { Token } from './types.ts';
import { account } from './views.ts';
import { issue, revoke } from './tokens.ts';

export function applicationRoutes(forge: Forge): Route[] {
  const { store } = forge;

  /** The token that the body names, which has to be one of the application that asks. */
  async function named(call: Call): Promise<{ token: Token; text: string }> {
    const clientId = param(call, 'client');
    const header = /^basic\s+(\S+)$/i.exec(call.request.headers.authorization ?? '')?.[1];
    const given = header === undefined ? null : basic(header);
    if (given === null || given.name !== clientId || provenApp(forge, clientId, given.password) === null) throw header === undefined ? new ApiError(401, 'Requires authentication') : notFound();
    const body = await call.json();
    if (body['access_token'] === undefined) throw validation({ resource: 'OauthAccess', field: 'access_token', code: 'missing_field' });
    const sent = text(body, 'access_token', 1000);
    const token = store.token(sent);
    if (token === undefined || token.clientId !== clientId || (token.expiresAt !== null && token.expiresAt <= forge.clock())) throw notFound();
    return { token, text: sent };
  }

  const view = (token: Token, sent: string): Record<string, unknown> => ({
    id: 1, url: `${forge.url}/authorizations/1`, scopes: token.scopes ?? [], token: sent, token_last_eight: sent.slice(-8), hashed_token: token.hash,
    app: { client_id: token.clientId, name: forge.apps.find(({ clientId }) => clientId === token.clientId)?.name ?? token.clientId, url: forge.url },
    note: null, note_url: null, fingerprint: null, created_at: token.createdAt, updated_at: token.createdAt,
    expires_at: token.expiresAt === null ? null : new Date(token.expiresAt).toISOString(), user: account(forge, token.login),
  });

  const path = '/applications/:client';
  return [
    {
      method: 'POST', path: `${path}/token`, endpoint: 'apps.checkToken',
      async handle(call) {
        const { token, text } = await named(call);
        return ok(view(token, text));
      },
    },
    {
      method: 'PATCH', path: `${path}/token`, endpoint: 'apps.resetToken',
      async handle(call) {
        const { token } = await named(call);
        revoke(forge, (other) => other === token);
        const { token: fresh } = issue(forge, token.login, token.clientId, token.scopes, token.expiresAt !== null);
        return ok(view(store.token(fresh) ?? token, fresh));
      },
    },
    {
      method: 'DELETE', path: `${path}/token`, endpoint: 'apps.deleteToken',
      async handle(call) {
        const { token } = await named(call);
        revoke(forge, (other) => other === token);
        return noContent();
      },
    },
    {
      method: 'DELETE', path: `${path}/grant`, endpoint: 'apps.deleteAuthorization',
      async handle(call) {
        const { token: { login, clientId } } = await named(call);
        store.state.grants = store.state.grants.filter((grant) => grant.login !== login || grant.clientId !== clientId);
        revoke(forge, (other) => other.login === login && other.clientId === clientId);
        return noContent();
      },
    },
  ];
}
