// What a site is, before it is HTML. The model is published with the site as `site.json`, so that whoever
// changes the site next starts from what is live.

import { isObject } from '../checks.ts';
import { MOTIFS, type Motif } from './motifs.ts';
import type { Palette } from './palette.ts';

export const FORMAT = 'vetka-demo-site/1';
export const MOODS = ['warm', 'clean', 'playful', 'bold', 'elegant'] as const;
export const LAYOUTS = ['split', 'stack', 'poster'] as const;

export type Mood = (typeof MOODS)[number];
export type Layout = (typeof LAYOUTS)[number];

/** A drawing, or a picture that the person gave. */
export type Art = { motif: Motif; number: number } | { photo: string; alt: string };

export interface Item {
  name: string;
  detail: string;
  price: string | null;
}

export type Section =
  | { type: 'text'; id: string; heading: string; paragraphs: string[]; art: Art | null }
  | { type: 'cards'; id: string; heading: string; items: { title: string; text: string }[] }
  | { type: 'gallery'; id: string; heading: string; items: { art: Art; caption: string }[] }
  | { type: 'list'; id: string; heading: string; items: Item[] }
  | { type: 'hours'; id: string; heading: string; rows: { days: string; hours: string }[] }
  | { type: 'quote'; id: string; heading: string; text: string; by: string }
  | { type: 'posts'; id: string; heading: string; items: { title: string; text: string }[] }
  | { type: 'contact'; id: string; heading: string; text: string };

export type SectionType = Section['type'];

export interface Page {
  /** `index` for the first page; else the file's name without `.html`. */
  slug: string;
  /** Its word in the navigation. */
  title: string;
  kicker: string;
  headline: string;
  lead: string;
  art: Art;
  sections: Section[];
}

export interface SiteModel {
  format: typeof FORMAT;
  name: string;
  kind: string;
  description: string;
  palette: Palette;
  mood: Mood;
  layout: Layout;
  pages: Page[];
  contact: { email: string | null; phone: string | null; address: string | null };
  /** Pictures that the person gave, by their path in the site. */
  photos: { path: string; alt: string }[];
}

type Shape = (value: unknown) => boolean;

const isText: Shape = (value) => typeof value === 'string';
const isTextOrNull: Shape = (value) => value === null || typeof value === 'string';
const isNumber: Shape = (value) => typeof value === 'number' && Number.isFinite(value);
const oneOf = (options: readonly unknown[]): Shape => (value) => options.includes(value);
const listOf = (shape: Shape): Shape => (value) => Array.isArray(value) && value.every(shape);
const shaped = (fields: Record<string, Shape>): Shape => (value) => isObject(value) && Object.entries(fields).every(([key, shape]) => shape(value[key]));
const either = (...shapes: Shape[]): Shape => (value) => shapes.some((shape) => shape(value));

const isArt = either(
  shaped({ motif: oneOf(Object.keys(MOTIFS)), number: isNumber }),
  shaped({ photo: (value) => typeof value === 'string' && /^images\/[a-z0-9.-]+$/.test(value), alt: isText }),
);
const section = (type: SectionType, fields: Record<string, Shape>): Shape => shaped({ type: oneOf([type]), id: isText, heading: isText, ...fields });
const isSection = either(
  section('text', { paragraphs: listOf(isText), art: either(isArt, oneOf([null])) }),
  section('cards', { items: listOf(shaped({ title: isText, text: isText })) }),
  section('gallery', { items: listOf(shaped({ art: isArt, caption: isText })) }),
  section('list', { items: listOf(shaped({ name: isText, detail: isText, price: isTextOrNull })) }),
  section('hours', { rows: listOf(shaped({ days: isText, hours: isText })) }),
  section('quote', { text: isText, by: isText }),
  section('posts', { items: listOf(shaped({ title: isText, text: isText })) }),
  section('contact', { text: isText }),
);
const isModel = shaped({
  format: oneOf([FORMAT]),
  name: isText,
  kind: isText,
  description: isText,
  palette: shaped({ name: isText, hue: isNumber, strength: isNumber, second: isNumber, tone: oneOf([-2, -1, 0, 1]) }),
  mood: oneOf(MOODS),
  layout: oneOf(LAYOUTS),
  pages: (value) => listOf(shaped({
    slug: (slug) => typeof slug === 'string' && /^[a-z0-9-]+$/.test(slug),
    title: isText, kicker: isText, headline: isText, lead: isText, art: isArt, sections: listOf(isSection),
  }))(value) && (value as Page[])[0]?.slug === 'index',
  contact: shaped({ email: isTextOrNull, phone: isTextOrNull, address: isTextOrNull }),
  photos: listOf(shaped({ path: isText, alt: isText })),
});

/** The model in a `site.json`, or null when it is none of ours. */
export function parseModel(text: string): SiteModel | null {
  try {
    const value: unknown = JSON.parse(text);
    return isModel(value) ? (value as SiteModel) : null;
  } catch {
    return null;
  }
}

export function writeModel(model: SiteModel): string {
  return `${JSON.stringify(model, null, 2)}\n`;
}

/** The first page; a model always has one. */
export function home(model: SiteModel): Page {
  const page = model.pages[0];
  if (!page) throw new Error('a site has a first page');
  return page;
}

/** A path or anchor for a text: `Opening hours` becomes `opening-hours`. Never empty, never one of `taken`. */
export function slugFor(text: string, taken: readonly string[]): string {
  const base = text.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40).replace(/-+$/, '') || 'page';
  if (!taken.includes(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.includes(`${base}-${number}`)) return `${base}-${number}`;
}
