// What Browser Rendering's screenshot takes, as strictly as the service itself: a key that it does not know is refused.

import { isObject, type JsonObject } from './agents/checks.ts';

/** A refusal: the message names the field. */
export class Invalid extends Error {}

type Check = (value: unknown, field: string) => void;

const is = (what: string, fits: (value: unknown) => boolean): Check => (value, field) => {
  if (!fits(value)) throw new Invalid(`${field}: expected ${what}`);
};
const boolean = is('a boolean', (value) => typeof value === 'boolean');
const text = is('a string', (value) => typeof value === 'string');
const number = (from: number, to: number): Check => is(`a number from ${from} to ${to}`, (value) => typeof value === 'number' && value >= from && value <= to);
const oneOf = (...known: string[]): Check => is(`one of ${known.join(', ')}`, (value) => typeof value === 'string' && known.includes(value));
const listOf = (check: Check): Check => (value, field) => {
  if (!Array.isArray(value)) throw new Invalid(`${field}: expected an array`);
  value.forEach((one, at) => check(one, `${field}.${at}`));
};
const either = (one: Check, other: Check): Check => (value, field) => (Array.isArray(value) ? other : one)(value, field);
const object = (keys: Record<string, Check>): Check => (value, field) => {
  if (!isObject(value)) throw new Invalid(`${field}: expected an object`);
  for (const [key, one] of Object.entries(value)) {
    const check = keys[key];
    if (check === undefined) throw new Invalid(`${field === '' ? '' : `${field}.`}${key}: unrecognized key`);
    check(one, field === '' ? key : `${field}.${key}`);
  }
};
/** Known to the service, and not played here: better said than quietly ignored. */
const notHere: Check = (_value, field) => {
  throw new Invalid(`${field}: this emulator does not play it`);
};

const waitUntil = oneOf('load', 'domcontentloaded', 'networkidle0', 'networkidle2');
const resourceType = oneOf(
  'document', 'stylesheet', 'image', 'media', 'font', 'script', 'texttrack', 'xhr', 'fetch', 'prefetch', 'eventsource', 'websocket', 'manifest',
  'signedexchange', 'ping', 'cspviolationreport', 'preflight', 'other',
);

const body = object({
  url: text,
  html: text,
  viewport: object({ width: number(1, 10_000), height: number(1, 10_000), deviceScaleFactor: number(0.1, 5), isMobile: boolean, isLandscape: boolean, hasTouch: boolean }),
  screenshotOptions: object({
    type: oneOf('png', 'jpeg', 'webp'), quality: number(0, 100), fullPage: boolean, captureBeyondViewport: boolean, encoding: oneOf('binary'), clip: notHere,
    omitBackground: notHere, fromSurface: notHere, optimizeForSpeed: boolean,
  }),
  gotoOptions: object({ waitUntil: either(waitUntil, listOf(waitUntil)), timeout: number(0, 60_000), referer: notHere, referrerPolicy: notHere }),
  waitForTimeout: number(0, 120_000),
  actionTimeout: number(0, 300_000),
  bestAttempt: boolean,
  rejectResourceTypes: listOf(resourceType),
  rejectRequestPattern: listOf(text),
  selector: text,
  setJavaScriptEnabled: boolean,
  userAgent: text,
  ...Object.fromEntries(
    ['addScriptTag', 'addStyleTag', 'allowRequestPattern', 'allowResourceTypes', 'authenticate', 'cookies', 'emulateMediaType', 'scrollPage', 'setExtraHTTPHeaders', 'waitForSelector']
      .map((name) => [name, notHere]),
  ),
});

/** What a screenshot was asked for with. */
export interface Asked {
  url?: string;
  html?: string;
  viewport?: { width?: number; height?: number; deviceScaleFactor?: number };
  screenshotOptions?: { type?: 'png' | 'jpeg' | 'webp'; quality?: number; fullPage?: boolean; captureBeyondViewport?: boolean };
  gotoOptions?: { waitUntil?: string | string[]; timeout?: number };
  waitForTimeout?: number;
  bestAttempt?: boolean;
  rejectResourceTypes?: string[];
  rejectRequestPattern?: string[];
  /** The element that is pictured, instead of what is seen first. */
  selector?: string;
  setJavaScriptEnabled?: boolean;
  userAgent?: string;
}

/** Reads a request's body; throws what the service would refuse. */
export function read(json: unknown): Asked {
  if (!isObject(json)) throw new Invalid('expected an object');
  body(json as JsonObject, '');
  const asked = json as Asked;
  if ((asked.url === undefined) === (asked.html === undefined)) throw new Invalid('exactly one of url and html is required');
  const { type = 'png', quality } = asked.screenshotOptions ?? {};
  if (type === 'png' && quality !== undefined) throw new Invalid('screenshotOptions.quality: png has no quality');
  return asked;
}
