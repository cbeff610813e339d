// Pictures for a page: a motif in front of a backdrop, as inline SVG. The same motif and number always give
// the same picture. There are no ids inside, so any number of them can stand on one page.

import { trusted, type Markup } from './html.ts';
import { MOTIFS, type Motif } from './motifs.ts';

const WIDTH = 640;

/** Backdrops for a picture of that height. */
const BACKDROPS: readonly ((height: number) => string)[] = [
  (h) => `<circle class="paper" cx="320" cy="${h * 0.48}" r="${h * 0.38}"/><circle class="c" cx="96" cy="${h * 0.2}" r="40"/><path class="b" d="M0 ${h * 0.82}C160 ${h * 0.7} 300 ${h * 0.92} 640 ${h * 0.76}V${h}H0z"/>`,
  (h) => `<path class="paper" d="M150 ${h}V${h * 0.45}a170 170 0 0 1 340 0V${h}z"/><path class="c" d="M0 ${h * 0.88}h640v${h * 0.12}H0z"/>`,
  (h) => `<circle class="paper" cx="118" cy="${h * 0.24}" r="64"/><circle class="c" cx="540" cy="${h * 0.3}" r="96"/><circle class="b" cx="560" cy="${h * 0.86}" r="120"/><circle class="c" cx="60" cy="${h * 0.92}" r="90"/>`,
  (h) => `<path class="paper" d="M0 ${h * 0.62}C130 ${h * 0.46} 250 ${h * 0.54} 350 ${h * 0.62}S560 ${h * 0.72} 640 ${h * 0.54}V${h}H0z"/><path class="b" d="M0 ${h * 0.84}C180 ${h * 0.72} 420 ${h * 0.98} 640 ${h * 0.8}V${h}H0z"/><circle class="c" cx="520" cy="${h * 0.22}" r="48"/>`,
  (h) => `<path class="c" d="M0 0h320v${h}H0z"/><circle class="paper" cx="320" cy="${h / 2}" r="${h * 0.38}"/>`,
  (h) => `<rect class="paper" x="60" y="${h * 0.1}" width="520" height="${h * 0.8}" rx="${h * 0.4}"/><circle class="b" cx="92" cy="${h * 0.16}" r="20"/><circle class="c" cx="560" cy="${h * 0.86}" r="34"/>`,
];

/** A picture of `motif`. `number` picks backdrop, size and lean; `shape` is a wide or a square picture. */
export function picture(motif: Motif, number: number, shape: 'wide' | 'square' = 'wide'): Markup {
  const height = shape === 'wide' ? 480 : 560;
  const backdrop = BACKDROPS[((number % BACKDROPS.length) + BACKDROPS.length) % BACKDROPS.length] ?? (() => '');
  const scale = 1.55 + ((number * 7) % 4) * 0.1;
  const lean = ((number * 5) % 3) - 1;
  const x = WIDTH / 2 - 100 * scale;
  const y = height * 0.54 - 100 * scale;
  const turn = lean === 0 ? '' : ` rotate(${lean * 4} 100 100)`;
  const { art, label } = MOTIFS[motif];
  return trusted(
    `<svg class="art" viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="xMidYMid slice" role="img" aria-label="Drawing of ${label}">`
      + `<path class="ground" d="M0 0h${WIDTH}v${height}H0z"/>${backdrop(height)}`
      + `<g transform="translate(${Math.round(x)} ${Math.round(y)}) scale(${scale.toFixed(2)})${turn}">${art}</g></svg>`,
  );
}

/** The site's icon: its first letter. Its colours stay, so that a new palette does not touch it. */
export function favicon(letter: string): string {
  const safe = /^[\p{L}\p{N}]$/u.test(letter) ? letter.toUpperCase() : '•';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><style>.g{fill:#2c2018}.l{fill:#f5efe6}@media (prefers-color-scheme:dark){.g{fill:#f5efe6}.l{fill:#2c2018}}</style><rect class="g" width="64" height="64" rx="16"/><text class="l" x="32" y="45" font-family="Georgia,serif" font-size="38" font-weight="700" text-anchor="middle">${safe}</text></svg>\n`;
}
