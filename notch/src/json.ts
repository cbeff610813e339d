// Reading what arrives without trusting its shape. Types are given here, at the border, and nowhere else.

import type { components } from "./wire.gen.ts";

export type Json = Record<string, unknown>;

/** A shape by its name in the document of the API, from which its type is made (`scripts/types.ts`). */
export type Wire<Name extends keyof components["schemas"]> = components["schemas"][Name];

type KeysOf<T> = T extends unknown ? keyof T : never;

/** What says that it is a `T`: the keys are those of the document, what is under them is still to be looked at. */
export type Claimed<T> = { readonly [Key in KeysOf<T>]?: unknown };

/** An object, or null. */
export function object<T = Json>(value: unknown): Claimed<T> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Claimed<T>) : null;
}

/** The text under a key; anything else is the fallback. */
export function text<Key extends string>(from: { readonly [key in Key]?: unknown }, key: Key, fallback = ""): string {
  const value = from[key];
  return typeof value === "string" ? value : fallback;
}

/** The texts under several keys; anything else is empty. */
export function texts<Key extends string>(from: { readonly [key in Key]?: unknown }, ...keys: Key[]): Record<Key, string> {
  return Object.fromEntries(keys.map((key) => [key, text(from, key)])) as Record<Key, string>;
}

/** The number under a key, or null. */
export function number<Key extends string>(from: { readonly [key in Key]?: unknown }, key: Key): number | null {
  const value = from[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The list under a key, read item by item; items that cannot be read are left out. */
export function list<T, Key extends string>(
  from: { readonly [key in Key]?: unknown },
  key: Key,
  read: (item: unknown) => T | null,
): T[] {
  const value = from[key];
  if (!Array.isArray(value)) return [];
  return value.map(read).filter((item): item is T => item !== null);
}

/** One of the words, or null. */
export function oneOf<const T extends string>(value: unknown, words: readonly T[]): T | null {
  return words.find((word) => word === value) ?? null;
}
