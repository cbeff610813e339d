// The first request, in plain words, into a site. What the person said is used; what they did not say is an
// example, and `assumed` tells which.

import { addressIn, emailIn, hoursIn, itemsIn, nameIn, phoneIn, placeIn, quoted, sentence } from './facts.ts';
import { fill, kindIn, kindOf, type KindName } from './kinds.ts';
import { FORMAT, type Art, type Mood, type Page, type SectionType, type SiteModel } from './model.ts';
import { motifIn } from './motifs.ts';
import { palette, paletteIn, type Palette } from './palette.ts';
import { newPage, newSection, numberFor, pageOf, titleOf, topicIn, type Source } from './parts.ts';

export interface Brief {
  site: SiteModel;
  kindLabel: string;
  /** What the texts had to make up, each a few words: "the opening hours". */
  assumed: string[];
}

/** Colour words that are also things; in a first request they mean the thing. */
const THINGS = /\b(?:coffee|sea|ocean|sky|sand|grass|forest|cherry|lemon|pumpkin|wine|rose|chocolate|caramel|cream|mint|lime|honey|tan|salmon|peach)\b/gi;
const HEADLINES: Partial<Record<KindName, string>> = {
  personal: 'Hello, I am {name}',
  pet: 'Hello, I am {name}',
  music: '{name}',
  wedding: '{name}',
  event: '{name}',
  business: '{name}',
};

const MOOD_WORDS: readonly [RegExp, Mood][] = [
  [/\b(?:playful|fun|funny|less boring|exciting|cheerful|silly|happy|colou?rful|childlike)\b/i, 'playful'],
  [/\b(?:elegant|classy|refined|luxur\w*|graceful|romantic|sophisticated)\b/i, 'elegant'],
  [/\b(?:bold|loud|striking|brutal\w*|powerful|edgy)\b/i, 'bold'],
  [/\b(?:clean|minimal\w*|modern|simple|plain|calm|professional|serious)\b/i, 'clean'],
  [/\b(?:warm|cosy|cozy|friendly|homely|rustic|inviting)\b/i, 'warm'],
];

export function moodIn(text: string): Mood | null {
  return MOOD_WORDS.find(([words]) => words.test(text))?.[1] ?? null;
}

/** How dark a text asks for: "dark", "darker", "light". */
export function toneIn(text: string): Palette['tone'] | null {
  if (/\b(?:dark(?:er|est)?|night|black background)\b/i.test(text)) return -1;
  if (/\b(?:light(?:er|est)?|bright(?:er)?|airy|pastel)\b/i.test(text)) return 1;
  return null;
}

const COUNTS = 'several|multiple|many|more|a few|some|two|three|four|five|six|\\d';

/** Words before "page" that say how it should be, not what it is about. */
const MANNER = /^(?:home|index|main|start|landing|front|single|web|one|first|new|simple|small|nice|beautiful|playful|dark|elegant|bold|modern|personal|separate|extra)(?:[ -]page)?$/i;

/** The subjects of the pages that were asked for; empty for a site of one page. */
export function pagesIn(text: string): string[] {
  const topics: string[] = [];
  const listed = /\b(?:sub)?pages\s*(?:\(|:|for|about|with|called|named|like|such as|[-–])\s*(?:the\s+)?([^.;!?\n)]+)/i.exec(text)?.[1];
  if (listed) topics.push(...listed.split(/,\s*(?:and\s+)?|\s+and\s+(?:an?\s+(?:page\s+(?:for|about)\s+)?)?|\s*\/\s*/));
  // One page more, beside a site that was asked for: "and a page about my dog", "with a menu page".
  const before = String.raw`(?:\bwith|\band|\bplus|\balso|\bincluding|\bhave|\bhas|\bneeds?|\bincludes?|,)\s+(?:(?:an?|one|the)\s+)?`;
  const about = new RegExp(String.raw`${before}page\s+(?:about|for|on)\s+([^.,;!?\n]+?)(?=$|[.,;!?\n]|\s+and\s)`, 'gi');
  const kind = new RegExp(String.raw`${before}([a-z][a-z' -]{1,24}?)\s+page\b`, 'gi');
  const rest = text.replace(about, (_all, topic: string) => {
    topics.push(topic);
    return ', ';
  });
  for (const match of rest.matchAll(kind)) topics.push(match[1]?.split(/\s+and\s+(?:an?\s+|the\s+)?/).at(-1) ?? '');
  const clean = topics
    .map((topic) => topic.replace(/^(?:an?|the|one for|one about)\s+/i, '').replace(/\s+pages?$/i, '').trim())
    .filter((topic) => topic.length > 1 && topic.length < 40 && !MANNER.test(topic))
    .map((topic) => (/^(?:us|me|myself)$/i.test(topic) ? `about ${topic}` : topic));
  return clean.filter((topic, index) => clean.findIndex((other) => other.toLowerCase() === topic.toLowerCase()) === index).slice(0, 7);
}

function wantsSeveralPages(text: string): boolean {
  return new RegExp(`\\b(?:${COUNTS})\\s+(?:different\\s+|separate\\s+)?(?:sub)?pages\\b|\\bmulti-?page\\b`, 'i').test(text);
}

/** "rye-and-salt" in the site's address is a better guess at its name than any other. */
function nameFromAddress(siteUrl: string | null): string | null {
  if (siteUrl === null || !URL.canParse(siteUrl)) return null;
  const label = new URL(siteUrl).hostname.split('.')[0] ?? '';
  return label === '' || /^\d+$/.test(label) || label === 'localhost' ? null : label.split('-').map(sentence).join(' ');
}

/** True when a text asks for a site, or tells enough to make one. */
export function asksForSite(text: string): boolean {
  const words = text.trim().split(/\s+/).length;
  if (/\?\s*$/.test(text) && !/\b(?:can|could|would|will) you\b/i.test(text)) return false;
  return kindIn(text) !== null || /\b(?:site|website|web ?page|homepage|page|blog|portfolio)\b/i.test(text) || words >= 6;
}

export function readBrief(request: string, siteUrl: string | null, photo: Art | null): Brief {
  const told = nameIn(request);
  const name = told ?? nameFromAddress(siteUrl);
  const rest = told === null ? request : request.replaceAll(told, ' ');
  const subject = /\b(?:site|page|website|blog)\s+(?:about|on)\s+([^.,;!?\n"“]+?)(?=$|[.,;!?\n"“]|\s+(?:with|in|called|named|and)\s)/i.exec(request)?.[1]?.trim() ?? null;
  const known = kindIn(rest) ?? kindIn(request);
  const kindName = known !== null && known !== 'personal' ? known : subject !== null && !/^(?:me|myself|us)$/i.test(subject) ? 'topic' : (known ?? (told !== null && quoted(request) === told ? 'business' : 'personal'));
  const kind = kindOf(kindName);
  const place = placeIn(request);
  const source: Source = { kind, name: name ?? kind.name, place, request };

  const color = paletteIn(rest.replace(THINGS, ' '));
  const tone = toneIn(rest) ?? 0;
  const given = { email: emailIn(request), phone: phoneIn(request), address: addressIn(request) };
  const reachable = Object.values(given).some((value) => value !== null);

  const asked = pagesIn(request);
  const standard = kind.sections.map((section): SectionType => (section === 'about' ? 'text' : section));
  const spread = asked.length === 0 && wantsSeveralPages(request) ? standard.filter((type) => type !== 'quote' && type !== 'cards') : [];
  const onPages = new Set([...spread, ...asked.flatMap((topic) => topicIn(topic)?.type ?? [])]);

  // Sections named in the request come on top of the usual ones, unless they have a page of their own.
  const named = request.split(/[,.;\n]|\band\b|\bwith\b/i).flatMap((part) => (/\bpages?\b/i.test(part) ? [] : (topicIn(part)?.type ?? [])));
  const wanted = [...new Set<SectionType>([
    ...standard,
    ...named.filter((type) => type !== 'text'),
    ...(hoursIn(request).length > 0 ? (['hours'] as const) : []),
    ...(itemsIn(request).length > 0 ? (['list'] as const) : []),
    ...(reachable || named.includes('contact') ? (['contact'] as const) : []),
  ])].filter((type) => !onPages.has(type));
  // A first page from which everything moved to pages of its own still has something to say.
  for (const type of ['cards', 'quote'] as const) if (wanted.length < 3 && !wanted.includes(type) && !onPages.has(type)) wanted.push(type);

  const headlineAsked = /\b(?:headline|heading|slogan|title)\b[^"“„«]{0,24}(["“„«].+)/i.exec(request)?.[1];
  const headline = (headlineAsked ? quoted(headlineAsked) : null) ?? fill(((kindName === 'personal' ? name : told) !== null ? HEADLINES[kindName] : undefined) ?? kind.headline, source.name, place).replace('{subject}', subject ?? '');
  const index: Page = {
    slug: 'index',
    title: 'Home',
    kicker: fill(kind.kicker, source.name, place),
    headline,
    lead: fill(kind.lead, source.name, place),
    art: photo ?? { motif: (['pet', 'personal', 'topic', 'business'].includes(kindName) ? motifIn(rest) : null) ?? kind.motifs[0], number: numberFor(source.name) },
    sections: [],
  };
  const order: SectionType[] = ['text', 'list', 'cards', 'gallery', 'posts', 'quote', 'hours', 'contact'];
  const firsts: SectionType[] = standard[0] === 'gallery' || standard[0] === 'posts' ? [standard[0]] : [];
  for (const type of [...firsts, ...order.filter((type) => !firsts.includes(type))].filter((type) => wanted.includes(type))) {
    index.sections.push(newSection(type, source, index.sections.map(({ id }) => id)));
  }
  const site: SiteModel = {
    format: FORMAT,
    name: source.name,
    kind: kindName,
    description: `${source.name}. ${index.lead}`,
    palette: palette(color?.name ?? kind.palette, tone, color?.word),
    mood: moodIn(rest) ?? kind.mood,
    layout: kind.layout,
    pages: [index],
    contact: given,
    photos: [],
  };
  for (const type of spread) site.pages.push(pageOf(type, titleOf(type, kind), source, site));
  for (const topic of asked) site.pages.push(newPage(topic, source, site));

  const shown = new Set(site.pages.flatMap((page) => page.sections.map(({ type }) => type)));
  const assumed = [
    ...(name === null ? ['the name'] : []),
    'some of the texts',
    ...(shown.has('list') && itemsIn(request).length === 0 ? [`the list “${kind.list.heading}”`] : []),
    ...(shown.has('hours') && hoursIn(request).length === 0 ? ['the opening hours'] : []),
  ];
  return { site, kindLabel: kindName === 'topic' ? (subject ?? kind.label) : kind.label, assumed };
}
