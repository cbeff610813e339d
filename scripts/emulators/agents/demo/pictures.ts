// Pictures that the person uploaded: which one is meant, and what it is called on the site.

import type { LiveSession } from '../live.ts';
import type { Store } from '../store.ts';
import type { Told } from './context.ts';
import type { Art } from './model.ts';

const ENDINGS: Readonly<Record<string, string>> = {
  'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp', 'image/svg+xml': 'svg', 'image/avif': 'avif',
};

export interface Picture {
  fileId: string;
  art: Extract<Art, { photo: string }>;
  /** True when it came with this message. */
  isNew: boolean;
}

/** "my_dog-2.JPG" is called "My dog 2". */
function caption(filename: string): string {
  const words = filename.replace(/\.[^.]*$/, '').replace(/[_\W]+/g, ' ').trim();
  const plain = words === '' || /^(?:img|dsc|image|photo|picture|screenshot|[\d ]+|[0-9a-f -]{16,})\b/i.test(words) ? 'Picture' : words;
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** The picture that this message is about: one it carries, one it names, or the newest not seen before. */
export function pictureFor(told: Told, live: LiveSession, store: Store, seen: readonly string[], taken: readonly string[]): Picture | null {
  const mounted = live.record.session.resources.flatMap((resource) => (resource.type === 'file' ? [resource] : []));
  const isImage = (fileId: string) => ENDINGS[store.files.get(fileId)?.metadata.mime_type ?? ''] !== undefined;
  const named = mounted.filter(({ mount_path }) => told.words.includes(mount_path));
  const fresh = mounted.filter(({ file_id }) => !seen.includes(file_id));
  const asked = /\b(?:picture|photo|photograph|image|pic|logo|drawing|file|attachment)s?\b/i.test(told.words);
  const candidates = [
    ...told.fileIds,
    ...named.map(({ file_id }) => file_id),
    ...fresh.map(({ file_id }) => file_id).reverse(),
    ...(asked ? mounted.map(({ file_id }) => file_id).reverse() : []),
  ];
  const fileId = candidates.find(isImage);
  const file = fileId === undefined ? undefined : store.files.get(fileId);
  if (fileId === undefined || !file) return null;
  const ending = ENDINGS[file.metadata.mime_type] ?? 'png';
  const base = file.metadata.filename.replace(/\.[^.]*$/, '').normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40) || 'picture';
  let path = `images/${base}.${ending}`;
  for (let number = 2; taken.includes(path); number += 1) path = `images/${base}-${number}.${ending}`;
  const isNew = told.fileIds.includes(fileId) || fresh.some(({ file_id }) => file_id === fileId);
  return { fileId, isNew, art: { photo: path, alt: caption(file.metadata.filename) } };
}
