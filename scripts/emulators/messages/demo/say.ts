// Every word that the demo model says to people, in one place: plain, and honest about what it is.

import { enumeration } from './words.ts';

const EXAMPLES = [
  'change the headline on the home page to “Fresh bread every morning”',
  'write a friendlier headline',
  'make the buttons green',
  'make the heading bigger',
  'replace “Monday” with “Tuesday”',
  'add “Rye bread” to the list of products',
  'remove “Rye bread” from the list',
  'change the “Book a table” link to https://example.com/book',
];

export const introduction = (): string =>
  'One thing first: I am the demo model, there is no real model behind me. I follow a few rules, but what I change is really changed.';

export const help = (): string => `I can change texts, colours, sizes, links and the items of lists. For example:\n${EXAMPLES.map((example) => `- ${example}`).join('\n')}`;

export const nothingSaid = (): string => `Your message came without words, so I changed nothing. ${help()}`;

export const notUnderstood = (): string => `I did not understand that, so I changed nothing. ${help()}`;

export const greeting = (): string => `Hello! Tell me what you would like to change. ${help()}`;

export const thanks = (): string => 'You are welcome! Tell me when there is something else to change.';

export const undo = (): string =>
  'I cannot take a change back by myself. Tell me what it should say or look like instead and I will change it to that; or discard the whole session, then nothing of it stays.';

export const withoutTools = (): string => 'I am the demo model, and without tools there is nothing that I can change here.';

export const looking = (): string => 'I will look for the right place and change it.';

export const remembered = (answers: readonly string[]): string =>
  answers.length === 0 ? 'Nothing yet: this is the beginning of our conversation.' : `So far:\n${answers.map((answer) => `- ${answer.split('\n\n').at(-1)?.replace(/^Done\. /, '') ?? ''}`).join('\n')}`;

export const outOfBounds = (what: string): string => `I found ${what} only in a part of the project that I may not change here. Whoever manages this project can allow it.`;

export const couldNotChange = (what: string): string => `I tried to change ${what} in more than one way, but it did not work. I left it as it was.`;

export const notKept = (): string => 'The change can be seen in the preview, but I could not record it as a step of the project.';

/** The end of a turn. */
export function outcome(done: readonly string[], problems: readonly string[], unclear: readonly string[], kept: boolean): string {
  const lines = [
    ...(done.length > 0 ? [`Done. ${done.join(' ')}`] : []),
    ...problems,
    ...(unclear.length > 0 ? [`I did not understand ${enumeration(unclear.map((words) => `“${words.replace(/[“”]/g, '’')}”`))}, so nothing was changed for that.`] : []),
    ...(kept ? [] : [notKept()]),
  ];
  return lines.join('\n\n');
}
