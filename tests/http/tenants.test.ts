/**
 * Walks every route of every worker, from the tables that the workers themselves route by. A route that is added
 * without a row here fails the first test.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Client, type Person, type RequestInit, type Response, type TestStack, startTestStack } from './harness.ts';
import { Frame } from './notch-kit.ts';
import { newId } from './publishing.ts';
import { type Route, routes } from './tables.ts';

const name = (route: Route): string => `${route.method} ${route.path}`;
const isSocket = (route: Route): boolean => route.path === '/ws' || route.path === '/api/notch/live';
/** Where a browser goes that is on its way to a provider and back. */
const isPage = (route: Route): boolean => /^\/api\/v1\/auth\/(github|google)/.test(route.path);
/** Whether it is about one thing that is somebody's, which nobody else may know of. */
const isOfSomebody = ({ access, path }: Route): boolean => ['owner', 'member', 'admin'].includes(access) || path.startsWith('/api/v1/sessions');
const changesState = (route: Route): boolean => route.method !== 'GET';

interface Things {
  domain: string;
  snapshotId: string;
  conversationId: string;
  uploadId: string;
  siteId: string;
  grantId: string;
  reactionId: string;
  orgId: string;
  inviteId: string;
  projectId: string;
  sessionId: string;
}

type Ask = (things: Things) => { path: string; init?: RequestInit };

const json = (body: unknown): RequestInit => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const form = (fields: Record<string, string>): RequestInit => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});
/** Written out by hand, so that it leaves in one piece: a refusal may come before a streamed body has been sent. */
const file = (): RequestInit => ({
  headers: { 'content-type': 'multipart/form-data; boundary=edge' },
  body: [
    '--edge',
    'content-disposition: form-data; name="file"; filename="note.txt"',
    'content-type: text/plain',
    '',
    'hello',
    '--edge--',
    '',
  ].join('\r\n'),
});

/** How each route that belongs to somebody is asked for somebody's thing. */
const asks: Record<string, Ask> = {
  'GET /sites/{domain}/builder': ({ domain }) => ({ path: `/sites/${domain}/builder` }),
  'POST /sites/{domain}/builder/restore': ({ domain, snapshotId }) => ({
    path: `/sites/${domain}/builder/restore`,
    init: form({ snapshotId }),
  }),
  'POST /sites/{domain}/delete': ({ domain }) => ({ path: `/sites/${domain}/delete`, init: form({ confirm: domain }) }),
  'GET /sites/{domain}/settings': ({ domain }) => ({ path: `/sites/${domain}/settings` }),
  'POST /sites/{domain}/settings': ({ domain }) => ({ path: `/sites/${domain}/settings`, init: form({ notFound: 'page' }) }),
  'POST /sites/{domain}/settings/domain': ({ domain }) => ({ path: `/sites/${domain}/settings/domain`, init: form({ hostname: 'anns.localhost' }) }),
  'POST /sites/{domain}/settings/domain/check': ({ domain }) => ({ path: `/sites/${domain}/settings/domain/check`, init: form({}) }),
  'POST /sites/{domain}/settings/domain/remove': ({ domain }) => ({ path: `/sites/${domain}/settings/domain/remove`, init: form({}) }),
  'GET /api/sites/{domain}/settings': ({ domain }) => ({ path: `/api/sites/${domain}/settings` }),
  'PATCH /api/sites/{domain}/settings': ({ domain }) => ({ path: `/api/sites/${domain}/settings`, init: json({ notFound: 'page' }) }),
  'PUT /api/sites/{domain}/domain': ({ domain }) => ({ path: `/api/sites/${domain}/domain`, init: json({ hostname: 'anns.localhost' }) }),
  'DELETE /api/sites/{domain}/domain': ({ domain }) => ({ path: `/api/sites/${domain}/domain` }),
  'POST /api/sites/{domain}/domain/check': ({ domain }) => ({ path: `/api/sites/${domain}/domain/check` }),
  'GET /api/sites/{domain}': ({ domain }) => ({ path: `/api/sites/${domain}` }),
  'DELETE /api/sites/{domain}': ({ domain }) => ({ path: `/api/sites/${domain}` }),
  'GET /api/sites/{domain}/snapshots': ({ domain }) => ({ path: `/api/sites/${domain}/snapshots` }),
  'POST /api/sites/{domain}/snapshots': ({ domain, snapshotId }) => ({
    path: `/api/sites/${domain}/snapshots`,
    init: json({ snapshotId }),
  }),
  'PATCH /api/sites/{domain}/snapshots/{id}': ({ domain, snapshotId }) => ({
    path: `/api/sites/${domain}/snapshots/${snapshotId}`,
    init: json({ name: 'Somebody else was here' }),
  }),
  'GET /api/sites/{domain}/snapshots/{id}/changes': ({ domain, snapshotId }) => ({
    path: `/api/sites/${domain}/snapshots/${snapshotId}/changes`,
  }),
  'GET /api/sites/{domain}/snapshots/{id}/archive': ({ domain, snapshotId }) => ({
    path: `/api/sites/${domain}/snapshots/${snapshotId}/archive`,
  }),
  'GET /api/sites/{domain}/archive': ({ domain }) => ({ path: `/api/sites/${domain}/archive` }),
  'GET /api/agent/session': ({ conversationId }) => ({ path: `/api/agent/session?conversationId=${conversationId}` }),
  'POST /api/agent/stream': ({ conversationId }) => ({
    path: '/api/agent/stream',
    init: json({ conversationId, message: 'Make it mine' }),
  }),
  'POST /api/agent/stop': ({ conversationId }) => ({ path: '/api/agent/stop', init: json({ conversationId }) }),
  'POST /api/agent/upload': ({ conversationId }) => ({
    path: `/api/agent/upload?conversationId=${conversationId}`,
    init: file(),
  }),
  'GET /api/agent/uploads/{id}': ({ uploadId }) => ({ path: `/api/agent/uploads/${uploadId}` }),
  'GET /ws': ({ conversationId }) => ({ path: `/ws?conversationId=${conversationId}` }),
  'GET /api/notch/live': () => ({ path: '/api/notch/live' }),
  'POST /settings/known/end': ({ grantId }) => ({ path: '/settings/known/end', init: form({ id: grantId }) }),
  'POST /api/notch/grants': () => ({ path: '/api/notch/grants', init: json({ challenge: 'A'.repeat(43), origin: stack.siteOrigin('ann'), share: true }) }),
  'POST /api/notch/nonce': () => ({ path: '/api/notch/nonce', init: json({}) }),
  'GET /api/notch/grants': () => ({ path: '/api/notch/grants' }),
  'DELETE /api/notch/grants/{id}': ({ grantId }) => ({ path: `/api/notch/grants/${grantId}` }),
  'GET /api/notch/threads': () => ({ path: '/api/notch/threads' }),
  'GET /api/notch/threads/{domain}/messages': ({ domain }) => ({ path: `/api/notch/threads/${domain}/messages` }),
  'POST /api/notch/threads/{domain}/messages': ({ domain }) => ({
    path: `/api/notch/threads/${domain}/messages`,
    init: json({ body: 'Hello', clientId: 'hello' }),
  }),
  'POST /api/notch/threads/{domain}/read': ({ domain }) => ({ path: `/api/notch/threads/${domain}/read`, init: json({ upTo: 'a'.repeat(24) }) }),
  'PATCH /api/notch/messages/{id}': () => ({ path: `/api/notch/messages/${'a'.repeat(24)}`, init: json({ body: 'Mine' }) }),
  'DELETE /api/notch/messages/{id}': () => ({ path: `/api/notch/messages/${'a'.repeat(24)}` }),
  'GET /messages': () => ({ path: '/messages' }),
  'GET /messages/{domain}': ({ domain }) => ({ path: `/messages/${domain}` }),
  'POST /messages/{domain}': ({ domain }) => ({ path: `/messages/${domain}`, init: form({ body: 'Hello', clientId: 'hello' }) }),
  'POST /messages/{domain}/read': ({ domain }) => ({ path: `/messages/${domain}/read`, init: form({ upTo: 'a'.repeat(24) }) }),
  'POST /messages/{domain}/edit': ({ domain }) => ({ path: `/messages/${domain}/edit`, init: form({ id: 'a'.repeat(24), body: 'Mine' }) }),
  'POST /messages/{domain}/delete': ({ domain }) => ({ path: `/messages/${domain}/delete`, init: form({ id: 'a'.repeat(24) }) }),
  'GET /sites/{domain}/mentions': ({ domain }) => ({ path: `/sites/${domain}/mentions` }),
  'POST /sites/{domain}/mentions': ({ domain }) => ({ path: `/sites/${domain}/mentions`, init: form({ id: 'a'.repeat(24), answer: 'no' }) }),
  'GET /api/notch/mentions': () => ({ path: '/api/notch/mentions' }),
  'PUT /api/notch/mentions/{id}': ({ siteId }) => ({ path: `/api/notch/mentions/${siteId}`, init: json({}) }),
  'DELETE /api/notch/mentions/{id}': ({ siteId }) => ({ path: `/api/notch/mentions/${siteId}` }),
  'GET /api/v1/auth/me': () => ({ path: '/api/v1/auth/me' }),
  'GET /api/v1/auth/github': () => ({ path: '/api/v1/auth/github' }),
  'GET /api/v1/auth/github/callback': () => ({ path: '/api/v1/auth/github/callback?code=x&state=y' }),
  'PUT /api/v1/users/api-key': () => ({ path: '/api/v1/users/api-key', init: json({ apiKey: 'sk-ant-x' }) }),
  'DELETE /api/v1/users/api-key': () => ({ path: '/api/v1/users/api-key' }),
  'GET /api/v1/users/api-key/status': () => ({ path: '/api/v1/users/api-key/status' }),
  'POST /api/v1/orgs': () => ({ path: '/api/v1/orgs', init: json({ name: 'Somebody else’s' }) }),
  'GET /api/v1/orgs': () => ({ path: '/api/v1/orgs' }),
  'GET /api/v1/orgs/{orgId}': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}` }),
  'PUT /api/v1/orgs/{orgId}': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}`, init: json({ name: 'Mine now' }) }),
  'DELETE /api/v1/orgs/{orgId}': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}` }),
  'GET /api/v1/orgs/{orgId}/members': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}/members` }),
  'POST /api/v1/orgs/{orgId}/members': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}/members`, init: json({ userId: 'a'.repeat(24), role: 'ADMIN' }) }),
  'DELETE /api/v1/orgs/{orgId}/members': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}/members`, init: json({ userId: 'a'.repeat(24) }) }),
  'POST /api/v1/orgs/{orgId}/leave': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}/leave` }),
  'GET /api/v1/orgs/{orgId}/invites': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}/invites` }),
  'POST /api/v1/orgs/{orgId}/invites': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}/invites`, init: json({ role: 'ADMIN' }) }),
  'DELETE /api/v1/orgs/{orgId}/invites/{id}': ({ orgId, inviteId }) => ({ path: `/api/v1/orgs/${orgId}/invites/${inviteId}` }),
  'POST /api/v1/orgs/invites/{token}/accept': () => ({ path: '/api/v1/orgs/invites/vi_nobodys/accept' }),
  'GET /api/v1/github': () => ({ path: '/api/v1/github' }),
  'DELETE /api/v1/github': () => ({ path: '/api/v1/github' }),
  'GET /api/v1/github/repos': () => ({ path: '/api/v1/github/repos' }),
  'GET /api/v1/github/repos/{owner}/{repo}': () => ({ path: '/api/v1/github/repos/ann-ash/harbor-bakery' }),
  'GET /api/v1/orgs/{orgId}/proposal': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}/proposal?repository=ann-ash/harbor-bakery` }),
  'POST /api/v1/orgs/{orgId}/projects': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}/projects`, init: json({ repository: 'ann-ash/harbor-bakery' }) }),
  'GET /api/v1/orgs/{orgId}/projects': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}/projects` }),
  'GET /api/v1/orgs/{orgId}/projects/{id}': ({ orgId, projectId }) => ({ path: `/api/v1/orgs/${orgId}/projects/${projectId}` }),
  'PUT /api/v1/orgs/{orgId}/projects/{id}': ({ orgId, projectId }) => ({ path: `/api/v1/orgs/${orgId}/projects/${projectId}`, init: json({ name: 'Mine now' }) }),
  'GET /session/{sessionId}': ({ sessionId }) => ({ path: `/session/${sessionId}` }),
  'POST /api/v1/sessions': ({ projectId }) => ({ path: '/api/v1/sessions', init: json({ projectId }) }),
  'GET /api/v1/sessions/{sessionId}': ({ sessionId }) => ({ path: `/api/v1/sessions/${sessionId}` }),
  'GET /api/v1/sessions/{sessionId}/messages': ({ sessionId }) => ({ path: `/api/v1/sessions/${sessionId}/messages` }),
  'GET /api/v1/sessions/{sessionId}/changes': ({ sessionId }) => ({ path: `/api/v1/sessions/${sessionId}/changes` }),
  'POST /api/v1/sessions/{sessionId}/create-pr': ({ sessionId }) => ({ path: `/api/v1/sessions/${sessionId}/create-pr`, init: json({}) }),
  'POST /api/v1/sessions/{sessionId}/commit-to-main': ({ sessionId }) => ({ path: `/api/v1/sessions/${sessionId}/commit-to-main`, init: json({}) }),
  'POST /api/v1/sessions/{sessionId}/discard': ({ sessionId }) => ({ path: `/api/v1/sessions/${sessionId}/discard`, init: json({ confirm: 'discard' }) }),
  'POST /api/v1/sessions/{sessionId}/extend': ({ sessionId }) => ({ path: `/api/v1/sessions/${sessionId}/extend` }),
  'POST /api/v1/sessions/{sessionId}/undo': ({ sessionId }) => ({ path: `/api/v1/sessions/${sessionId}/undo`, init: json({ turn: 1 }) }),
  'POST /api/v1/sessions/{sessionId}/preview': ({ sessionId }) => ({ path: `/api/v1/sessions/${sessionId}/preview` }),
  'DELETE /api/v1/orgs/{orgId}/projects/{id}': ({ orgId, projectId }) => ({ path: `/api/v1/orgs/${orgId}/projects/${projectId}` }),
  'POST /api/v1/orgs/{orgId}/projects/{id}/build-template': ({ orgId, projectId }) => ({ path: `/api/v1/orgs/${orgId}/projects/${projectId}/build-template` }),
  'GET /api/v1/orgs/{orgId}/projects/{id}/template-status': ({ orgId, projectId }) => ({ path: `/api/v1/orgs/${orgId}/projects/${projectId}/template-status` }),
  'GET /api/v1/orgs/{orgId}/sessions': ({ orgId }) => ({ path: `/api/v1/orgs/${orgId}/sessions?q=bakery` }),
  'GET /api/v1/orgs/{orgId}/projects/{id}/active-sessions': ({ orgId, projectId }) => ({ path: `/api/v1/orgs/${orgId}/projects/${projectId}/active-sessions` }),
  'GET /orgs': () => ({ path: '/orgs' }),
  'GET /orgs/new': () => ({ path: '/orgs/new' }),
  'GET /orgs/{orgId}': ({ orgId }) => ({ path: `/orgs/${orgId}` }),
  'GET /orgs/{orgId}/settings': ({ orgId }) => ({ path: `/orgs/${orgId}/settings` }),
  'GET /orgs/{orgId}/sessions': ({ orgId }) => ({ path: `/orgs/${orgId}/sessions` }),
  'GET /orgs/{orgId}/projects/new': ({ orgId }) => ({ path: `/orgs/${orgId}/projects/new` }),
  'GET /orgs/{orgId}/projects/{id}/setup': ({ orgId, projectId }) => ({ path: `/orgs/${orgId}/projects/${projectId}/setup` }),
  'GET /orgs/{orgId}/projects/{id}/settings': ({ orgId, projectId }) => ({ path: `/orgs/${orgId}/projects/${projectId}/settings` }),
  'POST /invite/{token}': () => ({ path: '/invite/vi_nobodys', init: form({}) }),
  'GET /setup': () => ({ path: '/setup' }),
  'POST /sites/{domain}/proof': ({ domain }) => ({ path: `/sites/${domain}/proof`, init: form({}) }),
  'POST /api/sites/{domain}/proof': ({ domain }) => ({ path: `/api/sites/${domain}/proof`, init: json({}) }),
  'GET /api/notch/check': () => ({ path: '/api/notch/check?domain=somebody-new.example' }),
  'POST /setup/script': () => ({ path: '/setup/script', init: form({ domain: 'somebody-new.example' }) }),
  'GET /setup/script': () => ({ path: '/setup/script' }),
  'GET /setup/generate': () => ({ path: '/setup/generate' }),
  'POST /setup/generate': () => ({ path: '/setup/generate', init: form({ label: 'somebody-new' }) }),
  'GET /sites': () => ({ path: '/sites' }),
  'GET /settings': () => ({ path: '/settings' }),
  'POST /settings/profile': () => ({ path: '/settings/profile', init: form({ name: 'Somebody else', handle: '' }) }),
  'POST /settings/picture/remove': () => ({ path: '/settings/picture/remove', init: form({}) }),
  'POST /settings/devices/sign-out': () => ({ path: '/settings/devices/sign-out', init: form({ id: 'a'.repeat(24) }) }),
  'POST /settings/devices/sign-out-others': () => ({ path: '/settings/devices/sign-out-others', init: form({}) }),
  'POST /settings/providers/connect': () => ({ path: '/settings/providers/connect', init: form({ provider: 'google' }) }),
  'POST /settings/providers/disconnect': () => ({ path: '/settings/providers/disconnect', init: form({ id: 'a'.repeat(24) }) }),
  'POST /settings/export': () => ({ path: '/settings/export', init: form({}) }),
  'POST /settings/deletion': () => ({ path: '/settings/deletion', init: form({ confirm: 'nobody@example.test' }) }),
  'POST /settings/deletion/cancel': () => ({ path: '/settings/deletion/cancel', init: form({}) }),
  'GET /api/account': () => ({ path: '/api/account' }),
  'PATCH /api/account': () => ({ path: '/api/account', init: json({ name: 'Somebody else' }) }),
  'PUT /api/account/picture': () => ({
    path: '/api/account/picture',
    init: { headers: { 'content-type': 'image/webp' }, body: 'RIFF' },
  }),
  'DELETE /api/account/picture': () => ({ path: '/api/account/picture' }),
  'GET /api/account/audit': () => ({ path: '/api/account/audit' }),
  'GET /api/sites': () => ({ path: '/api/sites' }),
  'POST /api/sites': () => ({ path: '/api/sites', init: json({ kind: 'generated', label: 'somebody-new' }) }),
  'POST /api/account/deletion': () => ({ path: '/api/account/deletion', init: json({ confirm: 'nobody@example.test' }) }),
  'DELETE /api/account/deletion': () => ({ path: '/api/account/deletion' }),
  'POST /api/account/export': () => ({ path: '/api/account/export' }),
  'GET /api/auth/list-sessions': () => ({ path: '/api/auth/list-sessions' }),
  'POST /api/auth/revoke-session': () => ({ path: '/api/auth/revoke-session', init: json({ token: 'x' }) }),
  'POST /api/auth/revoke-sessions': () => ({ path: '/api/auth/revoke-sessions', init: json({}) }),
  'POST /api/auth/revoke-other-sessions': () => ({ path: '/api/auth/revoke-other-sessions', init: json({}) }),
  'POST /api/auth/update-user': () => ({ path: '/api/auth/update-user', init: json({ name: 'Somebody' }) }),
  'POST /api/auth/delete-user': () => ({ path: '/api/auth/delete-user', init: json({}) }),
  'GET /api/auth/list-accounts': () => ({ path: '/api/auth/list-accounts' }),
  'POST /api/auth/link-social': () => ({ path: '/api/auth/link-social', init: json({ provider: 'google' }) }),
  'POST /api/auth/unlink-account': () => ({ path: '/api/auth/unlink-account', init: json({ accountId: 'x' }) }),
  'POST /api/notch/reactions': ({ domain }) => ({
    path: '/api/notch/reactions',
    init: json({ url: stack.siteOrigin(domain.split('.')[0]!), signal: 'heart', anchor: { x: 1, y: 1 } }),
  }),
  'PATCH /api/notch/reactions/{id}': ({ reactionId }) => ({ path: `/api/notch/reactions/${reactionId}`, init: json({ body: 'Mine now' }) }),
  'DELETE /api/notch/reactions/{id}': ({ reactionId }) => ({ path: `/api/notch/reactions/${reactionId}` }),
  'PUT /api/notch/reactions/{id}/hidden': ({ reactionId }) => ({ path: `/api/notch/reactions/${reactionId}/hidden` }),
  'DELETE /api/notch/reactions/{id}/hidden': ({ reactionId }) => ({ path: `/api/notch/reactions/${reactionId}/hidden` }),
  'GET /api/sites/{domain}/reactions': ({ domain }) => ({ path: `/api/sites/${domain}/reactions` }),
  'GET /sites/{domain}/reactions': ({ domain }) => ({ path: `/sites/${domain}/reactions` }),
  'POST /sites/{domain}/reactions': ({ domain, reactionId }) => ({
    path: `/sites/${domain}/reactions`,
    init: form({ id: reactionId, wish: 'hide', cursor: '' }),
  }),
  'PUT /api/notch/follows/{domain}': () => ({ path: '/api/notch/follows/ben.vetka.localhost' }),
  'DELETE /api/notch/follows/{domain}': () => ({ path: '/api/notch/follows/ben.vetka.localhost' }),
  'POST /api/notch/follows': () => ({ path: '/api/notch/follows', init: json({ url: 'ben.vetka.localhost' }) }),
  'DELETE /api/notch/subscriptions/{id}': () => ({ path: `/api/notch/subscriptions/${'a'.repeat(24)}` }),
  'GET /api/notch/blocks': () => ({ path: '/api/notch/blocks' }),
  'PUT /api/notch/blocks/{domain}': () => ({ path: '/api/notch/blocks/ben.vetka.localhost' }),
  'DELETE /api/notch/blocks/{domain}': () => ({ path: '/api/notch/blocks/ben.vetka.localhost' }),
  'GET /api/notch/mutes': () => ({ path: '/api/notch/mutes' }),
  'PUT /api/notch/mutes/{domain}': () => ({ path: '/api/notch/mutes/ben.vetka.localhost' }),
  'DELETE /api/notch/mutes/{domain}': () => ({ path: '/api/notch/mutes/ben.vetka.localhost' }),
  'GET /api/notch/preferences': () => ({ path: '/api/notch/preferences' }),
  'PATCH /api/notch/preferences': () => ({ path: '/api/notch/preferences', init: json({ digest: 'daily' }) }),
  'GET /api/notch/notifications': () => ({ path: '/api/notch/notifications' }),
  'POST /api/notch/notifications/read': () => ({ path: '/api/notch/notifications/read', init: json({ upTo: '1' }) }),
  'POST /sites/{domain}/follow': () => ({ path: '/sites/ben.vetka.localhost/follow', init: form({ wish: 'follow' }) }),
  'POST /follows': () => ({ path: '/follows', init: form({ wish: 'follow', url: 'ben.vetka.localhost' }) }),
  'POST /sites/{domain}/apart': () => ({ path: '/sites/ben.vetka.localhost/apart', init: form({ wish: 'block' }) }),
  'GET /notifications': () => ({ path: '/notifications' }),
  'POST /notifications/read': () => ({ path: '/notifications/read', init: form({ upTo: '1' }) }),
  'POST /settings/others': () => ({ path: '/settings/others', init: form({ messagesFrom: 'nobody', digest: 'off' }) }),
  'GET /api/admin/find': ({ domain }) => ({ path: `/api/admin/find?q=${domain}` }),
  'DELETE /api/admin/sites/{id}/agent-session': ({ siteId }) => ({ path: `/api/admin/sites/${siteId}/agent-session` }),
  'PUT /api/admin/sites/{id}/takedown': ({ siteId }) => ({ path: `/api/admin/sites/${siteId}/takedown`, init: json({ reason: 'abuse' }) }),
  'DELETE /api/admin/sites/{id}/takedown': ({ siteId }) => ({ path: `/api/admin/sites/${siteId}/takedown` }),
  'GET /api/admin/reports': () => ({ path: '/api/admin/reports' }),
  'POST /api/admin/reports/{reference}/close': () => ({ path: `/api/admin/reports/${'a'.repeat(12)}/close`, init: json({ outcome: '' }) }),
  'POST /api/admin/secrets/reseal': () => ({ path: '/api/admin/secrets/reseal', init: json({}) }),
  'POST /api/admin/resync': () => ({ path: '/api/admin/resync', init: json({}) }),
  'POST /api/sites/{domain}/publish': ({ domain }) => ({ path: `/api/sites/${domain}/publish`, init: json({}) }),
  'POST /api/agent/deploy': () => ({ path: '/api/agent/deploy', init: json({ files: [] }) }),
  'POST /api/agent/deploy/uploads': () => ({ path: '/api/agent/deploy/uploads', init: json({ files: [] }) }),
  'GET /api/agent/deploy/uploads/{id}': ({ snapshotId }) => ({ path: `/api/agent/deploy/uploads/${snapshotId}` }),
  'DELETE /api/agent/deploy/uploads/{id}': ({ snapshotId }) => ({ path: `/api/agent/deploy/uploads/${snapshotId}` }),
  'POST /api/agent/deploy/uploads/{id}/commit': ({ snapshotId }) => ({ path: `/api/agent/deploy/uploads/${snapshotId}/commit`, init: json({}) }),
  'PUT /api/agent/deploy/uploads/{id}/blobs/{sha256}': ({ snapshotId }) => ({
    path: `/api/agent/deploy/uploads/${snapshotId}/blobs/${'a'.repeat(64)}`,
    init: { body: 'hello' },
  }),
};

let stack: TestStack;
let ann: Person;
let ben: Person;
let things: Things;
/** An organization of Ben's. */
let bens: string | undefined;

/** The status and the words of the answer; a WebSocket is asked for as one, and has no words. */
async function status(client: Client, route: Route, headers: Record<string, string> = {}): Promise<[number, string]> {
  if (isSocket(route)) return [await client.upgrade(asks[name(route)]!(things).path, headers), ''];
  const answer = await ask(client, route, { headers });
  return [answer.status, await answer.text()];
}

async function ask(client: Client, route: Route, extra: RequestInit = {}, of = things): Promise<Response> {
  const { path, init = {} } = asks[name(route)]!(of);
  const headers = { ...(init.headers as Record<string, string>), ...(extra.headers as Record<string, string>) };
  return await client.fetch(path, { method: route.method, ...init, ...extra, headers });
}

before(async () => {
  stack = await startTestStack();
  const owner = await stack.owner('ann');
  ann = owner;
  ben = await stack.owner('ben');
  const { conversationId } = await ann.json<{ conversationId: string }>('/api/agent/session');
  const upload = await ann.json<{ id: string }>('/api/agent/upload', { method: 'POST', ...file() });
  const said = await ann.send('POST', '/api/agent/stream', { message: 'A site about my bakery' });
  await said.text();
  const { snapshots } = await ann.json<{ snapshots: { id: string }[] }>(`/api/sites/${owner.domain}/snapshots`);
  assert.ok(snapshots[0], 'the demo agent published nothing');
  const frame = new Frame(stack, stack.siteOrigin('ben'));
  await frame.enter(ann);
  const { grants } = await ann.json<{ grants: { id: string }[] }>('/api/notch/grants');
  assert.ok(grants[0], 'nothing knows them');
  const reaction = (await (
    await ann.send('POST', '/api/notch/reactions', { url: stack.siteOrigin('ann'), signal: 'star', anchor: { x: 50, y: 50 } })
  ).json()) as { id: string };
  const organization = (await (await ann.send('POST', '/api/v1/orgs', { name: 'Harbor Works' })).json()) as { id: string };
  const invite = (await (await ann.send('POST', `/api/v1/orgs/${organization.id}/invites`, { role: 'MEMBER' })).json()) as { id: string };
  const project = newId();
  await (await stack.db())
    .prepare(
      `INSERT INTO project (id, organization_id, name, repository, repository_url, default_branch, preview_port, model, created_at, updated_at)
       VALUES (?1, ?2, 'Bakery', 'ann-ash/harbor-bakery', 'https://github.test/ann-ash/harbor-bakery', 'main', 3000, 'claude-sonnet-5', 0, 0)`,
    )
    .bind(project, organization.id)
    .run();
  const session = newId();
  await (await stack.db())
    .prepare(
      `INSERT INTO work_session (id, organization_id, project_id, branch, status, started_at)
       VALUES (?1, ?2, ?3, 'vendi/session-x', 'RUNNING', 0)`,
    )
    .bind(session, organization.id, project)
    .run();
  things = {
    sessionId: session,
    orgId: organization.id, inviteId: invite.id, projectId: project,
    domain: owner.domain, reactionId: reaction.id, snapshotId: snapshots[0].id, conversationId, uploadId: upload.id, siteId: owner.siteId, grantId: grants[0].id,
  };
});
after(async () => await stack.close());

describe('every route', () => {
  it('that belongs to somebody is in this test', () => {
    const missing = routes.filter((route) => route.access !== 'anyone' && !asks[name(route)]).map(name);
    assert.deepEqual(missing, []);
  });

  for (const route of routes.filter(isOfSomebody)) {
    it(`${name(route)} refuses another account's ids as if they did not exist`, async () => {
      const [code, words] = await status(ben, route);
      assert.equal(code, 404, words);
    });
  }

  // Somebody who may do all of it in an organization of their own.
  for (const route of routes.filter(({ path }) => /\{orgId\}.*\{\w+\}/.test(path))) {
    it(`${name(route)} finds nothing of one organization under another`, async () => {
      bens ??= ((await (await ben.send('POST', '/api/v1/orgs', { name: 'Elsewhere' })).json()) as { id: string }).id;
      const answer = await ask(ben, route, {}, { ...things, orgId: bens });
      assert.equal(answer.status, 404, await answer.text());
    });
  }

  for (const route of routes.filter(({ access }) => ['owner', 'member', 'admin', 'signed_in'].includes(access))) {
    it(`${name(route)} refuses somebody who is not signed in`, async () => {
      if ((route.path.startsWith('/api/') && !isPage(route)) || isSocket(route)) {
        const [code, words] = await status(stack.anybody, route);
        assert.equal(code, 401, words);
      } else {
        const answer = await ask(stack.anybody, route);
        assert.equal(answer.status, 303);
        assert.match(answer.headers.get('location') ?? '', /^\/\?sign-in/);
      }
    });
  }

  for (const route of routes.filter(({ access }) => access === 'operator')) {
    it(`${name(route)} refuses whoever has not the operator's key, its owner too`, async () => {
      for (const [who, authorization] of [[stack.anybody, ''], [ann, ''], [ann, 'Bearer'], [ann, `Bearer ${'k'.repeat(43)}`]] as const) {
        const [code, words] = await status(who, route, { authorization });
        assert.equal(code, 401, words);
      }
    });
  }

  it('GET /ws takes its owner from the app and from nowhere else', async () => {
    const { path } = asks['GET /ws']!(things);
    assert.equal(await ann.upgrade(path), 101);
    for (const origin of ['https://evil.test', 'null', stack.siteOrigin('ben')]) {
      assert.equal(await ann.upgrade(path, { origin }), 403, origin);
    }
  });

  for (const route of routes.filter((route) => changesState(route) && asks[name(route)])) {
    if (route.access === 'deploy_token') continue; // a bearer token is no ambient authority: no browser adds it by itself
    for (const origin of ['https://evil.test', 'null', '']) {
      it(`${name(route)} refuses its owner from ${origin || 'no origin'}`, async () => {
        const answer = await ask(ann, route, { headers: { origin } });
        assert.equal(answer.status, 403, await answer.text());
      });
    }
    it(`${name(route)} refuses its owner from a neighbouring site`, async () => {
      const answer = await ask(ann, route, { headers: { origin: stack.siteOrigin('ben') } });
      assert.equal(answer.status, 403, await answer.text());
    });
  }

  for (const route of routes.filter(({ access }) => access === 'deploy_token')) {
    it(`${name(route)} refuses a session without a deploy token`, async () => {
      const answer = await ask(ann, route);
      assert.equal(answer.status, 401, await answer.text());
    });
  }

  it('left the site of the first account as it was', async () => {
    const { snapshots } = await ann.json<{ snapshots: { id: string; live: boolean }[] }>(
      `/api/sites/${things.domain}/snapshots`,
    );
    assert.deepEqual(snapshots.map(({ id, live }) => ({ id, live })), [{ id: things.snapshotId, live: true }]);
  });

  it('left the organization of the first account as it was', async () => {
    const { orgId, projectId, inviteId } = things;
    const { projects } = await ann.json<{ projects: { id: string; name: string }[] }>(`/api/v1/orgs/${orgId}/projects`);
    assert.deepEqual(projects.map(({ id, name }) => ({ id, name })), [{ id: projectId, name: 'Bakery' }]);
    const { invites } = await ann.json<{ invites: { id: string }[] }>(`/api/v1/orgs/${orgId}/invites`);
    assert.deepEqual(invites.map(({ id }) => id), [inviteId]);
  });

  it('answers unknown paths under /api in JSON and others with a page', async () => {
    const api = await stack.anybody.fetch('/api/nothing/here');
    assert.equal(api.status, 404);
    assert.equal(((await api.json()) as { code: string }).code, 'not_found');
    const page = await stack.anybody.fetch('/nothing/here');
    assert.equal(page.status, 404);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  });

  it('answers a wrong method with 405 and what would do', async () => {
    for (const path of ['/api/sites/check', '/api/agent/stop', '/api/agent/deploy', '/healthz']) {
      const answer = await ann.fetch(path, { method: 'PATCH' });
      assert.equal(answer.status, 405, path);
      assert.ok(answer.headers.get('allow'), path);
    }
  });

  it('sends the headers that keep a response from being misread', async () => {
    for (const path of ['/', '/setup', '/nothing', '/api/nothing', '/api/sites', '/api/agent/session', '/healthz']) {
      const answer = await ann.fetch(path);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    }
  });
});
