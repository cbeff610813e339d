// What a request body has to look like before anything is done with it.

import { invalid } from './errors.ts';

export type JsonObject = Record<string, unknown>;

const MAX_PAIRS = 200;
const MAX_TEXT = 64 * 1024;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function string(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') throw invalid(`${name}: a string is required`);
  if (value.length > MAX_TEXT) throw invalid(`${name} is longer than ${MAX_TEXT} characters`);
  return value;
}

export function optionalString(body: JsonObject, name: string): string | undefined {
  const value = body[name] ?? undefined;
  return value === undefined || value === '' ? undefined : string(body, name);
}

export function optionalBoolean(body: JsonObject, name: string): boolean | undefined {
  const value = body[name] ?? undefined;
  if (value !== undefined && typeof value !== 'boolean') throw invalid(`${name} must be true or false`);
  return value;
}

/** A whole number, or `standard` when there is none. */
export function integer(body: JsonObject, name: string, standard?: number): number {
  const value = body[name] ?? standard;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw invalid(`${name}: a whole number is required`);
  return value;
}

export function stringMap(body: JsonObject, name: string): Record<string, string> {
  const value = body[name] ?? {};
  if (!isObject(value) || Object.values(value).some((item) => typeof item !== 'string')) throw invalid(`${name} must be an object of strings`);
  const pairs = Object.entries(value as Record<string, string>);
  if (pairs.length > MAX_PAIRS || pairs.some(([key, item]) => key.length + item.length > MAX_TEXT)) throw invalid(`${name} is too large`);
  return Object.fromEntries(pairs);
}

export function strings(value: unknown, name: string): string[] {
  if (!Array.isArray(value) || value.length > MAX_PAIRS || !value.every((item) => typeof item === 'string')) {
    throw invalid(`${name} must be a list of strings`);
  }
  return value;
}
