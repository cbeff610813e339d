// Session resources: files mounted read-only into a session's sandbox. Repositories and memory stores are not
// mounted by this emulator and are refused with a sentence that says so.

import { object, text } from './checks.ts';
import { invalid, notFound } from './errors.ts';
import { param, type Call, type Route } from './http.ts';
import { newId } from './ids.ts';
import { page } from './pages.ts';
import type { Registry } from './registry.ts';
import type { Store } from './store.ts';
import type { FileResource, SessionResource } from './types.ts';

const MOUNT_ROOT = '/mnt/session/uploads';

/** Checks a resource and mounts it: the session gets its own copy of the file, under an id of its own. */
export function mount(store: Store, sessionId: string, value: unknown, field: string): FileResource {
  const raw = object(value, field);
  if (raw['type'] !== 'file') throw invalid(`${field}.type: this emulator mounts files only.`);
  const fileId = text(raw['file_id'], `${field}.file_id`);
  const source = store.files.get(fileId);
  const bytes = store.fileBytes(fileId);
  if (!source || !bytes) throw notFound(`File ${fileId}`);
  const copy = store.saveFile({
    filename: source.metadata.filename,
    mimeType: source.metadata.mime_type,
    bytes,
    session: sessionId,
    copyOf: fileId,
  });
  const path = raw['mount_path'] ? text(raw['mount_path'], `${field}.mount_path`) : `/${copy.id}`;
  if (!path.startsWith('/') || path.split('/').includes('..')) throw invalid(`${field}.mount_path: expected an absolute path.`);
  const now = store.now();
  const mountPath = path.startsWith(MOUNT_ROOT) ? path : `${MOUNT_ROOT}${path}`;
  return { id: newId('sesrsc'), type: 'file', file_id: copy.id, mount_path: mountPath, created_at: now, updated_at: now };
}

export function resourceRoutes(registry: Registry): Route[] {
  const { store } = registry;
  const session = (call: Call) => registry.find(param(call, 'session')).live;
  const idOf = (resource: SessionResource) => ('id' in resource ? resource.id : null);
  const find = (call: Call): SessionResource => {
    const id = param(call, 'resource');
    const found = session(call).record.session.resources.find((resource) => idOf(resource) === id);
    if (!found) throw notFound(`Resource ${id}`);
    return found;
  };

  async function add(call: Call): Promise<FileResource> {
    const live = session(call);
    if (live.record.session.status === 'terminated') throw invalid('The session is terminated.');
    const resource = mount(store, live.id, await call.json(), 'resource');
    live.record.session = { ...live.record.session, resources: [...live.record.session.resources, resource] };
    live.save();
    return resource;
  }

  function listAll(call: Call): object {
    const { resources } = session(call).record.session;
    const { data, next_page } = page(resources, (resource) => resources.indexOf(resource), { query: call.query, order: 'asc', standard: 20, max: 1000 });
    return { data, next_page };
  }

  function remove(call: Call): object {
    const live = session(call);
    const resource = find(call);
    const resources = live.record.session.resources.filter((other) => other !== resource);
    live.record.session = { ...live.record.session, resources };
    live.save();
    if (resource.type === 'file') store.deleteFile(resource.file_id);
    return { id: idOf(resource), type: 'session_resource_deleted' };
  }

  const base = '/v1/sessions/:session/resources';
  const rotate = (): never => {
    throw invalid('Only repositories have a token to replace, and this emulator mounts none.');
  };
  return [
    { method: 'POST', path: base, endpoint: 'resources.add', beta: true, handle: add },
    { method: 'GET', path: base, endpoint: 'resources.list', beta: true, handle: listAll },
    { method: 'GET', path: `${base}/:resource`, endpoint: 'resources.retrieve', beta: true, handle: find },
    { method: 'POST', path: `${base}/:resource`, endpoint: 'resources.update', beta: true, handle: rotate },
    { method: 'DELETE', path: `${base}/:resource`, endpoint: 'resources.delete', beta: true, handle: remove },
  ];
}
