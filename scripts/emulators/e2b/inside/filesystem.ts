// The service `filesystem.Filesystem`: what is where, moved and removed, and who wants to hear of changes.

import { mkdirSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConnectError, number, text, timeoutOf, type Call, type JsonObject, type Stream, type Unary } from './connect.ts';
import { entryOf, pathError, type Metadata } from './entry.ts';
import { resolvePath } from './people.ts';
import type { Setup } from './setup.ts';
import { Watch } from './watch.ts';

const MAX_ENTRIES = 100_000;
const MAX_WATCHERS = 256;
const KEEPALIVE = { keepalive: {} };

function folder(path: string): string {
  const real = realpathSync(path);
  if (!statSync(real).isDirectory()) throw new ConnectError('invalid_argument', `path is not a directory: ${path}`);
  return real;
}

export interface FilesystemService {
  unary: Record<string, Unary>;
  streams: Record<string, Stream>;
}

export function filesystemService(setup: Setup, metadata: Metadata): FilesystemService {
  const watchers = new Map<string, Watch>();
  let watcherNumber = 0;

  const pathIn = ({ message, user }: Call, field = 'path'): string => resolvePath(text(message, field), user, setup.workdir);

  /** Errors of the file system become the protocol's. */
  const guarded = (what: string, method: Unary): Unary => (call) => {
    try {
      return method(call);
    } catch (error) {
      throw pathError(error, what);
    }
  };

  function list(path: string, depth: number, entries: JsonObject[]): void {
    for (const { name } of readdirSync(path, { withFileTypes: true })) {
      if (entries.length >= MAX_ENTRIES) throw new ConnectError('resource_exhausted', `more than ${MAX_ENTRIES} entries`);
      const full = join(path, name);
      let entry: JsonObject;
      try {
        entry = entryOf(full, metadata);
      } catch {
        continue; // gone since the folder was read
      }
      entries.push(entry);
      if (depth > 1 && entry['symlinkTarget'] === undefined && entry['type'] === 'FILE_TYPE_DIRECTORY') list(full, depth - 1, entries);
    }
  }

  function watch(call: Call): Watch {
    const path = pathIn(call);
    try {
      return new Watch(folder(path), {
        recursive: call.message['recursive'] === true,
        describe: call.message['includeEntry'] === true ? (changed) => entryOf(changed, metadata) : null,
      });
    } catch (error) {
      throw pathError(error, 'path');
    }
  }

  function watcher(call: Call): Watch {
    const id = text(call.message, 'watcherId');
    const found = watchers.get(id);
    if (!found) throw new ConnectError('not_found', `watcher with id ${id} not found`);
    return found;
  }

  return {
    unary: {
      Stat: guarded('file', (call) => ({ entry: entryOf(pathIn(call), metadata) })),
      ListDir: guarded('path', (call) => {
        const entries: JsonObject[] = [];
        list(folder(pathIn(call)), number(call.message, 'depth') || 1, entries);
        return { entries };
      }),
      MakeDir: guarded('path', (call) => {
        const path = pathIn(call);
        const found = statSync(path, { throwIfNoEntry: false });
        if (found?.isDirectory()) throw new ConnectError('already_exists', `directory already exists: ${path}`);
        if (found) throw new ConnectError('invalid_argument', `path already exists but it is not a directory: ${path}`);
        mkdirSync(path, { recursive: true });
        return { entry: entryOf(path, metadata) };
      }),
      Move: guarded('source file', (call) => {
        const [source, destination] = [pathIn(call, 'source'), pathIn(call, 'destination')];
        statSync(source);
        mkdirSync(dirname(destination), { recursive: true });
        renameSync(source, destination);
        const kept = metadata.get(source);
        metadata.delete(source);
        if (kept !== undefined) metadata.set(destination, kept);
        return { entry: entryOf(destination, metadata) };
      }),
      Remove: guarded('path', (call) => {
        const path = pathIn(call);
        if (basename(path) === '') throw new ConnectError('invalid_argument', 'the root cannot be removed');
        rmSync(path, { recursive: true, force: true });
        metadata.delete(path);
        return {};
      }),
      CreateWatcher: (call) => {
        if (watchers.size >= MAX_WATCHERS) throw new ConnectError('resource_exhausted', `more than ${MAX_WATCHERS} watchers`);
        const id = `w${++watcherNumber}`;
        watchers.set(id, watch(call));
        return { watcherId: id };
      },
      GetWatcherEvents: (call) => ({ events: watcher(call).take() }),
      RemoveWatcher: (call) => {
        watcher(call).close();
        watchers.delete(text(call.message, 'watcherId'));
        return {};
      },
    },
    streams: {
      WatchDir(call, open) {
        const watched = watch(call);
        const lifetime = timeoutOf(call.request);
        const stream = open(KEEPALIVE);
        stream.send({ start: {} });
        watched.onEvent((event) => stream.send({ filesystem: event }));
        const timer = lifetime === 0 ? undefined : setTimeout(() => stream.end(new ConnectError('deadline_exceeded', 'context deadline exceeded')), lifetime);
        stream.onOver(() => {
          clearTimeout(timer);
          watched.close();
        });
      },
    },
  };
}
