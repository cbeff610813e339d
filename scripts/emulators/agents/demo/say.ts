// Every word that the demo agent says, in one place: plain, warm and exact.

import type { Brief } from './brief.ts';
import { kindIn } from './kinds.ts';
import type { SiteModel } from './model.ts';

const EXAMPLES = '“make it green”, “change the headline to …”, “add a page about my dog”, “add opening hours: Monday to Friday 9 to 17”, “remove the gallery”, “call it …”, “my email is …”, or add a picture and say “use this picture”';

export function introduction(): string {
  return 'One thing first: I am the demo agent, with no model behind me. I do not think; I follow a list of rules. The site I make is real, and it will be live at your address.';
}

/** A sentence for those who write in a script that the rules do not read. */
function onlyEnglish(words: string): string {
  const letters = words.match(/\p{L}/gu) ?? [];
  const foreign = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter)).length;
  return foreign * 2 > letters.length ? 'I only read English. ' : '';
}

export function help(words: string): string {
  return `${onlyEnglish(words)}Tell me in a sentence what the site is for, and I will build it. For example: “A site for my bakery Rye & Salt in Lisbon, with pages for the menu and about us, in warm colours.”`;
}

export function greets(words: string): boolean {
  return /^\W*(?:hi|hello|hey|good (?:morning|evening|day|afternoon)|thanks?(?: you)?|thank you(?: very much)?|ok(?:ay)?|great|nice|lovely|perfect|cool|wow)(?: there| again)?\W*$/i.test(words);
}

export function ready(): string {
  return `I am here. Tell me what you would like to change, for example ${EXAMPLES}.`;
}

export function nothingSaid(): string {
  return 'Your message came without words. Tell me what you would like, and I will do it.';
}

export function notMine(): string {
  return 'The site that is live now was not made by me, so I cannot change parts of it. If you describe a site, I can build a new one in its place; the one that is there stays in Versions.';
}

export function asksForAnother(words: string): boolean {
  return /\b(?:start (?:over|again|afresh|from scratch)|begin again)\b/i.test(words)
    || (/\b(?:make|build|create|design|want|need|would like)\b[^.!?]{0,24}\b(?:a|an|another|new)\b[^.!?]{0,60}\b(?:web ?site|site|homepage|portfolio|landing page)\b/i.test(words) && (kindIn(words) !== null || /\bnew\b/i.test(words)));
}

export function asksToUndo(words: string): boolean {
  return /^\W*(?:please\s+)?(?:undo|go back|revert|roll back|take (?:that|it) back|bring back|restore)\b/i.test(words);
}

export function undo(): string {
  return 'Every version of your site is kept. Open Versions, choose the one you liked, and restore it; I will go on from there.';
}

export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1] ?? ''}`;
}

export function plan({ site, kindLabel }: Brief): string {
  const pages = site.pages.map(({ title }) => title);
  const shape = pages.length > 1 ? `${pages.length} pages (${list(pages)})` : `one page with ${site.pages[0]?.sections.length ?? 0} parts`;
  return `I am building ${site.name}, a site for ${kindLabel}: ${shape}, in ${site.palette.name}${site.palette.tone < 0 ? ' on a dark ground' : ''}, with a ${site.mood} look. I draw the pictures myself.`;
}

export function firstVersion(site: SiteModel): string {
  const pages = site.pages.length;
  return `The first version of ${site.name}${pages > 1 ? `, with ${pages} pages` : ''}.`;
}

const at = (siteUrl: string | null): string => (siteUrl === null ? 'Your site is live.' : `Your site is live at ${siteUrl.replace(/\/$/, '')}`);

export function built({ assumed, site }: Brief, siteUrl: string | null): string {
  const reachable = Object.values(site.contact).some((fact) => fact !== null);
  const asksContact = !reachable && site.pages.some(({ sections }) => sections.some(({ type }) => type === 'contact'));
  return `${at(siteUrl)}\n\nI made up what you did not tell me: ${list(assumed)}. Tell me the real ones and I will put them in.${asksContact ? ' I do not know yet how people can reach you; a mail address or a phone number would help.' : ''} You can also say ${EXAMPLES}.`;
}

export function willDo(wishes: number): string {
  return wishes > 1 ? `I will do these ${wishes} things and leave the rest as it is.` : 'I will change that and leave the rest as it is.';
}

export function changed(sentence: string, problems: readonly string[], unclear: readonly string[], siteUrl: string | null): string {
  const parts = [`${sentence} ${at(siteUrl)}`, ...problems];
  if (unclear.length > 0) parts.push(`This part I did not understand: ${unclear.map((clause) => `“${clause}”`).join(', ')}.`);
  return parts.join('\n\n');
}

export function notUnderstood(words: string): string {
  const shown = words.length > 120 ? `${words.slice(0, 117)}…` : words;
  return `${onlyEnglish(words)}I did not understand “${shown}”, so I changed nothing. I am only rules. What I can do: ${EXAMPLES}.`;
}

export function expired(): string {
  return 'My permission to publish has run out. I am asking for a new one.';
}

export function noCredentials(reason: string): string {
  return `I could not get permission to publish${reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`}. Your live site has not changed. Ask me again in a moment.`;
}

export function notPublished(reason: string, refused: boolean): string {
  if (refused) return `Publishing was refused${reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`}. Your live site has not changed.`;
  return `Publishing did not work${reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`}. Your live site has not changed. Ask me again in a moment and I will try once more.`;
}
