// What a person asks for, in English, as wishes that the demo model can fulfil. What it does not understand is kept as it
// was said, so that it can be admitted.

import type { Pin } from './pins.ts';
import { colourIn, type Colour } from './colours.ts';
import { clauses, Quotations, QUOTED, sentence } from './words.ts';

export type Target = 'buttons' | 'background' | 'headline' | 'headings' | 'text' | 'links' | 'header' | 'footer' | 'accent';
export type Tone = 'friendlier' | 'shorter';

export type Wish =
  | { want: 'headline'; page: string | null; text: string | null; tone: Tone; pin: Pin | null }
  | { want: 'replace'; from: string; to: string; pin: Pin | null }
  | { want: 'colour'; target: Target; colour: Colour }
  | { want: 'size'; target: Target; bigger: boolean }
  | { want: 'add'; item: string; list: string; page: string | null }
  | { want: 'remove'; item: string; list: string | null; pin: Pin | null }
  | { want: 'link'; label: string; url: string };

export interface Understood {
  wishes: Wish[];
  unclear: string[];
}

const HEADLINE = '(?:main |big |page |hero )?(?:headline|heading|title|h1|slogan)';
const URL = /(?:https?:\/\/[^\s<>"']+|mailto:[^\s<>"']+|(?<=\s)\/[\w./#?=&%-]*|(?<=\s)#[\w-]+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app|sh|co|eu|de|uk|example)(?:\/[^\s<>"']*)?)/i;
const TO = '(?:\\s*:\\s*|\\s+(?:to say|to read|to be|to|into|as|with|so that it says|should (?:be|say|read)|says?|reads?|saying|reading)(?:\\s*:\\s*|\\s+))';

const TARGETS: readonly (readonly [RegExp, Target])[] = [
  [/\b(?:buttons?|call to action|cta)\b/i, 'buttons'],
  [/\b(?:background|backdrop)\b/i, 'background'],
  [/\b(?:headings|headlines|titles)\b/i, 'headings'],
  [new RegExp(`\\b${HEADLINE}\\b`, 'i'), 'headline'],
  [/\blinks?\b/i, 'links'],
  [/\b(?:footer|bottom bar)\b/i, 'footer'],
  [/\b(?:header|top bar|nav(?:igation)?(?: bar)?|menu bar)\b/i, 'header'],
  [/\b(?:text|writing|words|letters|font)\b/i, 'text'],
  [/\b(?:accent|brand|main|primary|theme)\b|\b(?:it|everything|(?:the|this|our|my) (?:site|website|page|design|look|colou?rs?))\b/i, 'accent'],
];

function targetIn(clause: string, pin: Pin | undefined): Target | null {
  const found = TARGETS.find(([pattern]) => pattern.test(clause))?.[1] ?? null;
  if (!pin || (found !== null && found !== 'accent')) return found;
  if (pin.element === 'button' || /\b(?:btn|button|cta)\b/i.test(pin.selector)) return 'buttons';
  if (pin.element === 'h1') return 'headline';
  return ({ a: 'links', body: 'background', header: 'header', nav: 'header', footer: 'footer' } as const)[pin.element] ?? (/^h[2-6]$/.test(pin.element) ? 'headings' : 'text');
}

/** The page named in a clause, and the clause without it. */
function forPage(clause: string): { page: string | null; rest: string } {
  const match = /\s*\b(?:on|of|in|for|to|at the top of)\s+(?:the|my|our|this)\s+(?:([\p{L}\p{N}' -]{2,30}?)[- ]?page|site|website)\b/iu.exec(clause) ?? /^(?:the|my|our)\s+([\p{L}\p{N}' -]{2,30}?)[- ]page['’]s\s+/iu.exec(clause);
  if (!match || /^(?:to)\s/i.test(match[0].trim())) return { page: null, rest: clause };
  const name = (match[1] ?? 'home').trim().toLowerCase();
  return { page: /^(?:home|front|start|main|landing|index|first)?$/.test(name) ? 'home' : name, rest: clause.replace(match[0], ' ').trim() };
}

class Reader {
  readonly #quotes = new Quotations();
  readonly #pins: readonly Pin[];

  constructor(pins: readonly Pin[]) {
    this.#pins = pins;
  }

  read(message: string): Understood {
    const understood: Understood = { wishes: [], unclear: [] };
    for (const clause of clauses(this.#quotes.hide(message))) {
      const found = this.#clause(clause);
      if (found.length > 0) understood.wishes.push(...found);
      else if (!/^(?:hi|hello|hey|thanks?|thank you|ok(?:ay)?|great|nice|good|perfect|cool|lovely|yes|no)?(?: there| you)?$/i.test(clause)) understood.unclear.push(this.#quotes.asSaid(clause));
    }
    return understood;
  }

  #text(clause: string): string {
    const first = new RegExp(QUOTED).exec(clause)?.[0];
    // "to 'Fresh bread' instead": the quotation is what is meant.
    return this.#quotes.show(first !== undefined && clause.trim().startsWith(first) ? first : clause.replace(/\s+instead$/i, ''));
  }

  #clause(clause: string): Wish[] {
    const pin = this.#pins[0];
    for (const read of [this.#link, this.#headline, this.#pinned, this.#looks, this.#replace, this.#add, this.#remove]) {
      const wishes = read.call(this, clause, pin);
      if (wishes.length > 0) return wishes;
    }
    return [];
  }

  #link(clause: string): Wish[] {
    if (!/\b(?:link|button|href|url|address|point|lead|leads|go|goes)\b/i.test(clause)) return [];
    const shown = this.#quotes.show(clause);
    const url = URL.exec(` ${shown}`)?.[0].replace(/[.,;]+$/, '');
    if (url === undefined) return [];
    const quotation = [...clause.matchAll(new RegExp(QUOTED, 'g'))].map(([mark]) => this.#quotes.show(mark)).find((text) => !text.includes(url));
    const before = /\b(?:the|our|my)\s+(.+?)\s+(?:link|button)\b/i.exec(clause)?.[1] ?? /\b(?:link|button)\s+(?:called|named|for|of|behind|under|on)\s+(?:the\s+)?(.+?)\s+(?:to|so|go|lead|point)\b/i.exec(clause)?.[1];
    const label = quotation ?? (before === undefined ? this.#pins[0]?.text : this.#quotes.show(before));
    if (label === undefined || label === '') return [];
    return [{ want: 'link', label, url: /^(?:https?:|mailto:|\/|#)/i.test(url) ? url : `https://${url}` }];
  }

  #headline(clause: string, pin: Pin | undefined): Wish[] {
    const { page, rest } = forPage(clause);
    if (!new RegExp(`\\b${HEADLINE}\\b`, 'i').test(rest)) return [];
    const isPinned = pin !== undefined && pin.text !== '' && /^h[1-6]$/.test(pin.element);
    const common = { want: 'headline', page, pin: isPinned ? pin : null } as const;
    const exact = new RegExp(`\\b${HEADLINE}\\b(?:\\s+text)?${TO}(.+)$`, 'is').exec(rest)?.[1] ?? new RegExp(`^(?:use|make|put|write|set)\\s+(${QUOTED})\\s+(?:as|the|for|in)\\b.*\\b${HEADLINE}\\b`, 'i').exec(rest)?.[1];
    if (exact !== undefined && !colourOnly(exact) && !/\bcolou?r\b/i.test(rest)) return [{ ...common, text: this.#text(exact), tone: 'friendlier' }];
    const tone = toneIn(rest);
    return tone === null ? [] : [{ ...common, text: null, tone }];
  }

  /** "Change this to …", about something that was pointed at. */
  #pinned(clause: string, pin: Pin | undefined): Wish[] {
    if (!pin || pin.text === '') return [];
    const exact = new RegExp(`^(?:change|make|rename|set|turn|replace|let|rewrite)\\s+(?:this|that|it|the (?:text|words?|wording|label|name|button|link|heading|sentence))(?:\\s+(?:text|words?|label))?(?:${TO}|\\s+(?:say|read)\\s+|\\s+(?=${QUOTED}))(.+)$`, 'is').exec(clause)?.[1]
      ?? new RegExp(`^(?:this|it|that)\\s+should\\s+(?:say|read|be)\\s+(.+)$`, 'is').exec(clause)?.[1];
    if (exact !== undefined && !colourOnly(exact)) return [{ want: 'replace', from: pin.text, to: this.#text(exact), pin }];
    if (/^(?:remove|delete|drop|get rid of|take (?:out|away))\s+(?:this|that|it)\b/i.test(clause)) return [{ want: 'remove', item: pin.text, list: null, pin }];
    const tone = toneIn(clause);
    return tone !== null && /\b(?:this|that|it)\b/i.test(clause) ? [{ want: 'headline', page: null, text: null, tone, pin }] : [];
  }

  /** "Make the headline red and the buttons black" has two parts, whose verb is said once. */
  #looks(clause: string, pin: Pin | undefined): Wish[] {
    const parts = clause.split(/,?\s+and\s+(?=(?:the|our|my|all)\s)|,\s+(?=(?:the|our|my|all)\s)/i);
    const each = parts.map((part) => this.#look(part, pin));
    if (parts.length > 1 && each.every((wish) => wish !== null)) return each;
    const whole = this.#look(clause, pin);
    return whole === null ? [] : [whole];
  }

  #look(clause: string, pin: Pin | undefined): Wish | null {
    const bare = clause.replace(new RegExp(QUOTED, 'g'), ' ');
    const size = /\b(bigger|larger|big|large|huge|smaller|small|tiny)\b/i.exec(bare)?.[1];
    const target = targetIn(bare, pin);
    if (target !== null && size !== undefined) return { want: 'size', target, bigger: /^(?:b|l|h)/i.test(size) };
    const colour = colourIn(bare) ?? (/\bcolou?r\b/i.test(bare) ? colourIn(this.#quotes.show(clause)) : null);
    return target !== null && colour !== null && !/^(?:add|remove|delete|rename|replace)\b/i.test(bare) ? { want: 'colour', target, colour } : null;
  }

  #replace(clause: string): Wish[] {
    const pair = new RegExp(`^(?:change|replace|swap|turn|rename|correct|fix|update)\\s+(?:the (?:words?|text|name|phrase|sentence|label|button|link)\\s+)?(${QUOTED})(?:\\s+(?:everywhere|on every page))?\\s+(?:to|with|by|into|for|→)\\s+(.+)$`, 'is').exec(clause);
    if (pair) return [{ want: 'replace', from: this.#quotes.show(pair[1] ?? ''), to: this.#text(pair[2] ?? ''), pin: null }];
    const plain = /^(?:rename|replace|swap)\s+(?:the (?:word|name|text)\s+)?(.{2,80}?)\s+(?:to|with|by)\s+(.{1,200})$/is.exec(clause) ?? /^change\s+(?!the\b|this\b|that\b|it\b|our\b|my\b|a\b)(.{2,80}?)\s+to\s+(.{1,200})$/is.exec(clause);
    return plain ? [{ want: 'replace', from: this.#quotes.show(plain[1] ?? ''), to: this.#text(plain[2] ?? ''), pin: null }] : [];
  }

  #add(clause: string): Wish[] {
    const match = /^(?:add|put|include|append)\s+(.+?)\s+(?:to|on|into|in|under)\s+(?:the|our|my|this)\s+(.+)$/is.exec(clause);
    if (!match) return [];
    const { page, rest } = forPage(` ${match[2] ?? ''}`);
    const list = this.#quotes.show(rest.replace(/^\s*list\s+(?:of|with)\s+(?:the |our )?/i, '').replace(/\s*\b(?:list|section|menu items)\b\s*$/i, '')).trim();
    const items = (match[1] ?? '').split(/,\s+(?:and\s+)?|\s+and\s+(?=\u0001|[A-Z])/).map((item) => this.#quotes.show(item.replace(/^(?:an? )?(?:new )?(?:item|entry|line|bullet(?: point)?)s?\s+(?:called |named |for |saying |: ?)?/i, '')));
    return items.filter((item) => item !== '').map((item) => ({ want: 'add', item: sentence(item), list, page }));
  }

  #remove(clause: string): Wish[] {
    const what = /^(?:remove|delete|drop|get rid of|take (?:out|away|off))\s+(.+)$/is.exec(clause)?.[1];
    if (what === undefined) return [];
    const { rest } = forPage(what);
    const from = /^(.+?)\s+(?:from|off|in|out of)\s+(?:the|our|my|this)\s+(.+)$/is.exec(rest);
    const list = from ? this.#quotes.show((from[2] ?? '').replace(/^list\s+(?:of|with)\s+(?:the |our )?/i, '').replace(/\s*\b(?:list|section)\b\s*$/i, '')).trim() : null;
    const named = new RegExp(QUOTED).exec(from?.[1] ?? rest)?.[0];
    const item = this.#quotes.show(named ?? (from?.[1] ?? rest).replace(/^the\s+/i, '').replace(/\s+(?:item|entry|line)$/i, ''));
    return item === '' || (list === null && named === undefined && item.split(/\s+/).length > 6) ? [] : [{ want: 'remove', item, list, pin: null }];
  }
}

const colourOnly = (text: string): boolean => {
  const colour = colourIn(text);
  return colour !== null && text.toLowerCase().replace(/^(?:a|the)\s+/, '').replace(/\s+(?:colou?r|please)$/, '').trim() === colour.word;
};

function toneIn(clause: string): Tone | null {
  if (/\b(?:short(?:er)?|brief(?:er)?|crisp(?:er)?|snapp(?:y|ier))\b/i.test(clause)) return 'shorter';
  return /\b(?:friend(?:ly|lier)|warm(?:er)?|(?:more )?welcoming|nicer|kinder|better|catch(?:y|ier)|more inviting|inviting|cheerful|happier|fun|more personal)\b/i.test(clause) ? 'friendlier' : null;
}

/** Reads a message. */
export function readWishes(message: string, pins: readonly Pin[]): Understood {
  return new Reader(pins).read(message);
}
