// Small checks for JSON that came over the wire. Each throws the 400 that names the field.

import { invalid } from './errors.ts';

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function object(value: unknown, field: string): JsonObject {
  if (!isObject(value)) throw invalid(`${field}: expected an object.`);
  return value;
}

export function list(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) throw invalid(`${field}: expected an array.`);
  return value as unknown[];
}

export function text(value: unknown, field: string, bounds: { min?: number; max?: number } = {}): string {
  if (typeof value !== 'string') throw invalid(`${field}: expected a string.`);
  const { min = 1, max = 1_000_000 } = bounds;
  if (value.length < min || value.length > max) throw invalid(`${field}: expected ${min} to ${max} characters.`);
  return value;
}

/** A map of text to text; `null` (and, where asked, `''`) deletes a key in an update. */
export function metadataPatch(value: unknown, field = 'metadata'): Record<string, string | null> {
  const patch: Record<string, string | null> = {};
  for (const [key, entry] of Object.entries(object(value, field))) {
    if (key.length > 64) throw invalid(`${field}: keys have at most 64 characters.`, 'invalid_metadata');
    if (entry === null) patch[key] = null;
    else if (typeof entry === 'string' && entry.length <= 512) patch[key] = entry;
    else throw invalid(`${field}.${key}: expected at most 512 characters of text.`, 'invalid_metadata');
  }
  return patch;
}

/** Applies a patch; at most 16 pairs may be left. */
export function patched(base: Record<string, string>, patch: Record<string, string | null>): Record<string, string> {
  const result = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = value;
  }
  if (Object.keys(result).length > 16) throw invalid('metadata: at most 16 pairs.', 'invalid_metadata');
  return result;
}

/** The metadata of something new: a patch of nothing. */
export function metadata(value: unknown): Record<string, string> {
  return value === undefined || value === null ? {} : patched({}, metadataPatch(value));
}
