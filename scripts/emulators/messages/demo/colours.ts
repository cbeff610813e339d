// Colours by their English names, made so that text on them, or they on the page, can be read.

import { contrast, hex, readable, type Oklch } from '../../agents/demo/color.ts';

const NAMED: Readonly<Record<string, Oklch>> = {
  red: { l: 0.53, c: 0.19, h: 27 },
  orange: { l: 0.66, c: 0.16, h: 55 },
  gold: { l: 0.72, c: 0.13, h: 85 },
  yellow: { l: 0.85, c: 0.15, h: 98 },
  green: { l: 0.52, c: 0.13, h: 150 },
  teal: { l: 0.52, c: 0.09, h: 190 },
  turquoise: { l: 0.68, c: 0.11, h: 190 },
  blue: { l: 0.5, c: 0.17, h: 258 },
  navy: { l: 0.32, c: 0.1, h: 262 },
  purple: { l: 0.47, c: 0.18, h: 300 },
  violet: { l: 0.5, c: 0.18, h: 295 },
  pink: { l: 0.65, c: 0.18, h: 358 },
  brown: { l: 0.43, c: 0.08, h: 50 },
  beige: { l: 0.91, c: 0.03, h: 85 },
  cream: { l: 0.97, c: 0.02, h: 90 },
  black: { l: 0.18, c: 0, h: 0 },
  white: { l: 1, c: 0, h: 0 },
  grey: { l: 0.55, c: 0, h: 0 },
};
const PATTERN = new RegExp(`\\b((?:dark|deep|light|pale|bright|soft)(?:er)?)?[ -]?(${Object.keys(NAMED).join('|')}|gray)\\b|(#[0-9a-f]{6}|#[0-9a-f]{3})\\b`, 'i');

/** A colour that was asked for. */
export interface Colour {
  /** As it was said. */
  word: string;
  wanted: Oklch | string;
}

/** The colour named in a text, if one is. */
export function colourIn(text: string): Colour | null {
  const match = PATTERN.exec(text);
  if (!match) return null;
  const [word, shade = '', name, code] = match;
  if (code !== undefined) return { word: code, wanted: code.length === 4 ? `#${[...code.slice(1)].map((digit) => digit + digit).join('')}` : code.toLowerCase() };
  const base = NAMED[(name ?? '').toLowerCase().replace('gray', 'grey')];
  if (!base) return null;
  const kind = shade.toLowerCase().replace(/er$/, '');
  const l = kind === 'dark' || kind === 'deep' ? base.l * 0.68 : kind === 'light' || kind === 'pale' || kind === 'soft' ? base.l + (1 - base.l) * 0.6 : base.l;
  return { word: word.trim().toLowerCase(), wanted: { l, c: kind === 'light' || kind === 'pale' || kind === 'soft' ? base.c * 0.55 : base.c, h: base.h } };
}

/** As `#rrggbb`, exactly as asked for. */
export const exact = ({ wanted }: Colour): string => (typeof wanted === 'string' ? wanted : hex(wanted));

/** As `#rrggbb`, moved until it stands out from `against` as much as text must. */
export function standingOut({ wanted }: Colour, against: string): string {
  return typeof wanted === 'string' ? wanted : readable(wanted, [against], 4.5);
}

/** The same colour for a button that is pointed at. */
export const darker = ({ word, wanted }: Colour): Colour => ({ word, wanted: typeof wanted === 'string' ? wanted : { ...wanted, l: wanted.l * 0.85 } });

/** Black or white, whichever is easier to read on a colour. */
export const textOn = (ground: string): string => (contrast(ground, '#ffffff') >= contrast(ground, '#111111') ? '#ffffff' : '#111111');

/** `#rrggbb` of a plain CSS colour; null for what needs more than a look. */
export function plainHex(value: string): string | null {
  const text = value.trim().toLowerCase();
  if (/^#[0-9a-f]{6}$/.test(text)) return text;
  if (/^#[0-9a-f]{3}$/.test(text)) return `#${[...text.slice(1)].map((digit) => digit + digit).join('')}`;
  return { white: '#ffffff', black: '#000000' }[text] ?? null;
}
