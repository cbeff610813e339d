// Cursor pages. A cursor is opaque to the client; inside it says the order and the last key seen, so that a
// list that grows between two pages neither repeats nor skips an entry.

import { invalid } from './errors.ts';

export type Order = 'asc' | 'desc';

interface Cursor {
  order: Order;
  key: number;
  back: boolean;
}

export interface Page<T> {
  data: T[];
  next_page: string | null;
}

function encode(cursor: Cursor): string {
  return `page_${Buffer.from(JSON.stringify(cursor)).toString('base64url')}`;
}

function decode(text: string): Cursor {
  try {
    const raw: unknown = JSON.parse(Buffer.from(text.replace(/^page_/, ''), 'base64url').toString());
    const { order, key, back } = raw as Cursor;
    if ((order === 'asc' || order === 'desc') && typeof key === 'number' && typeof back === 'boolean') {
      return { order, key, back };
    }
  } catch {
    // falls through to the same answer as a cursor of another shape
  }
  throw invalid('page: this cursor is not one of ours.');
}

function limitOf(query: URLSearchParams, standard: number, max: number): number {
  const raw = query.get('limit');
  if (raw === null) return standard;
  const limit = Number(raw);
  if (!Number.isInteger(limit) || limit < 1 || limit > max) throw invalid(`limit: expected 1 to ${max}.`);
  return limit;
}

export interface PageRequest {
  query: URLSearchParams;
  order: Order;
  standard: number;
  max: number;
}

/** One page of `items`. `keyOf` is unique and grows in `asc` order. Adds `prev_page` for the two-way scheme. */
export function page<T>(items: readonly T[], keyOf: (item: T) => number, request: PageRequest): Page<T> & { prev_page: string | null } {
  const limit = limitOf(request.query, request.standard, request.max);
  const token = request.query.get('page');
  const cursor = token === null ? null : decode(token);
  if (cursor && cursor.order !== request.order) throw invalid('page: this cursor belongs to the other order.');

  const ascending = [...items].sort((a, b) => keyOf(a) - keyOf(b));
  const ordered = request.order === 'asc' ? ascending : ascending.reverse();
  const isAfter = (key: number, mark: number) => (request.order === 'asc' ? key > mark : key < mark);

  let start = 0;
  let end = ordered.length;
  if (cursor?.back) {
    // A cursor that points back holds the first key of the page that it came from.
    const first = ordered.findIndex((item) => !isAfter(cursor.key, keyOf(item)));
    end = first < 0 ? ordered.length : first;
    start = Math.max(0, end - limit);
  } else if (cursor) {
    const first = ordered.findIndex((item) => isAfter(keyOf(item), cursor.key));
    start = first < 0 ? ordered.length : first;
  }
  end = Math.min(end, start + limit);
  const data = ordered.slice(start, end);
  const [first, last] = [data[0], data[data.length - 1]];
  const more = end < ordered.length;
  return {
    data,
    next_page: more && last !== undefined ? encode({ order: request.order, key: keyOf(last), back: false }) : null,
    prev_page: start > 0 && first !== undefined ? encode({ order: request.order, key: keyOf(first), back: true }) : null,
  };
}
