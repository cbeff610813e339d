// Reading the fields of a body. A value of the wrong kind is refused as GitHub's schema does it.

import type { JsonObject } from '../agents/checks.ts';
import { unprocessable } from './errors.ts';

const wrongType = (field: string, value: unknown, what: string): Error => unprocessable(`Invalid request.\n\nFor 'properties/${field}', ${JSON.stringify(value)?.slice(0, 100) ?? 'nothing'} is not ${what}.`);

export function optionalText(body: JsonObject, field: string, max = 1_000_000): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(field, value, 'a string');
  if (value.length > max) throw unprocessable(`Invalid request.\n\n'properties/${field}' is too long (maximum is ${max} characters).`);
  return value;
}

export function text(body: JsonObject, field: string, max?: number): string {
  const value = optionalText(body, field, max);
  if (value === undefined) throw unprocessable(`Invalid request.\n\n"${field}" wasn't supplied.`);
  return value;
}

export function optionalFlag(body: JsonObject, field: string): boolean | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw wrongType(field, value, 'a boolean');
  return value;
}

export function oneOf<T extends string>(value: string | undefined, allowed: readonly T[], field: string): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((entry) => entry === value);
  if (found === undefined) throw unprocessable(`Invalid request.\n\nFor 'properties/${field}', ${JSON.stringify(value.slice(0, 100))} is not a member of ${JSON.stringify(allowed)}.`);
  return found;
}
