// Small readings of English that several wishes share.

/** Quotations, put aside so that what stands in them is not read as a wish. */
export class Quotations {
  readonly #kept: string[] = [];

  /** The text with a mark in the place of each quotation. */
  hide(text: string): string {
    return text.replace(/"([^"\n]{1,600})"|“([^”\n]{1,600})”|„([^“”\n]{1,600})[“”]|«([^»\n]{1,600})»|`([^`\n]{1,600})`|(?<=^|[\s(:])['‘]((?:[^'’\n]|['’](?=\w)){1,600})['’](?=$|[\s.,;:!?)])/g, (...parts: unknown[]) => {
      const inside = parts.slice(1, 7).find((part): part is string => typeof part === 'string') ?? '';
      return `\u0001${this.#kept.push(inside.trim()) - 1}\u0002`;
    });
  }

  /** The text with its quotations back, without quotation marks. */
  show(text: string): string {
    return text.replace(/\u0001(\d+)\u0002/g, (_, at: string) => this.#kept[Number(at)] ?? '').trim();
  }

  /** The same with quotation marks, as the person wrote it. */
  asSaid(text: string): string {
    return text.replace(/\u0001(\d+)\u0002/g, (_, at: string) => `“${this.#kept[Number(at)] ?? ''}”`).trim();
  }
}

/** One quotation or more. */
export const QUOTED = '\\u0001\\d+\\u0002';

const VERBS = 'make|add|change|remove|delete|drop|call|rename|use|put|set|write|replace|update|turn|give|create|switch|paint|colou?r|show|include|say|take|let|get|swap|link|point';

/** Cuts a message, whose quotations are hidden, into clauses with one wish each. */
export function clauses(text: string): string[] {
  return text
    .split(new RegExp(`[.;!]+(?:\\s+|$)|(?<=\\?)\\s+|\\n+|,?\\s+(?:and|then|but|also)\\s+(?=(?:then\\s+|also\\s+|please\\s+)*(?:${VERBS})\\b)|,\\s+(?=(?:${VERBS})\\b)`, 'i'))
    .map((clause) => clause.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '').replace(/^\s*(?:(?:and|now|then|also|please|ok(?:ay)?|great|thanks|hi|hello|hey)[\s,]+)+/i, ''))
    .map((clause) => clause.replace(/^(?:can|could|would|will) (?:you|we) (?:please )?/i, '').replace(/^(?:i|we)(?: would|['’]d)? (?:like|want|need)(?: you)?(?: to)? /i, '').replace(/^(?:let['’]?s|please)\s+/i, ''))
    .map((clause) => clause.replace(/[\s,]*(?:please|thanks|thank you)?[\s.!?]*$/i, '').trim())
    .filter((clause) => clause !== '');
}

/** The words of a name for comparing: lower case, without plural and filler. */
export function keywords(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !/^(?:the|a|an|our|my|your|of|list|item|items|section|on|in|page|home|and|we|to)$/.test(word)).map((word) => word.replace(/(?<=\w{3})(?:ies)$/, 'y').replace(/(?<=\w{3})s$/, ''));
}

/** How many of the wanted words are among the others, 0 to 1. */
export function likeness(wanted: string, other: string): number {
  const words = keywords(wanted);
  const there = new Set(keywords(other));
  return words.length === 0 ? 0 : words.filter((word) => there.has(word)).length / words.length;
}

/** The first letter in upper case, the rest as it is. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A, B and C. */
export function enumeration(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
