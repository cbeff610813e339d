// Names for things: lower-case letters and digits, as the vendor's.

import { randomBytes, randomInt } from 'node:crypto';

export type Clock = () => number;

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

function letters(count: number): string {
  return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/** `i` and 19 more characters. */
export function newSandboxId(): string {
  return `i${letters(19)}`;
}

export function newTemplateId(): string {
  return letters(20);
}

export function newToken(): string {
  return randomBytes(24).toString('hex');
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}
