// Reading what arrives without trusting its shape. Types are given here, at the border, and nowhere else.

export type Json = Record<string, unknown>;

/** An object, or null. */
export function object(value: unknown): Json | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

/** The text under a key; anything else is the fallback. */
export function text(from: Json, key: string, fallback = ""): string {
  const value = from[key];
  return typeof value === "string" ? value : fallback;
}

/** The number under a key, or null. */
export function number(from: Json, key: string): number | null {
  const value = from[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The list under a key, read item by item; items that cannot be read are left out. */
export function list<T>(from: Json, key: string, read: (item: unknown) => T | null): T[] {
  const value = from[key];
  if (!Array.isArray(value)) return [];
  return value.map(read).filter((item): item is T => item !== null);
}

/** One of the words, or null. */
export function oneOf<const T extends string>(value: unknown, words: readonly T[]): T | null {
  return words.find((word) => word === value) ?? null;
}
