// Facts that a person states in passing: a name, a place, an address, hours, things with prices. Each reader
// answers what it is sure of and null otherwise.

import type { Item } from './model.ts';

const QUOTED = /["“„«]([^"”“»]{1,160})["”“»]|(?<=^|\s)['‘]([^'’]{2,160})['’](?=$|[\s.,!?])/;

/** What stands in quotation marks, if anything does. */
export function quoted(text: string): string | null {
  const match = QUOTED.exec(text);
  return (match?.[1] ?? match?.[2])?.trim() ?? null;
}

const tidy = (text: string): string => text.replace(/\s+/g, ' ').trim().replace(/[.,;:!?]+$/, '').trim();

/** The first letter in upper case, the rest as it is. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
}

const NAME = /(?:[A-ZÀ-ÖØ-ÞА-Я0-9][\p{L}\p{N}'’-]*)(?:\s+(?:&|and|of|the|de|la|y|und|&amp;|[A-ZÀ-ÖØ-ÞА-Я0-9][\p{L}\p{N}'’-]*))*/u;
const TRAILING = /\s+(?:(?:and|of|the|de|la|y|und|&)|and I)$/;
const NOT_NAMES = new Set(['I', 'A', 'The', 'My', 'We', 'Our', 'It', 'This', 'Please', 'Make', 'Create', 'Build', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']);

function nameAfter(lead: RegExp, text: string): string | null {
  const match = new RegExp(`${lead.source}\\s+(.+)`, 'isu').exec(text);
  const rest = match?.[match.length - 1];
  if (rest === undefined) return null;
  if (/^["“„«'‘]/.test(rest)) return quoted(rest);
  const name = new RegExp(`^${NAME.source}`, 'u').exec(rest)?.[0];
  if (name === undefined) return null;
  const clean = tidy(name).replace(TRAILING, '');
  return clean.length < 2 || NOT_NAMES.has(clean) ? null : clean;
}

/** The name of the person's thing. */
export function nameIn(text: string): string | null {
  const called = nameAfter(/\b(?:called|named|name is|name it|call it|titled|it['’]s called|brand is)/, text);
  if (called) return called;
  const lower = /\b(?:called|named)\s+(.+?)(?=$|[.,;!?\n]|\s+(?:in|with|and|that|which|for)\b)/i.exec(text)?.[1];
  if (lower) return sentence(tidy(lower).slice(0, 60));
  const couple = /\b([A-ZÀ-Þ][\p{L}'’-]+)\s+(?:and|&)\s+([A-ZÀ-Þ][\p{L}-]+)(?:['’]s)?\s+wedding\b/u.exec(text) ?? /\bwedding\s+(?:of|for)\s+([A-ZÀ-Þ][\p{L}'’-]+)\s+(?:and|&)\s+([A-ZÀ-Þ][\p{L}'’-]+)/u.exec(text);
  if (couple) return `${couple[1] ?? ''} & ${couple[2] ?? ''}`;
  const self = nameAfter(/\b(?:my name is|i['’]m|i am|this is)/, text);
  if (self) return self;
  // "for my bakery Rye & Salt", "our band The Night Bus"
  const apposed = /\b(?:my|our|the|a)\s+(?:[a-zà-ÿ-]+\s+){0,2}?[a-zà-ÿ-]+,?\s+((?:["“„«'‘][^"”»'’]+)|(?:[A-ZÀ-Þ][\p{L}\p{N}'’-]*(?:\s+(?:&|and|of|the|[A-ZÀ-Þ][\p{L}\p{N}'’-]*))*))/u.exec(text)?.[1];
  if (apposed) {
    const clean = tidy(apposed.replace(/^["“„«'‘]/, '')).replace(TRAILING, '');
    if (clean.length > 1 && !NOT_NAMES.has(clean)) return clean;
  }
  return quoted(text);
}

/** "in Lisbon", "based in New York". */
export function placeIn(text: string): string | null {
  const match = /\bin\s+((?:the\s+)?[A-ZÀ-Þ][\p{L}'’-]+(?:\s+[A-ZÀ-Þ][\p{L}'’-]+)*)/u.exec(text);
  const place = match?.[1];
  return place === undefined || NOT_NAMES.has(place) || /^(?:English|German|French|January|February|March|April|May|June|July|August|September|October|November|December)$/.test(place) ? null : place;
}

export function emailIn(text: string): string | null {
  return /[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/.exec(text)?.[0] ?? null;
}

export function phoneIn(text: string): string | null {
  const match = /(?:\+|\b0|\()\d[\d\s().\/-]{5,18}\d/.exec(text) ?? /\b(?:phone|call us|tel|telephone|number)\D{0,12}(\d[\d\s().-]{4,18}\d)/i.exec(text);
  return (match?.[1] ?? match?.[0])?.trim() ?? null;
}

export function addressIn(text: string): string | null {
  const stated = /\b(?:my |our |the )?address(?:\s+is|:)\s+(.+?)(?=$|[;!?\n]|\.(?:\s|$)|,?\s+(?:and|phone|email|mail|open)\b)/i.exec(text)?.[1];
  if (stated) return tidy(stated);
  const street = /\b(?:at|on)\s+(?!January|February|March|April|May|June|July|August|September|October|November|December)(\d+[a-z]?\s+[A-ZÀ-Þ][\p{L}'’-]+(?:\s+[A-ZÀ-Þ][\p{L}'’-]+)*(?:,\s*[A-ZÀ-Þ\d][\p{L}\d\s'’-]+)?|[A-ZÀ-Þ][\p{L}'’-]+(?:\s+[A-ZÀ-Þ][\p{L}'’-]+)*\s+\d+[a-z]?)/u.exec(text)?.[1];
  return street === undefined ? null : tidy(street);
}

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const DAY = '(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?';
const CLOCK = '(\\d{1,2})(?:[:.](\\d{2}))?\\s*(am|pm|h)?';

function fullDay(short: string): string {
  return DAYS.find((day) => day.toLowerCase().startsWith(short.slice(0, 3).toLowerCase())) ?? short;
}

function clock(hour: string, minute: string | undefined, half: string | undefined, afternoon: boolean): string {
  let value = Number(hour);
  if ((half?.toLowerCase() === 'pm' || (half === undefined && afternoon)) && value < 12) value += 12;
  return `${value}:${minute ?? '00'}`;
}

/** "Monday to Friday 9 to 17", "daily 8-18", "closed on Monday". */
export function hoursIn(text: string): { days: string; hours: string }[] {
  const rows: { days: string; hours: string }[] = [];
  const span = new RegExp(`\\b(${DAY}(?:\\s*(?:to|-|–|through|until|till|and|&|,)\\s*${DAY})*|daily|every ?day|weekdays|weekends|all week)[\\s,:]*(?:from\\s+|between\\s+|at\\s+)?(?:${CLOCK}\\s*(?:to|-|–|until|till|and)\\s*${CLOCK}|(closed))`, 'gi');
  for (const match of text.matchAll(span)) {
    const days = (match[1] ?? '').replace(new RegExp(DAY, 'gi'), fullDay).replace(/\s*(?:-|–|through|until|till)\s*/gi, ' to ');
    const word = /^(daily|every ?day|all week)$/i.test(days) ? 'Every day' : sentence(days);
    if (match[8]) rows.push({ days: word, hours: 'Closed' });
    else {
      const from = clock(match[2] ?? '', match[3], match[4], false);
      // "9 to 5" means the afternoon.
      const until = clock(match[5] ?? '', match[6], match[7], Number(match[5]) <= Number(match[2]));
      rows.push({ days: word, hours: `${from} – ${until}` });
    }
  }
  const closed = new RegExp(`\\bclosed\\s+(?:on\\s+)?(${DAY}(?:\\s*(?:and|&|,|to|-)\\s*${DAY})*)`, 'i').exec(text)?.[1];
  if (closed) rows.push({ days: sentence(closed.replace(new RegExp(DAY, 'gi'), fullDay)), hours: 'Closed' });
  return rows;
}

const PRICE = /(?:[€$£]\s?\d+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?\s?(?:€|\$|£|euros?|dollars?|pounds?|eur|usd|gbp|kr|zł|₽|rubles?))/i;

/** A thing and, when one is said, its price: "rye bread for 5 euros". */
export function itemIn(text: string): Item {
  const price = PRICE.exec(text)?.[0] ?? null;
  const name = tidy((price === null ? text : text.replace(price, ' ')).replace(/\b(?:for|at|costs?|is|are|each|[-–:])\s*$/i, '').replace(/\s+(?:for|at|costs?)\s+(?=$|\s)/i, ' '));
  const [head = name, ...detail] = name.split(/\s+[-–—:]\s+|\s*\(/);
  return { name: sentence(tidy(head.replace(/^(?:an?|the|some|our|my)\s+/i, ''))), detail: sentence(tidy(detail.join(' ').replace(/\)$/, ''))), price };
}

/** The things of an enumeration: "sourdough, rye and croissants for 2 €". */
export function itemsIn(text: string): Item[] {
  const match = /\b(?:we|i)\s+(?:also\s+)?(?:sell|serve|bake|make|offer|teach|build|brew|cook|grow|play|have|do)\s+(.+?)(?=$|[.;!?\n]\s|[.;!?\n]$|\s+(?:in|since|for (?:over|more|people|children|everyone)|every|with)\s)/i.exec(text)
    ?? /\b(?:menu|list|services|prices|products|projects|works|songs)(?:\s+(?:with|of|is|are|has))?[:\s]\s*(?:with\s+)?((?:[^.;!?\n]|\.\d)+,(?:[^.;!?\n]|\.\d)+)/i.exec(text);
  const rest = match?.[1];
  if (rest === undefined) return [];
  const parts = rest.split(/,\s+(?:and\s+)?|\s+and\s+|\s*&\s+/).map((part) => part.trim()).filter((part) => part.length > 1 && part.length < 60);
  return parts.length < 2 ? [] : parts.map(itemIn).filter(({ name }) => name !== '');
}

const ORDERS = /^(?:please\s+|can you\s+|could you\s+|i (?:want|need|would like|['’]d like)|i['’]d like|we (?:want|need|would like)|make|build|create|design|use|add|put|it should|the site|give|do|set|let|show|include|with|colou?rs?|style|pages?)\b/i;

/** Sentences in which the person tells about themselves; they go into the site as they are. */
export function statementsIn(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\n+/)
    .map((part) => part.trim())
    .filter((part) => /^(?:i|i['’]m|we|we['’]re|our|my|he|she|it|they|since|for \d+)\b/i.test(part) && !ORDERS.test(part) && part.split(/\s+/).length > 3)
    .filter((part) => !/\b(?:web ?site|web ?page|page|site|palette|colou?rs?)\b/i.test(part) && !/\?$/.test(part))
    .map((part) => sentence(/[.!?]$/.test(part) ? part : `${part}.`))
    .slice(0, 6);
}
