// Colours and sizes, where the stylesheet says them: in a rule's declaration, or in the custom property that it names.
// What no rule says yet is said by a new one.

import { colourIn, darker, exact, plainHex, standingOut, textOn, type Colour } from '../colours.ts';
import { declarations, endOfStyles, rules, variableIn, type Declaration, type Rule } from '../css.ts';
import type { Plan } from '../hands.ts';
import { couldNotChange, outOfBounds } from '../say.ts';
import type { Target } from '../wishes.ts';
import { STYLES, type Source, type Splice, type Workshop } from '../workshop.ts';
import type { Outcome } from './outcome.ts';
import { byLikelihood } from './pages.ts';

interface Part {
  /** What people call it. */
  called: string;
  /** Selectors of the rules that draw it. */
  selectors: RegExp;
  /** The property that has its colour. */
  property: 'background' | 'color';
  /** Words in the names of custom properties that are for it alone. */
  variables: RegExp;
  /** The selector of a new rule. */
  own: string;
}

const END = '(?=$|[\\s,:>+~\\[])';
const selector = (names: string): RegExp => new RegExp(`(?:^|[\\s,>+~])(?:[a-z]+)?(?:${names})${END}`, 'i');

const PARTS: Readonly<Record<Exclude<Target, 'accent'>, Part>> = {
  buttons: { called: 'the buttons', selectors: selector('(?<![\\w-])button|\\.(?:btn|button|cta)(?:[-_]+[\\w-]+)?'), property: 'background', variables: /btn|button|cta/i, own: 'button, .button, .btn' },
  background: { called: 'the background', selectors: selector('(?<![\\w-])(?:body|html)'), property: 'background', variables: /^--(?:color-|colour-)?(?:bg|background|page|paper|surface|base)$/i, own: 'body' },
  headline: { called: 'the headline', selectors: selector('(?<![\\w-])h1'), property: 'color', variables: /headline|title|h1/i, own: 'h1' },
  headings: { called: 'the headings', selectors: selector('(?<![\\w-])h[1-6]'), property: 'color', variables: /heading|headline|title/i, own: 'h1, h2, h3' },
  text: { called: 'the text', selectors: selector('(?<![\\w-])body'), property: 'color', variables: /^--(?:color-|colour-)?(?:text|ink|fg|foreground)$/i, own: 'body' },
  links: { called: 'the links', selectors: /(?:^|[\s,>+~])a(?=$|[\s,:[])/i, property: 'color', variables: /link/i, own: 'a' },
  header: { called: 'the bar at the top', selectors: selector('(?<![\\w-])header|\\.(?:site-|page-)?(?:header|navbar|topbar)'), property: 'background', variables: /header|nav|topbar/i, own: 'header' },
  footer: { called: 'the footer', selectors: selector('(?<![\\w-])footer|\\.(?:site-|page-)?footer'), property: 'background', variables: /footer/i, own: 'footer' },
};
const ACCENT = /^--(?:color-|colour-|clr-|c-)?(?:accent|brand|primary|main|theme|highlight)(?:-color|-colour)?$/i;
const STATE = /:(?:hover|focus|active)/;
const isColour = (value: string): boolean => plainHex(value) !== null || /^(?:rgb|hsl|oklch|oklab|lab|lch|color)\(|^#/i.test(value.trim()) || (colourIn(value) !== null && !/\s/.test(value.trim())) || /^[a-z]+$/i.test(value.trim());

/** Every declaration of the sources, with where it stands. */
function all(sources: readonly Source[]): { source: Source; rule: Rule; declaration: Declaration }[] {
  return sources.flatMap((source) => rules(source.content, source.path).flatMap((rule) => declarations(source.content, rule).map((declaration) => ({ source, rule, declaration }))));
}

type Site = ReturnType<typeof all>[number];

const uses = (sources: readonly Source[], name: string): number => sources.reduce((sum, { content }) => sum + content.split(new RegExp(`var\\(\\s*${name}\\s*[,)]`)).length - 1, 0);

/** The definition behind `var(--x)`, when changing it changes nothing but this part. */
function ownVariable(sources: readonly Source[], { declaration }: Site, words: RegExp): Site | null {
  const name = variableIn(declaration.value);
  if (name === null || (uses(sources, name) > 1 && !words.test(name))) return null;
  return all(sources).find((site) => site.declaration.property === name) ?? null;
}

/** The colour of the text on a rule's ground, as far as it is written there. */
function textOf(sources: readonly Source[], { source, rule }: Site): string {
  const value = declarations(source.content, rule).find(({ property }) => property === 'color')?.value ?? '';
  const name = variableIn(value);
  return plainHex(name === null ? value : (all(sources).find((site) => site.declaration.property === name)?.declaration.value ?? '')) ?? '#ffffff';
}

/** What is written in the place of a colour, so that it can be read. */
function shade(sources: readonly Source[], target: Target, site: Site, colour: Colour): string {
  const wanted = STATE.test(site.rule.selector) ? darker(colour) : colour;
  if (target === 'buttons') return standingOut(wanted, textOf(sources, site));
  return target === 'background' || target === 'header' || target === 'footer' ? exact(wanted) : standingOut(wanted, '#ffffff');
}

/** One place in one file, and what is to stand there. */
type Writing = { path: string; splice: Splice };

const at = (site: Site, text: string): Writing => ({ path: site.source.path, splice: { start: site.declaration.start, end: site.declaration.end, text } });

function colourWritings(sources: readonly Source[], target: Target, colour: Colour): Writing[] {
  if (target === 'accent') {
    const site = all(sources).find(({ declaration }) => ACCENT.test(declaration.property));
    return site ? [at(site, standingOut(colour, '#ffffff'))] : [];
  }
  const part = PARTS[target];
  const properties = part.property === 'background' ? ['background', 'background-color'] : ['color'];
  const sites = all(sources).filter(({ rule, declaration }) => part.selectors.test(rule.selector) && properties.includes(declaration.property) && (isColour(declaration.value) || variableIn(declaration.value) !== null) && !/^(?:transparent|none|inherit)$/.test(declaration.value));
  const direct = sites.map((site) => ownVariable(sources, site, part.variables) ?? site);
  const known = new Set<string>();
  const writings = direct.map((site) => at(site, shade(sources, target, site, colour))).filter(({ path, splice }) => !known.has(`${path}:${splice.start}`) && known.add(`${path}:${splice.start}`));
  if (writings.length > 0) return writings;
  const variable = all(sources).find(({ declaration }) => declaration.property.startsWith('--') && part.variables.test(declaration.property) && isColour(declaration.value));
  if (variable) return [at(variable, shade(sources, target, variable, colour))];
  const ground = part.property === 'background';
  const value = ground ? exact(colour) : standingOut(colour, '#ffffff');
  return newRule(sources, `${part.own} { ${ground ? `background-color: ${value}; color: ${textOn(value)};` : `color: ${value};`} }`);
}

function newRule(sources: readonly Source[], rule: string): Writing[] {
  for (const { path, content } of sources) {
    const place = endOfStyles(content, path);
    if (place !== null) return [{ path, splice: { start: place, end: place, text: `\n${rule}` } }];
  }
  for (const { path, content } of sources) {
    const head = /^([ \t]*)<\/head>/im.exec(content);
    if (head) return [{ path, splice: { start: head.index, end: head.index, text: `${head[1] ?? ''}<style>${rule}</style>\n` } }];
  }
  return [];
}

/** A fifth of the way up or a fifth down: enough to be seen. */
function scaled(value: string, bigger: boolean): string | null {
  const factor = bigger ? 1.25 : 0.8;
  const next = value.replace(/(?<![\w.#-])(\d*\.?\d+)(rem|em|px|pt|vw|vh|%)/g, (_, number: string, unit: string) => `${Math.round(Number(number) * factor * 1000) / 1000}${unit}`);
  return next === value ? null : next;
}

function sizeWritings(sources: readonly Source[], target: Target, bigger: boolean): Writing[] {
  const part = PARTS[target === 'accent' || target === 'background' ? 'text' : target];
  const sites = all(sources).filter(({ rule, declaration }) => part.selectors.test(rule.selector) && declaration.property === 'font-size');
  const writings = sites.flatMap((site) => {
    const name = variableIn(site.declaration.value);
    const where = name === null ? site : all(sources).find(({ declaration }) => declaration.property === name);
    const value = where && scaled(where.declaration.value, bigger);
    return where && value != null ? [at(where, value)] : [];
  });
  if (writings.length > 0) return writings;
  // What browsers take where nothing is said.
  const usual = part === PARTS.headline ? '2rem' : part === PARTS.headings ? '1.5rem' : '1rem';
  return newRule(sources, `${part.own} { font-size: ${scaled(usual, bigger) ?? usual}; }`);
}

function* write(workshop: Workshop, writings: (sources: readonly Source[]) => Writing[], what: string): Plan<Outcome | 'changed' | 'nothing'> {
  const paths = yield* stylePaths(workshop);
  const first = writings(yield* workshop.readAll(paths));
  if (first.length === 0) return { problem: workshop.outOfBounds ? outOfBounds('the place where looks are kept') : 'I could not find where this site keeps its looks, so I changed nothing.' };
  let isChanged = false;
  for (const path of new Set(first.map((writing) => writing.path))) {
    const sources = yield* workshop.readAll(paths);
    const mine = (content: string): Splice[] => writings(sources.map((source) => (source.path === path ? { path, content } : source))).flatMap((writing) => (writing.path === path ? [writing.splice] : []));
    const changed = yield* workshop.change(path, mine);
    if (changed === 'failed') return { problem: couldNotChange(what) };
    isChanged ||= changed === 'changed';
  }
  return isChanged ? 'changed' : 'nothing';
}

/** Stylesheets before pages: a page's own styles are for what the stylesheet does not say. */
function* stylePaths(workshop: Workshop): Plan<string[]> {
  const paths = yield* workshop.find('\\{|</head>', STYLES);
  const isSheet = (path: string): boolean => /\.(?:css|scss|sass|less)$/.test(path);
  const pages = byLikelihood(paths.filter((path) => !isSheet(path)).map((path) => ({ path })), 'home').map(({ path }) => path);
  return [...paths.filter(isSheet), ...pages.slice(0, 4)];
}

const calledTarget = (target: Target): string => (target === 'accent' ? 'the main colour of the site' : PARTS[target].called);

export function* changeColour(workshop: Workshop, { target, colour }: { target: Target; colour: Colour }): Plan<Outcome> {
  const what = calledTarget(target);
  const changed = yield* write(workshop, (sources) => colourWritings(sources, target, colour), what);
  if (typeof changed === 'object') return changed;
  const are = /s$/.test(what) ? 'are' : 'is';
  if (changed === 'nothing') return { problem: `${what.replace(/^t/, 'T')} ${are} ${colour.word} already.` };
  return { done: `${what.replace(/^t/, 'T')} ${are} ${colour.word} now.`, commit: `Make ${what} ${colour.word}` };
}

export function* changeSize(workshop: Workshop, { target, bigger }: { target: Target; bigger: boolean }): Plan<Outcome> {
  const what = calledTarget(target === 'accent' || target === 'background' ? 'text' : target);
  const changed = yield* write(workshop, (sources) => sizeWritings(sources, target, bigger), what);
  if (typeof changed === 'object') return changed;
  const word = bigger ? 'bigger' : 'smaller';
  if (changed === 'nothing') return { problem: couldNotChange(what) };
  return { done: `${what.replace(/^t/, 'T')} ${/s$/.test(what) ? 'are' : 'is'} ${word} now.`, commit: `Make ${what} ${word}` };
}
