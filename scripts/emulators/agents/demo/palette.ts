// The colours of a site. A palette is a hue, how much colour it carries, a second hue for the drawings, and how
// dark the page is; the two colour schemes are computed from that and are readable whatever it says.

import { hex, readable } from './color.ts';

export interface Palette {
  /** The word for it, as a person said it. */
  name: string;
  hue: number;
  /** 0 grey, 1 as usual. */
  strength: number;
  /** The hue that the drawings are answered with. */
  second: number;
  /** -2 very dark in both schemes, -1 dark in both, 0 follows the visitor's device, 1 lighter. */
  tone: -2 | -1 | 0 | 1;
}

interface Hue {
  hue: number;
  strength?: number;
  second?: number;
  words: string[];
}

const HUES: Readonly<Record<string, Hue>> = {
  coral: { hue: 33, second: 160, words: ['coral', 'salmon', 'peach'] },
  red: { hue: 24, second: 75, words: ['red', 'scarlet', 'crimson', 'cherry'] },
  wine: { hue: 12, second: 60, strength: 0.8, words: ['wine', 'burgundy', 'maroon', 'bordeaux'] },
  orange: { hue: 55, second: 200, words: ['orange', 'apricot', 'tangerine', 'pumpkin'] },
  honey: { hue: 78, second: 35, words: ['honey', 'yellow', 'gold', 'golden', 'amber', 'mustard', 'sunny', 'lemon'] },
  olive: { hue: 115, second: 60, strength: 0.7, words: ['olive', 'lime'] },
  green: { hue: 150, second: 75, words: ['green', 'emerald', 'forest', 'grass'] },
  sage: { hue: 155, second: 40, strength: 0.45, words: ['sage', 'moss', 'mint'] },
  teal: { hue: 192, second: 45, words: ['teal', 'turquoise', 'aqua', 'cyan', 'petrol'] },
  blue: { hue: 250, second: 65, words: ['blue', 'azure', 'sky', 'ocean', 'sea'] },
  navy: { hue: 264, second: 80, strength: 0.75, words: ['navy', 'indigo', 'midnight'] },
  purple: { hue: 298, second: 20, words: ['purple', 'violet', 'plum', 'aubergine'] },
  lavender: { hue: 295, second: 340, strength: 0.6, words: ['lavender', 'lilac'] },
  pink: { hue: 355, second: 300, words: ['pink', 'rose', 'magenta', 'fuchsia', 'blush'] },
  cocoa: { hue: 52, second: 90, strength: 0.5, words: ['cocoa', 'brown', 'chocolate', 'coffee', 'tan', 'terracotta', 'caramel'] },
  cream: { hue: 82, second: 40, strength: 0.35, words: ['cream', 'beige', 'sand', 'ivory'] },
  graphite: { hue: 260, second: 30, strength: 0.06, words: ['graphite', 'grey', 'gray', 'black', 'white', 'monochrome', 'black-and-white', 'silver'] },
};

export type PaletteName = keyof typeof HUES;

/** Every palette there is; the tests measure each. */
export const PALETTE_NAMES: readonly PaletteName[] = Object.keys(HUES);

/** The palette of that name; `word` is what the person called it. */
export function palette(name: PaletteName, tone: Palette['tone'] = 0, word: string = name): Palette {
  const { hue, strength = 1, second = hue + 120 } = HUES[name] ?? { hue: 33, words: [] };
  return { name: word, hue, strength, second, tone };
}

/** The palette whose colour a text names first, if it names one. */
export function paletteIn(text: string): { name: PaletteName; word: string } | null {
  const words = text.toLowerCase().match(/[a-z][a-z-]*/g) ?? [];
  for (const word of words) {
    const hit = Object.entries(HUES).find(([, { words: names }]) => names.includes(word) || names.some((name) => word === `${name}ish`));
    if (hit) return { name: hit[0], word };
  }
  return null;
}

export interface Scheme {
  bg: string;
  surface: string;
  tint: string;
  line: string;
  text: string;
  muted: string;
  accent: string;
  onAccent: string;
  /** For drawings: ground, three fills, ink and paper. */
  ground: string;
  a: string;
  b: string;
  c: string;
  ink: string;
  paper: string;
}

const READABLE = 4.6;

/** The colours of one scheme. */
export function scheme(of: Palette, dark: boolean): Scheme {
  const { hue: h, strength: s, second } = of;
  const deep = of.tone === -2 ? 0.05 : 0;
  const light = of.tone === 1 ? 0.012 : 0;
  const bg = hex(dark ? { l: 0.2 - deep, c: 0.02 * s, h } : { l: 0.972 + light, c: 0.014 * s, h });
  const surface = hex(dark ? { l: 0.245 - deep, c: 0.024 * s, h } : { l: 0.995, c: 0.004 * s, h });
  const tint = hex(dark ? { l: 0.3 - deep, c: 0.05 * s, h } : { l: 0.925 + light, c: 0.045 * s, h });
  const grounds = [bg, surface, tint];
  const accent = readable(dark ? { l: 0.78, c: 0.13 * s, h } : { l: 0.53, c: 0.17 * s, h }, grounds, READABLE);
  return {
    bg,
    surface,
    tint,
    line: hex(dark ? { l: 0.38 - deep, c: 0.03 * s, h } : { l: 0.87, c: 0.025 * s, h }),
    text: readable(dark ? { l: 0.95, c: 0.01 * s, h } : { l: 0.26, c: 0.035 * s, h }, grounds, 7),
    muted: readable(dark ? { l: 0.78, c: 0.02 * s, h } : { l: 0.46, c: 0.03 * s, h }, grounds, READABLE),
    accent,
    onAccent: readable(dark ? { l: 0.2, c: 0.03 * s, h } : { l: 0.99, c: 0.005 * s, h }, [accent], READABLE),
    ground: hex(dark ? { l: 0.33, c: 0.06 * s, h } : { l: 0.885, c: 0.065 * s, h }),
    a: hex(dark ? { l: 0.66, c: 0.13 * s, h } : { l: 0.7, c: 0.15 * s, h }),
    b: hex(dark ? { l: 0.6, c: 0.12 * s, h: second } : { l: 0.62, c: 0.13 * s, h: second }),
    c: hex(dark ? { l: 0.78, c: 0.1 * s, h: second } : { l: 0.82, c: 0.1 * s, h: second }),
    ink: hex(dark ? { l: 0.2, c: 0.03 * s, h } : { l: 0.31, c: 0.05 * s, h }),
    paper: hex(dark ? { l: 0.93, c: 0.02 * s, h } : { l: 0.985, c: 0.012 * s, h }),
  };
}
