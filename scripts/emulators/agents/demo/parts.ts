// The building blocks of a page for a kind of site: which section a word asks for, and its example texts.

import { hoursIn, itemsIn, sentence, statementsIn } from './facts.ts';
import { fill, kindIn, kindOf, type Kind } from './kinds.ts';
import { slugFor, type Art, type Page, type Section, type SectionType, type SiteModel } from './model.ts';
import { motifIn } from './motifs.ts';

/** What a section can be asked by. `title` is its word on a page of its own. */
export const TOPICS: readonly { type: SectionType; words: RegExp; title: string | null }[] = [
  { type: 'hours', words: /\b(?:opening (?:hours|times)|hours|opening)\b/i, title: 'Opening hours' },
  { type: 'gallery', words: /\b(?:gallery|photos?|pictures|images|portfolio)\b/i, title: 'Gallery' },
  { type: 'contact', words: /\b(?:contacts?(?: (?:details|form|us|me))?|get in touch|find us|how to find)\b/i, title: 'Contact' },
  { type: 'posts', words: /\b(?:blog|posts?|news|journal|articles|diary)\b/i, title: 'News' },
  { type: 'quote', words: /\b(?:quotes?|testimonials?|reviews?|motto)\b/i, title: null },
  { type: 'cards', words: /\b(?:features?|faq|questions|good to know|how it works|benefits|tips)\b/i, title: null },
  { type: 'list', words: /\b(?:menu|price ?list|prices|services|works?|projects|songs|products|classes|courses|list|programme|schedule|offers?)\b/i, title: null },
  { type: 'text', words: /\b(?:about(?: (?:us|me|page|section))?|story|biography|bio|history)\b/i, title: 'About' },
];

/** The kind of section that a phrase asks for. */
export function topicIn(phrase: string): { type: SectionType; word: string } | null {
  for (const { type, words } of TOPICS) {
    const word = words.exec(phrase)?.[0];
    if (word !== undefined) return { type, word };
  }
  return null;
}

/** A small stable number for a text, so that equal requests give equal pictures. */
export function numberFor(text: string): number {
  let hash = 7;
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return hash;
}

/** What the texts of a section are made from. */
export interface Source {
  kind: Kind;
  name: string;
  place: string | null;
  /** The person's own words. */
  request: string;
}

function artFor(source: Source, index: number): Art {
  const motif = source.kind.motifs[index % source.kind.motifs.length] ?? source.kind.motifs[0];
  return { motif, number: numberFor(source.name) + index };
}

/** A new section of that type, with the person's facts where there are some and examples where not. */
export function newSection(type: SectionType, source: Source, taken: readonly string[], word: string | null = null): Section {
  const { kind, name, place, request } = source;
  const titled = (standard: string) => (word === null || /^(?:about|list|posts?|photos?|pictures|images|hours|opening)$/i.test(word) ? standard : sentence(word));
  const made = (heading: string) => ({ heading, id: slugFor(heading, taken) });
  switch (type) {
    case 'text': {
      const own = statementsIn(request);
      const paragraphs = own.length > 1 ? own : [...own, fill(kind.about.text, name, place)];
      return { type, ...made(kind.about.heading), paragraphs, art: artFor(source, 1) };
    }
    case 'cards':
      return { type, ...made(titled(kind.cards.heading)), items: kind.cards.items.map(([title, text]) => ({ title, text })) };
    case 'gallery':
      return { type, ...made(titled('Gallery')), items: kind.captions.map((caption, index) => ({ art: artFor(source, index), caption })) };
    case 'list': {
      const own = itemsIn(request);
      const items = own.length > 0 ? own : kind.list.items.map(([title, detail]) => ({ name: title, detail, price: null }));
      return { type, ...made(titled(kind.list.heading)), items };
    }
    case 'hours': {
      const own = hoursIn(request);
      return { type, ...made('Opening hours'), rows: own.length > 0 ? own : [{ days: 'Tuesday to Sunday', hours: '9:00 – 17:00' }, { days: 'Monday', hours: 'Closed' }] };
    }
    case 'quote':
      return { type, ...made('In our own words'), text: fill(kind.about.text, name, place), by: name };
    case 'posts':
      return {
        type,
        ...made(titled('News')),
        items: [
          { title: 'We have a new home on the web', text: `This is the first note on ${name}. More to come, when there is something to tell.` },
          { title: kind.cards.items[0]?.[0] ?? 'Good to know', text: kind.cards.items[0]?.[1] ?? '' },
        ],
      };
    case 'contact':
      return { type, ...made('Contact'), text: place === null ? 'We are glad to hear from you.' : `We are in ${place}, and glad to hear from you.` };
  }
}

/** A page that holds one section. */
export function pageOf(type: SectionType, title: string, source: Source, site: Pick<SiteModel, 'pages'>, word: string | null = null): Page {
  const slugs = site.pages.map(({ slug }) => slug);
  const section = newSection(type, source, [], word);
  return {
    slug: slugFor(title, slugs),
    title,
    kicker: source.name,
    headline: section.heading,
    lead: LEADS[type](source),
    art: artFor(source, slugs.length + 1),
    sections: [{ ...section, heading: INNER[type], id: slugFor(INNER[type], []) }],
  };
}

/** The title of a page that holds one section, when nobody said one. */
export function titleOf(type: SectionType, kind: Kind): string {
  const headings: Partial<Record<SectionType, string>> = { list: kind.list.heading, cards: kind.cards.heading, text: kind.about.heading };
  return headings[type] ?? TOPICS.find((topic) => topic.type === type)?.title ?? sentence(type);
}

/** A page about anything: a section asked for by its word, or a subject in the person's words. */
export function newPage(topic: string, source: Source, site: Pick<SiteModel, 'pages'>): Page {
  const slugs = site.pages.map(({ slug }) => slug);
  const subject = topic.replace(/^(?:the|a|an)\s+/i, '').trim();
  const known = /^(?:my|our|his|her|their)\b/i.test(subject) || subject.split(/\s+/).length > 3 ? null : topicIn(subject);
  if (known) {
    const standard = TOPICS.find(({ type }) => type === known.type)?.title ?? null;
    const said = sentence(known.word.replace(/ (?:page|section)$/i, ''));
    return pageOf(known.type, known.type === 'posts' || known.type === 'text' ? said : (standard ?? said), source, site, known.word);
  }
  const title = sentence(subject).slice(0, 60);
  const kindName = kindIn(subject);
  const kind = kindName === null ? null : kindOf(kindName);
  const number = numberFor(subject);
  const motif = motifIn(subject) ?? source.kind.motifs[0];
  const own = statementsIn(source.request);
  const text: Section = {
    type: 'text',
    id: 'story',
    heading: `About ${subject}`,
    paragraphs: own.length > 0 ? own : [kind ? kind.about.text : `There is a lot to tell about ${subject}. This page is where it will stand.`],
    art: null,
  };
  const cards: Section[] = kind ? [{ type: 'cards', id: 'more', heading: kind.cards.heading, items: kind.cards.items.map(([head, body]) => ({ title: head, text: body })) }] : [];
  const pictures: Section = {
    type: 'gallery',
    id: 'pictures',
    heading: 'In pictures',
    items: (kind ? kind.captions.slice(0, 3) : ['First', 'Second', 'Third']).map((caption, index) => ({ art: { motif: index === 0 || !kind ? motif : (kind.motifs[index] ?? motif), number: number + index + 1 }, caption })),
  };
  return {
    slug: slugFor(subject, slugs),
    title,
    kicker: source.name,
    headline: title,
    lead: kind ? kind.lead.replace('{in}', '') : `A page for ${subject}, because some things deserve their own place.`,
    art: { motif, number },
    sections: [text, ...cards, pictures],
  };
}

/** The line under the headline of a page that is made of one section. */
const LEADS: Readonly<Record<SectionType, (source: Source) => string>> = {
  text: ({ name }) => `Who is behind ${name}.`,
  cards: ({ name }) => `What is good to know about ${name}.`,
  gallery: ({ name }) => `${name}, in pictures.`,
  list: ({ kind }) => `${kind.list.heading}, with nothing left out.`,
  hours: ({ name }) => `When you find ${name} open.`,
  quote: ({ name }) => `A word from ${name}.`,
  posts: ({ name }) => `What is new at ${name}.`,
  contact: ({ name }) => `How to reach ${name}.`,
};

/** The heading of the section on a page of its own, where the page's headline says the rest. */
const INNER: Readonly<Record<SectionType, string>> = {
  text: 'The story',
  cards: 'Good to know',
  gallery: 'All pictures',
  list: 'Everything',
  hours: 'The week',
  quote: 'In our own words',
  posts: 'Latest',
  contact: 'Reach us',
};
