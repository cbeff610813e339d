// Wishes applied to a site. Each touches what it names and nothing else; each tells in a few words what it
// did, or why it could not.

import { sentence } from './facts.ts';
import { kindOf } from './kinds.ts';
import { home, type Art, type Page, type Section, type SiteModel } from './model.ts';
import { palette } from './palette.ts';
import { newPage, newSection, topicIn, type Source } from './parts.ts';
import type { Wish } from './wishes.ts';

export interface Changed {
  site: SiteModel;
  /** What was done, each to follow "I have …": "changed the colours to green". */
  done: string[];
  /** What was not, as sentences. */
  problems: string[];
}

type Outcome = { site: SiteModel; done: string } | { problem: string };

const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();
const bare = (text: string) => text.replace(/^(?:the|my|our|a|an)\s+/i, '').replace(/\s+(?:section|page|part|block|area)s?$/i, '').trim();

function pageNamed(site: SiteModel, name: string | null): Page | null {
  if (name === null || /^(?:home|first|front|main|start|index)$/i.test(name)) return home(site);
  const wanted = bare(name);
  return site.pages.find(({ title, slug }) => same(title, wanted) || same(slug, wanted.replace(/\s+/g, '-')))
    ?? site.pages.find(({ title }) => title.toLowerCase().includes(wanted.toLowerCase()))
    ?? null;
}

function withPage(site: SiteModel, page: Page, change: Partial<Page>): SiteModel {
  return { ...site, pages: site.pages.map((other) => (other === page ? { ...page, ...change } : other)) };
}

function withSection(site: SiteModel, section: Section, change: Section | null): SiteModel {
  return {
    ...site,
    pages: site.pages.map((page) =>
      page.sections.includes(section)
        ? { ...page, sections: page.sections.flatMap((other) => (other === section ? (change ?? []) : other)) }
        : page,
    ),
  };
}

function find<T extends Section['type']>(site: SiteModel, type: T): Extract<Section, { type: T }> | null {
  for (const page of site.pages) {
    for (const section of page.sections) if (section.type === type) return section as Extract<Section, { type: T }>;
  }
  return null;
}

/** Adds a section to a page; the way to reach somebody always comes last. */
function added(site: SiteModel, page: Page, section: Section): SiteModel {
  const at = page.sections.findIndex(({ type }) => type === 'contact');
  const sections = at < 0 ? [...page.sections, section] : [...page.sections.slice(0, at), section, ...page.sections.slice(at)];
  return withPage(site, page, { sections });
}

const source = (site: SiteModel, request: string): Source => ({ kind: kindOf(site.kind), name: site.name, place: null, request });
const taken = (page: Page) => page.sections.map(({ id }) => id);

function remove(site: SiteModel, what: string): Outcome {
  const named = bare(what);
  const isPage = /\bpage\b/i.test(what);
  const page = site.pages.find((other) => other.slug !== 'index' && (same(other.title, named) || same(other.slug, named)))
    ?? (isPage ? site.pages.find((other) => other.slug !== 'index' && other.title.toLowerCase().includes(named.toLowerCase())) : undefined);
  const sections = site.pages.flatMap((other) => other.sections);
  const section = sections.find(({ heading }) => same(heading, named)) ?? sections.find(({ type }) => type === topicIn(named)?.type);
  if (page && (isPage || !section || !home(site).sections.includes(section))) {
    return { site: { ...site, pages: site.pages.filter((other) => other !== page) }, done: `removed the page “${page.title}”` };
  }
  if (section) return { site: withSection(site, section, null), done: `removed “${section.heading}”` };
  for (const key of ['email', 'phone', 'address'] as const) {
    if (new RegExp(key === 'email' ? 'e-?mail' : key, 'i').test(named) && site.contact[key] !== null) {
      return { site: { ...site, contact: { ...site.contact, [key]: null } }, done: `removed the ${key === 'email' ? 'mail address' : key}` };
    }
  }
  for (const list of sections) {
    if (list.type !== 'list') continue;
    const item = list.items.find(({ name }) => name.toLowerCase().includes(named.replace(/\s+from\s.*$/i, '').toLowerCase()));
    if (item) return { site: withSection(site, list, { ...list, items: list.items.filter((other) => other !== item) }), done: `took “${item.name}” off the list` };
  }
  return { problem: `I found nothing on the site that is called “${named}”.` };
}

function replaceText(site: SiteModel, from: string, to: string): Outcome {
  if (from === '') return { problem: 'I could not tell which text to replace.' };
  let hits = 0;
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') {
      if (!value.includes(from)) return value;
      hits += 1;
      return value.replaceAll(from, to);
    }
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value === 'object' && value !== null) {
      // Names of files, anchors and kinds are not text that anybody reads.
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, FIXED.has(key) ? entry : walk(entry)]));
    }
    return value;
  };
  const changed = walk(site) as SiteModel;
  return hits === 0 ? { problem: `I did not find the words “${from}” on the site.` } : { site: changed, done: `replaced “${from}” with “${to}”` };
}
const FIXED = new Set(['format', 'kind', 'palette', 'mood', 'layout', 'slug', 'id', 'type', 'motif', 'number', 'photo', 'path']);

function contact(site: SiteModel, wish: Extract<Wish, { want: 'contact' }>): Outcome {
  const given = { ...(wish.email ? { email: wish.email } : {}), ...(wish.phone ? { phone: wish.phone } : {}), ...(wish.address ? { address: wish.address } : {}) };
  const changed = { ...site, contact: { ...site.contact, ...given } };
  const words = [...(wish.email ? ['mail address'] : []), ...(wish.phone ? ['phone number'] : []), ...(wish.address ? ['address'] : [])];
  const done = `put in your ${words.join(' and ')}`;
  if (find(changed, 'contact')) return { site: changed, done };
  const page = home(changed);
  return { site: added(changed, page, newSection('contact', source(changed, ''), taken(page))), done };
}

function apply(site: SiteModel, wish: Wish, request: string, photo: Art | null): Outcome {
  switch (wish.want) {
    case 'palette': {
      // A page that was dark stays dark in its new colour, unless asked otherwise.
      const tone = wish.tone ?? site.palette.tone;
      const word = wish.tone === -1 ? `dark ${wish.word}` : wish.tone === 1 ? `light ${wish.word}` : wish.word;
      return { site: { ...site, palette: palette(wish.name, tone, wish.word) }, done: `changed the colours to ${word}` };
    }
    case 'tone': {
      const tone = Math.max(-2, Math.min(1, site.palette.tone + wish.tone)) as SiteModel['palette']['tone'];
      if (tone === site.palette.tone) return { problem: `The site is as ${wish.tone < 0 ? 'dark' : 'light'} as I can make it.` };
      return { site: { ...site, palette: { ...site.palette, tone } }, done: `made everything ${wish.tone < 0 ? 'darker' : 'lighter'}` };
    }
    case 'mood':
      if (site.mood === wish.mood) return { problem: `The site is already as ${wish.word} as I can make it.` };
      return { site: { ...site, mood: wish.mood }, done: `gave the site a more ${wish.word} look` };
    case 'layout':
      return { site: { ...site, layout: wish.layout }, done: 'arranged the first screen anew' };
    case 'headline':
    case 'lead': {
      const page = pageNamed(site, wish.page);
      if (!page) return { problem: `I found no page called “${wish.page ?? ''}”.` };
      const where = page.slug === 'index' ? '' : ` of “${page.title}”`;
      if (wish.want === 'headline') return { site: withPage(site, page, { headline: wish.text }), done: `changed the headline${where} to “${wish.text}”` };
      return { site: withPage(site, page, { lead: wish.text }), done: `changed the line under the headline${where}` };
    }
    case 'name': {
      const renamed = replaceText(site, site.name, wish.text);
      return { site: { ...('site' in renamed ? renamed.site : site), name: wish.text }, done: `changed the name to “${wish.text}”` };
    }
    case 'page': {
      const page = newPage(wish.topic, source(site, request), site);
      const existing = site.pages.find(({ title }) => same(title, page.title));
      if (existing) return { problem: `There is a page called “${existing.title}” already.` };
      return { site: { ...site, pages: [...site.pages, page] }, done: `added the page “${page.title}”` };
    }
    case 'section': {
      const page = pageNamed(site, wish.page);
      if (!page) return { problem: `I found no page called “${wish.page ?? ''}”.` };
      const existing = page.sections.find(({ type }) => type === wish.type);
      if (existing && wish.type !== 'text') return { problem: `“${existing.heading}” is on the site already.` };
      const section = newSection(wish.type, source(site, request), taken(page), wish.word);
      return { site: added(site, page, section), done: `added “${section.heading}”` };
    }
    case 'remove':
      return remove(site, wish.what);
    case 'contact':
      return contact(site, wish);
    case 'hours': {
      const hours = find(site, 'hours');
      if (hours) return { site: withSection(site, hours, { ...hours, rows: wish.rows }), done: 'put in your opening hours' };
      const page = home(site);
      const section = newSection('hours', source(site, ''), taken(page));
      return { site: added(site, page, section.type === 'hours' ? { ...section, rows: wish.rows } : section), done: 'added your opening hours' };
    }
    case 'items': {
      const list = find(site, 'list');
      const names = wish.items.map(({ name }) => `“${name}”`).join(' and ');
      if (list) return { site: withSection(site, list, { ...list, items: [...list.items, ...wish.items] }), done: `put ${names} on the list` };
      const page = home(site);
      const section = newSection('list', source(site, ''), taken(page));
      return { site: added(site, page, section.type === 'list' ? { ...section, items: wish.items } : section), done: `started a list with ${names}` };
    }
    case 'picture': {
      if (!photo || !('photo' in photo)) return { problem: 'I see no picture in our conversation yet. Add one to your message and I will use it.' };
      const kept = site.photos.some(({ path }) => path === photo.photo) ? site.photos : [...site.photos, { path: photo.photo, alt: photo.alt }];
      const ready = { ...site, photos: kept };
      const gallery = wish.where === 'gallery' ? find(ready, 'gallery') : null;
      if (gallery) return { site: withSection(ready, gallery, { ...gallery, items: [{ art: photo, caption: photo.alt }, ...gallery.items] }), done: 'put your picture into the gallery' };
      const page = pageNamed(ready, wish.page) ?? home(ready);
      return { site: withPage(ready, page, { art: photo }), done: `put your picture at the top${page.slug === 'index' ? '' : ` of “${page.title}”`}` };
    }
    case 'replace':
      return replaceText(site, wish.from, wish.to);
    case 'tell': {
      const about = find(site, 'text');
      if (about) return { site: withSection(site, about, { ...about, paragraphs: [...about.paragraphs, wish.text] }), done: `added your words to “${about.heading}”` };
      const page = home(site);
      const section = newSection('text', source(site, ''), taken(page));
      return { site: added(site, page, section.type === 'text' ? { ...section, paragraphs: [wish.text] } : section), done: 'added your words in a new part' };
    }
  }
}

/** Pictures that no page shows any more are not published any more. */
function withoutUnusedPhotos(site: SiteModel): SiteModel {
  const used = JSON.stringify(site.pages);
  const photos = site.photos.filter(({ path }) => used.includes(JSON.stringify(path)));
  return photos.length === site.photos.length ? site : { ...site, photos };
}

export function change(site: SiteModel, wishes: readonly Wish[], request: string, photo: Art | null): Changed {
  let result = site;
  const done: string[] = [];
  const problems: string[] = [];
  for (const wish of wishes) {
    const outcome = apply(result, wish, request, photo);
    if ('problem' in outcome) problems.push(outcome.problem);
    else {
      result = outcome.site;
      done.push(outcome.done);
    }
  }
  return { site: withoutUnusedPhotos(result), done, problems };
}

/** One plain sentence of what was done: it stands in the list of versions. */
export function inOneSentence(done: readonly string[]): string {
  const parts = [...done];
  const last = parts.pop() ?? 'changed the site';
  return sentence(`${parts.length > 0 ? `${parts.join(', ')} and ` : ''}${last}.`);
}
