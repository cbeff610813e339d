// A request for a change, in plain words, into wishes. A message may hold several; what is not understood is
// kept as it was said, so that the agent can admit it.

import { moodIn, toneIn } from './brief.ts';
import { addressIn, emailIn, hoursIn, itemIn, phoneIn, quoted, sentence, statementsIn } from './facts.ts';
import type { Item, Layout, Mood, SectionType } from './model.ts';
import { paletteIn, type Palette, type PaletteName } from './palette.ts';
import { topicIn } from './parts.ts';

export type Wish =
  | { want: 'palette'; name: PaletteName; word: string; tone: Palette['tone'] | null }
  | { want: 'tone'; tone: -1 | 1 }
  | { want: 'mood'; mood: Mood; word: string }
  | { want: 'layout'; layout: Layout }
  | { want: 'headline'; text: string; page: string | null }
  | { want: 'lead'; text: string; page: string | null }
  | { want: 'name'; text: string }
  | { want: 'page'; topic: string }
  | { want: 'section'; type: SectionType; word: string; page: string | null }
  | { want: 'remove'; what: string }
  | { want: 'contact'; email: string | null; phone: string | null; address: string | null }
  | { want: 'hours'; rows: { days: string; hours: string }[] }
  | { want: 'items'; items: Item[] }
  | { want: 'picture'; where: 'top' | 'gallery'; page: string | null }
  | { want: 'replace'; from: string; to: string }
  | { want: 'tell'; text: string };

export interface Understood {
  wishes: Wish[];
  /** Clauses that mean nothing to the demo agent. */
  unclear: string[];
}

const VERBS = 'make|add|change|remove|delete|drop|call|rename|use|put|set|write|replace|update|turn|give|create|switch|paint|colou?r|show|include|say|take|let|get|swap|mention';
const FILLER = /^(?:please|thanks?(?: you)?|hi|hello|hey|ok(?:ay)?|great|nice|good|perfect|cool|lovely|and|now|then|also|so|well|yes)?[\s,.!]*$/i;

/** Cuts a message into clauses, leaving quotations whole. */
function clauses(text: string): string[] {
  const kept: string[] = [];
  const safe = text.replace(/["“„«][^"”“»]{1,400}["”“»]/g, (match) => `\u0001${kept.push(match) - 1}\u0002`);
  return safe
    .split(new RegExp(`[.;!?]+(?:\\s+|$)|\\n+|,?\\s+(?:and|then|but|also)\\s+(?=(?:then\\s+|also\\s+|please\\s+)*(?:${VERBS})\\b)|,\\s+(?=(?:${VERBS})\\b)`, 'i'))
    .map((clause) => clause.replace(/\u0001(\d+)\u0002/g, (_, index: string) => kept[Number(index)] ?? ''))
    .map((clause) => clause.replace(/^\s*(?:(?:and|now|then|also|please|ok(?:ay)?|great|thanks|hi|hello|hey)[\s,]+)+/i, '').replace(/^(?:can|could|would|will) you (?:please )?/i, '').replace(/[\s,]*(?:please|thanks|thank you)?[\s.!]*$/i, '').trim())
    .filter((clause) => clause !== '');
}

/** The page named in a clause, and the clause without it. */
function forPage(clause: string): { page: string | null; rest: string } {
  const match = /\s*\b(?:on|of|in|to|for|at the top of)\s+(?:the|my|our)\s+([\p{L}\p{N}' -]{2,30}?)[- ]page\b/iu.exec(clause);
  return match ? { page: match[1] ?? null, rest: clause.replace(match[0], '') } : { page: null, rest: clause };
}

const VALUE = '(?:\\s*(?::|=)\\s*|\\s+(?:to say|to read|to be|to|into|as|with|should be|should say|should read|be|is|say|read|says|reads|saying|reading)(?:\\s*:\\s*|\\s+))(.+)$';

function value(clause: string, subject: string): string | null {
  const match = new RegExp(`\\b(?:${subject})\\b${VALUE}`, 'isu').exec(clause)?.[1];
  if (match === undefined) return null;
  return (/^["“„«'‘]/.test(match.trim()) ? quoted(match.trim()) : null) ?? sentence(match.trim());
}

const HEADLINE = 'headline|heading|main title|title|big text|h1|slogan';
const LEAD = 'subtitle|sub-?headline|sub-?heading|tagline|lead|intro(?:duction)?(?: text)?|text (?:under|below) (?:it|the headline)';
const NAME = /\b(?:call (?:it|the (?:site|bakery|band|shop|place|page)|us|me|my site|our site|this)|rename (?:it|the site|us|my site|our site)(?: to)?|name (?:it|the site|my site)|(?:the |its |our |site )?name (?:of the site )?(?:to|is|should be|:))\s+(.+)$/isu;
const PICTURE = /\b(?:picture|photo|photograph|image|pic|logo|drawing|file|attachment|screenshot)s?\b/i;

function readClause(clause: string, hasPicture: boolean): Wish[] {
  const pair = /\b(?:change|replace|swap|turn)\b\s+(["“„«][^"”“»]+["”“»])\s+(?:to|with|by|into|for)\s+(["“„«][^"”“»]+["”“»]|.+)$/is.exec(clause);
  if (pair) {
    const to = pair[2] ?? '';
    return [{ want: 'replace', from: quoted(pair[1] ?? '') ?? '', to: quoted(to) ?? to.trim() }];
  }
  const { page, rest } = forPage(clause);
  const lead = value(rest, LEAD);
  if (lead) return [{ want: 'lead', text: lead, page }];
  const headline = value(rest, HEADLINE);
  if (headline) return [{ want: 'headline', text: headline, page }];
  const name = NAME.exec(clause)?.[1];
  if (name) return [{ want: 'name', text: quoted(name) ?? sentence(name.replace(/\s+instead$/i, '')) }];

  const removal = /^(?:remove|delete|drop|get rid of|take (?:out|away|off|down)|hide|lose)\s+(?:the|my|our|this|that)?\s*(.+)$/i.exec(clause)?.[1] ?? /^(?:i|we) (?:do not|don['’]t) (?:want|need)\s+(?:the|a|an)?\s*(.+)$/i.exec(clause)?.[1];
  if (removal) return [{ want: 'remove', what: removal.trim() }];

  const item = /^(?:add|put|include)\s+(.+?)\s+(?:to|on|into|in)\s+(?:the|our|my)\s+(?:menu|list|price ?list|prices|services|works|projects|songs|products|classes|programme|schedule)\b/i.exec(clause)?.[1];
  if (item) return [{ want: 'items', items: item.split(/,\s+(?:and\s+)?|\s+and\s+/).map(itemIn).filter((entry) => entry.name !== '') }];

  const rows = hoursIn(clause);
  if (rows.length > 0) return [{ want: 'hours', rows }];

  const usesPicture = /\b(?:use|put|add|show|place|set|make|replace|have|want|here is|this is)\b/i.test(clause) && !/\b(?:bigger|larger|smaller|full[- ]width)\b/i.test(clause);
  if (usesPicture && (hasPicture ? PICTURE.test(clause) || /\b(?:use|put|add|show|place)\b.*\b(?:this|that|it)\b/i.test(clause) : /\b(?:this|that|my|attached|uploaded)\b/i.test(clause) && PICTURE.test(clause))) {
    return [{ want: 'picture', where: /\bgallery\b/i.test(clause) ? 'gallery' : 'top', page }];
  }

  const [email, phone, address] = [emailIn(clause), phoneIn(clause), addressIn(clause)];
  if (email || phone || address) return [{ want: 'contact', email, phone, address }];

  const adding = /^(?:add|create|make|include|build|put|show|give|write|set|i (?:want|need|would like|['’]d like)|we (?:want|need|would like|['’]d like)|i['’]d like|let['’]?s (?:add|have))\b/i.test(clause);
  if (adding && /\b(?:sub)?page\b/i.test(clause)) {
    const about = /\bpage\s+(?:about|for|on|called|named|with|of|titled)\s+(.+)$/i.exec(clause)?.[1];
    const before = /\b(?:an?|the|another|new)\s+((?:[\p{L}'-]+\s+){1,4}?)page\b/iu.exec(clause)?.[1];
    const topic = (about ? (quoted(about) ?? about) : (before ?? '').replace(/^(?:new|another|separate)\s+/i, '')).trim();
    if (topic !== '' && !/^(?:new|web|another)$/i.test(topic)) return [{ want: 'page', topic }];
  }
  const topic = topicIn(rest);
  if (adding && topic && !/\b(?:colou?r|background|green|blue|red)\b/i.test(rest)) return [{ want: 'section', ...topic, page }];

  const told = /^(?:write|say|mention|tell (?:them|people|visitors)|add)\s+(?:that|:|the (?:text|sentence|words?|line):?)\s*(.+)$/is.exec(clause)?.[1] ?? statementsIn(clause)[0];
  if (told) return [{ want: 'tell', text: quoted(told) ?? sentence(/[.!?]$/.test(told) ? told : `${told}.`) }];
  return readLooks(clause);
}

function readLooks(clause: string): Wish[] {
  const wishes: Wish[] = [];
  const color = paletteIn(clause);
  const tone = toneIn(clause);
  const mood = moodIn(clause);
  if (color) wishes.push({ want: 'palette', ...color, tone });
  else if (tone === -1 || tone === 1) wishes.push({ want: 'tone', tone });
  if (mood) wishes.push({ want: 'mood', mood, word: mood });
  if (/\b(?:cent(?:er|re)(?:ed)?|in the middle)\b/i.test(clause)) wishes.push({ want: 'layout', layout: 'stack' });
  else if (/\b(?:big(?:ger)? picture|full[- ]width|poster|larger picture)\b/i.test(clause)) wishes.push({ want: 'layout', layout: 'poster' });
  else if (/\b(?:side by side|next to each other|two columns)\b/i.test(clause)) wishes.push({ want: 'layout', layout: 'split' });
  return wishes;
}

export function readWishes(message: string, hasPicture: boolean): Understood {
  const wishes: Wish[] = [];
  const unclear: string[] = [];
  for (const clause of clauses(message)) {
    if (FILLER.test(clause)) continue;
    const found = readClause(clause, hasPicture);
    // "Add a page about my dog. He is a beagle." The second sentence is for the page, which takes it from the message.
    const forNewPage = wishes.some(({ want }) => want === 'page' || want === 'section') && found.every(({ want }) => want === 'tell');
    if (found.length === 0) unclear.push(clause);
    else if (!forNewPage) wishes.push(...found);
  }
  return { wishes, unclear };
}
