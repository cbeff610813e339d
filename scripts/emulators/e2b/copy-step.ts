// A COPY step: uploaded files, packed by the vendor's SDK, put where they belong.

import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Box } from './box.ts';
import type { Disks } from './disks.ts';
import { run, upload } from './envd-client.ts';
import type { Context } from './templates.ts';

const GLOB = /[*?[{\\]/;

/** The part of a source before its first wildcard: the SDK has packed what matches, under its own path. */
function withoutGlob(source: string): string {
  const parts = source.split('/');
  const glob = parts.findIndex((part) => GLOB.test(part));
  return (glob < 0 ? parts : parts.slice(0, glob)).join('/');
}

export function uploadPath(disks: Disks, hash: string): string {
  return disks.path('uploads', `${hash}.tar.gz`);
}

const SCRIPT = `set -e
unpacked=$(mktemp -d)
trap 'chmod -R u+rwx "$unpacked"; rm -rf "$unpacked" "$PACKED"' EXIT
tar -xzf "$PACKED" -C "$unpacked" --no-same-owner
from="$unpacked/$SOURCE"
if [ ! -e "$from" ] && [ ! -L "$from" ]; then echo "source path does not exist: $SOURCE" >&2; exit 1; fi
if [ -n "$MODE" ] && [ ! -L "$from" ]; then chmod -R "$MODE" "$from"; fi
if [ -d "$from" ] && [ ! -L "$from" ]; then
  mkdir -p "$TARGET"
  cp -a "$from/." "$TARGET/"
else
  case "$TARGET" in */) mkdir -p "$TARGET" ;; *) mkdir -p "$(dirname "$TARGET")" ;; esac
  cp -a "$from" "$TARGET"
fi
`;

/** Does the step in `box`. Ownership is noted and nothing more: all of a sandbox here belongs to one user. */
export async function copyStep(box: Box, token: string, disks: Disks, args: readonly string[], hash: string | undefined, context: Context): Promise<void> {
  const [source, target, , mode = ''] = args;
  if (source === undefined || target === undefined) throw new Error('COPY requires a local path and a container path argument');
  if (hash === undefined) throw new Error('COPY requires files hash to be set');
  const packed = uploadPath(disks, hash);
  if (!existsSync(packed)) throw new Error(`the files of '${source}' were not uploaded`);
  const inside = `/tmp/.upload-${hash}.tar.gz`;
  await upload(box, token, inside, createReadStream(packed));
  const base = context.workdir === '' ? (context.user === 'root' ? '/root' : '/home/user') : context.workdir;
  const full = target.startsWith('/') ? target : join(base, target);
  let words = '';
  const { exitCode } = await run(
    box,
    token,
    { cmd: SCRIPT, user: context.user, cwd: '/', envs: { PACKED: inside, SOURCE: withoutGlob(source), TARGET: full, MODE: mode } },
    (stream, text) => {
      if (stream === 'stderr' && words.length < 500) words += text;
    },
  );
  if (exitCode !== 0) throw new Error(`failed to copy '${source}' to '${target}' in sandbox: ${words.trim()}`);
}
