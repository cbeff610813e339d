// `/v1/files`: uploads and their bytes.

import { extname } from 'node:path';
import { ApiError, invalid, notFound } from './errors.ts';
import { many, param, type Call, type Route } from './http.ts';
import { rfc3339 } from './ids.ts';
import { parseMultipart } from './multipart.ts';
import { page } from './pages.ts';
import type { FileRecord, Store } from './store.ts';
import type { FileMetadata } from './types.ts';

const BAD_NAME = /[<>:"|?*\\/\u0000-\u001f]/;
const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.gif': 'image/gif', '.webp': 'image/webp',
  '.svg': 'image/svg+xml', '.pdf': 'application/pdf', '.txt': 'text/plain', '.md': 'text/markdown', '.csv': 'text/csv',
};

export function fileRoutes(store: Store): Route[] {
  const find = (call: Call): FileRecord => {
    const id = param(call, 'file');
    const record = store.files.get(id);
    if (!record) throw notFound(`File ${id}`);
    const expires = record.metadata.expires_at;
    if (expires && Date.parse(expires) < store.milliseconds()) throw new ApiError(404, `File ${id} has expired.`, { errorCode: 'file_expired' });
    return record;
  };

  async function upload(call: Call): Promise<FileMetadata> {
    const parts = parseMultipart(await call.bytes(), call.request.headers['content-type'] ?? '');
    const part = parts.find(({ name, filename }) => name === 'file' && filename !== null);
    if (!part || part.filename === null) throw invalid('file: a part named "file" with a filename is required.');
    if (part.filename.length > 255 || part.filename === '' || BAD_NAME.test(part.filename)) throw invalid('file: this filename is not allowed.');
    const lifetime = parts.find(({ name }) => name === 'expires_in_seconds')?.bytes.toString();
    const seconds = lifetime === undefined ? null : Number(lifetime);
    if (seconds !== null && !(seconds >= 3600 && seconds <= 7_776_000)) throw invalid('expires_in_seconds: expected 3600 to 7776000.');
    return store.saveFile({
      filename: part.filename,
      mimeType: part.contentType ?? TYPES[extname(part.filename).toLowerCase()] ?? 'application/octet-stream',
      bytes: part.bytes,
      expiresAt: seconds === null ? null : rfc3339(store.milliseconds() + seconds * 1000),
    });
  }

  function listAll(call: Call): object {
    const scope = call.query.get('scope_id');
    if (scope !== null && !call.betas.has('managed-agents-2026-04-01')) throw invalid('scope_id needs the managed agents beta header.');
    const ids = many(call.query, 'ids');
    const records = [...store.files.values()].filter(({ metadata }) => (scope === null ? !metadata.scope : metadata.scope?.id === scope));
    if (ids.length > 0) return { data: records.map(({ metadata }) => metadata).filter(({ id }) => ids.includes(id)), next_page: null };
    const result = page(records, ({ order }) => order, { query: call.query, order: 'desc', standard: 20, max: 1000 });
    const data = result.data.map(({ metadata }) => metadata);
    // The older beta selects the older shape of this list.
    if (call.betas.has('files-api-2025-04-14')) {
      return { data, has_more: result.next_page !== null, first_id: data[0]?.id ?? null, last_id: data[data.length - 1]?.id ?? null };
    }
    return { data, next_page: result.next_page };
  }

  function content(call: Call): object {
    const { metadata } = find(call);
    if (!metadata.downloadable) throw invalid('Uploaded files cannot be downloaded.', 'file_not_downloadable');
    return { bytes: store.fileBytes(metadata.id) ?? new Uint8Array(), contentType: metadata.mime_type };
  }

  function remove(call: Call): object {
    const { id } = find(call).metadata;
    store.deleteFile(id);
    return { id, type: 'file_deleted' };
  }

  return [
    { method: 'POST', path: '/v1/files', endpoint: 'files.upload', beta: false, handle: upload },
    { method: 'GET', path: '/v1/files', endpoint: 'files.list', beta: false, handle: listAll },
    { method: 'GET', path: '/v1/files/:file', endpoint: 'files.retrieve', beta: false, handle: (call) => find(call).metadata },
    { method: 'GET', path: '/v1/files/:file/content', endpoint: 'files.content', beta: false, handle: content },
    { method: 'DELETE', path: '/v1/files/:file', endpoint: 'files.delete', beta: false, handle: remove },
  ];
}
