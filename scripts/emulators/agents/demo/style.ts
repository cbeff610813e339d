// The stylesheet: colours of the palette, type and shapes of the mood, the arrangement of the first screen.
// Everything that a wish about looks can change is in this one file.

import type { Layout, Mood, SiteModel } from './model.ts';
import { scheme, type Palette, type Scheme } from './palette.ts';

function variables(colors: Scheme): string {
  return Object.entries(colors)
    .map(([name, value]) => `  --${name === 'onAccent' ? 'on-accent' : name}: ${value as string};`)
    .join('\n');
}

function colors(palette: Palette): string {
  if (palette.tone < 0) return `:root {\n  color-scheme: dark;\n${variables(scheme(palette, true))}\n}`;
  const dark = variables(scheme(palette, true)).replace(/^/gm, '  ');
  return `:root {\n  color-scheme: light dark;\n${variables(scheme(palette, false))}\n}\n@media (prefers-color-scheme: dark) {\n  :root {\n${dark}\n  }\n}`;
}

const SERIF = '"Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif';
const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';
const ROUND = 'ui-rounded, "SF Pro Rounded", "Hiragino Maru Gothic ProN", "Varela Round", Quicksand, "Trebuchet MS", sans-serif';
const DIDONE = 'Didot, "Bodoni 72", "Bodoni MT", "Playfair Display", "Times New Roman", serif';

const MOOD: Readonly<Record<Mood, string>> = {
  warm: `:root {
  --display: ${SERIF};
  --body: ${SANS};
  --weight: 700;
  --tracking: -0.015em;
  --radius: 1.25rem;
  --pill: 999px;
  --edge: 1px;
}`,
  clean: `:root {
  --display: ${SANS};
  --body: ${SANS};
  --weight: 750;
  --tracking: -0.03em;
  --radius: 0.75rem;
  --pill: 0.6rem;
  --edge: 1px;
}`,
  playful: `:root {
  --display: ${ROUND};
  --body: ${ROUND};
  --weight: 800;
  --tracking: -0.01em;
  --radius: 2.25rem;
  --pill: 999px;
  --edge: 3px;
}
.hero-home { background-image: radial-gradient(circle at 92% 0, var(--tint) 0 24rem, transparent 24.1rem), radial-gradient(circle at 4% 108%, var(--tint) 0 15rem, transparent 15.1rem); }
.stage { rotate: 2deg; }
.cards li:nth-child(odd), .gallery figure:nth-child(odd) { rotate: -1deg; }
.cards li:nth-child(even), .gallery figure:nth-child(even) { rotate: 1deg; }
.kicker { display: inline-block; padding: 0.2em 1em; border-radius: 999px; background: var(--tint); }`,
  bold: `:root {
  --display: "Arial Black", "Helvetica Neue", Impact, ${SANS};
  --body: ${SANS};
  --weight: 900;
  --tracking: -0.04em;
  --radius: 0;
  --pill: 0;
  --edge: 3px;
}
h1 { text-transform: uppercase; line-height: 0.98; }
.top { border-bottom: var(--edge) solid var(--text); }
.stage, .gallery .art, .gallery .photo, .side { border: var(--edge) solid var(--text); }`,
  elegant: `:root {
  --display: ${DIDONE};
  --body: ${SERIF};
  --weight: 400;
  --tracking: 0;
  --radius: 0.2rem;
  --pill: 0;
  --edge: 1px;
}
.kicker, nav a, .button, .bottom .sign { letter-spacing: 0.12em; text-transform: uppercase; font-size: 0.82rem; }
h2::after { content: ""; display: block; width: 3rem; margin-top: 0.7rem; border-top: 1px solid var(--accent); }`,
};

const LAYOUT: Readonly<Record<Layout, string>> = {
  split: `@media (min-width: 52rem) {
  .hero .inner { grid-template-columns: minmax(0, 1.05fr) minmax(0, 1fr); align-items: center; }
  .hero-page .inner { grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr); }
}`,
  stack: `.hero .words { text-align: center; margin-inline: auto; }
.hero .lead { margin-inline: auto; }
.actions { justify-content: center; }
.hero-home .art, .hero-home .photo { aspect-ratio: 16 / 8; }
.hero-home .stage { width: 100%; }
.hero-page .stage { max-width: 26rem; margin-inline: auto; }`,
  poster: `@media (min-width: 52rem) {
  .hero .inner { grid-template-columns: repeat(12, minmax(0, 1fr)); align-items: end; }
  .hero .stage { grid-column: 5 / -1; grid-row: 1; }
  .hero .words { grid-column: 1 / 7; grid-row: 1; z-index: 1; padding: 2.5rem; margin-bottom: 2rem; background: var(--surface); border: var(--edge) solid var(--line); border-radius: var(--radius); }
  .hero .words h1 { font-size: clamp(2.2rem, 1.2rem + 2.6vw, 3.4rem); }
  .hero-page .stage { grid-column: 6 / -1; }
}`,
};

const BASE = `*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--bg); color: var(--text); font: 1.0625rem/1.65 var(--body); overflow-wrap: break-word; }
h1, h2, h3, p, figure, ul, blockquote { margin: 0; }
ul { padding: 0; list-style: none; }
h1, h2, h3, .brand, .sign { font-family: var(--display); font-weight: var(--weight); letter-spacing: var(--tracking); line-height: 1.12; text-wrap: balance; }
h1 { font-size: clamp(2.4rem, 1.5rem + 4.2vw, 4.4rem); }
h2 { font-size: clamp(1.7rem, 1.3rem + 1.6vw, 2.5rem); }
h3 { font-size: 1.2rem; }
a { color: var(--accent); text-underline-offset: 0.18em; text-decoration-thickness: 0.08em; }
a:hover { text-decoration-thickness: 0.16em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 0.2rem; }
.inner { width: min(100% - 2.5rem, 70rem); margin-inline: auto; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: 0.6rem 1rem; background: var(--accent); color: var(--on-accent); z-index: 2; }
.skip:focus { top: 1rem; }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top .inner { display: flex; flex-wrap: wrap; gap: 0.4rem 2rem; align-items: center; justify-content: space-between; padding-block: 1.1rem; }
.brand { color: var(--text); font-size: 1.3rem; text-decoration: none; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.1rem 1.4rem; }
nav a { display: inline-block; padding-block: 0.4rem; color: var(--text); text-decoration: none; border-bottom: 2px solid transparent; }
nav a:hover, nav a[aria-current] { border-color: var(--accent); }

.hero { background-color: var(--bg); }
.hero .inner { display: grid; gap: clamp(1.8rem, 4vw, 4rem); padding-block: clamp(2rem, 5vw, 4.5rem) clamp(2rem, 4vw, 3.5rem); }
.words { max-width: 44rem; }
.kicker { color: var(--accent); font-weight: 600; margin-bottom: 0.9rem; }
.lead { margin-top: 1.2rem; max-width: 36rem; font-size: clamp(1.1rem, 1rem + 0.5vw, 1.35rem); color: var(--muted); text-wrap: pretty; }
.actions { display: flex; flex-wrap: wrap; gap: 0.8rem; margin-top: 2rem; }
.button { padding: 0.75rem 1.5rem; border: 2px solid var(--accent); border-radius: var(--pill); background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; }
.button.second { background: transparent; color: var(--accent); }
.button:hover { box-shadow: 0 0 0 4px var(--tint); }
.stage { overflow: hidden; border-radius: calc(var(--radius) * 1.4); }
.art, .photo { display: block; width: 100%; height: auto; }
.photo { aspect-ratio: 4 / 3; object-fit: cover; }

.ground { fill: var(--ground); }
.art .a { fill: var(--a); }
.art .b { fill: var(--b); }
.art .c { fill: var(--c); }
.art .ink { fill: var(--ink); }
.art .paper { fill: var(--paper); }
.art .line, .art .light, .art .ring-a, .art .ring-b { fill: none; stroke: var(--ink); stroke-width: 6; stroke-linecap: round; stroke-linejoin: round; }
.art .light { stroke: var(--paper); }
.art .ring-a { stroke: var(--a); stroke-width: 12; }
.art .ring-b { stroke: var(--b); stroke-width: 12; }

.band { padding-block: clamp(2.8rem, 6vw, 5.5rem); }
.band:nth-of-type(even) { background: var(--surface); }
.band h2 { margin-bottom: clamp(1.4rem, 3vw, 2.4rem); }
.prose { display: grid; gap: 1rem; max-width: 40rem; font-size: 1.125rem; text-wrap: pretty; }
.side { overflow: hidden; border-radius: var(--radius); margin-top: 2rem; max-width: 30rem; }
.cards { display: grid; gap: 1.2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); }
.cards li { padding: 1.6rem; border-radius: var(--radius); background: var(--tint); }
.cards p { margin-top: 0.5rem; }
.gallery .gallery { display: grid; gap: 1.6rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
.gallery .gallery:has(> :nth-child(4):last-child) { grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); }
.gallery .art, .gallery .photo { border-radius: var(--radius); aspect-ratio: 8 / 7; object-fit: cover; }
figcaption { margin-top: 0.7rem; color: var(--muted); }
.rows { display: grid; column-gap: 3rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.rows li { display: flex; gap: 1.5rem; justify-content: space-between; align-items: baseline; padding-block: 1.1rem; border-top: var(--edge) solid var(--line); }
.rows div p { color: var(--muted); margin-top: 0.2rem; }
.price { color: var(--accent); font-weight: 700; white-space: nowrap; font-variant-numeric: tabular-nums; }
table.hours { width: min(100%, 34rem); border-collapse: collapse; font-size: 1.125rem; }
table.hours th, table.hours td { padding: 0.8rem 0; border-bottom: var(--edge) solid var(--line); text-align: left; font-weight: 400; }
table.hours td { text-align: right; font-weight: 600; font-variant-numeric: tabular-nums; }
.band.quote { background: var(--tint); }
.band.quote h2 { color: var(--muted); font: 600 1rem/1.4 var(--body); letter-spacing: 0; }
.quote blockquote { max-width: 46rem; font: var(--weight) clamp(1.4rem, 1.1rem + 1.6vw, 2.2rem)/1.3 var(--display); text-wrap: balance; }
.posts .posts { display: grid; gap: 2rem; max-width: 44rem; }
.posts article { padding-top: 1.6rem; border-top: var(--edge) solid var(--line); }
.posts article p { margin-top: 0.5rem; color: var(--muted); }
address { display: grid; gap: 0.5rem; margin-top: 1.4rem; font-style: normal; font-size: 1.125rem; }
address span { display: inline-block; min-width: 5.5rem; color: var(--muted); }

.bottom { border-top: var(--edge) solid var(--line); }
.bottom .inner { display: flex; flex-wrap: wrap; gap: 0.8rem 3rem; justify-content: space-between; padding-block: 2.2rem; }
.facts { display: flex; flex-wrap: wrap; gap: 0.2rem 1.6rem; color: var(--muted); }

@media (min-width: 60rem) {
  .band.text .inner:has(.side) { display: grid; grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr); grid-template-rows: auto 1fr; column-gap: 4rem; }
  .band.text .inner:has(.side) h2 { grid-column: 1; }
  .band.text .side { grid-column: 2; grid-row: 1 / span 2; margin-top: 0; align-self: center; }
}
@media (prefers-reduced-motion: reduce) {
  html { scroll-behavior: auto; }
}
@media print {
  .top nav, .actions, .skip { display: none; }
}
`;

/** The whole stylesheet of a site. */
export function stylesheet({ palette, mood, layout }: SiteModel): string {
  return [colors(palette), BASE, MOOD[mood], LAYOUT[layout], ''].join('\n\n').replace(/\n{3,}/g, '\n\n');
}
