// What the demo model knows: nothing but the conversation. It finds what the person said last, what has been done about
// it since, and what the product and the agent program say around it.

import { allowedPatterns } from './allowed.ts';
import type { Message, MessagesRequest } from '../types.ts';
import type { Step } from './hands.ts';
import { parsePins, type Pin } from './pins.ts';

export interface Conversation {
  /** What the person said last, without what was put around it. */
  words: string;
  /** Elements of the page that the person pointed at. */
  pins: Pin[];
  /** What the person said before, oldest first. */
  earlier: string[];
  /** What was said last in each of the turns before, oldest first. */
  answers: string[];
  /** Tool calls since, with what came of them. */
  steps: Step[];
  /** Somebody has already said that this is a demo. */
  introduced: boolean;
  /** The workspace's folder. */
  folder: string;
  tools: ReadonlySet<string>;
  /** Patterns of the files that may be changed; empty when all may be. */
  allowed: string[];
}

const REMINDER = /<system-reminder>[\s\S]*?<\/system-reminder>/g;
const HISTORY = /<conversation_so_far>[\s\S]*?<\/conversation_so_far>/g;

const textOf = ({ content }: Message): string => content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');

/** What the agent program writes in a person's place. */
const PROGRAMS = /^\[Request interrupted[^\]]*\]$|^Continue from where you left off\.?$|^<local-command-\w+>[\s\S]*$|^<command-\w+>[\s\S]*$/;
const COMPACTED = /^This session is being continued from a previous conversation/;

/** The words of a message that a person wrote; empty when the program wrote it. After a turn that was stopped, they stand beside its last result. */
function personWrote(message: Message): string {
  if (message.role !== 'user') return '';
  const blocks = message.content.flatMap((block) => (block.type === 'text' ? [block.text.replace(REMINDER, '').replace(HISTORY, '').trim()] : []));
  return blocks.some((text) => COMPACTED.test(text)) ? '' : blocks.filter((text) => text !== '' && !PROGRAMS.test(text)).join('\n');
}

/** What a summary says of the time before it, see `asides.ts`. */
function summarised(text: string): { earlier: string[]; answers: string[] } {
  const lines = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
  return { earlier: lines(/^\d+\. The person asked: (.*)$/gm), answers: lines(/^ +Answer: (.*)$/gm) };
}

function stepsIn(messages: readonly Message[]): Step[] {
  const results = new Map(messages.flatMap(({ content }) => content.flatMap((block) => (block.type === 'tool_result' ? [[block.toolUseId, block] as const] : []))));
  return messages.flatMap(({ content }) =>
    content.flatMap((block) => {
      if (block.type !== 'tool_use') return [];
      const result = results.get(block.id);
      return [{ name: block.name, input: block.input, text: result?.text ?? '', isError: result?.isError ?? true }];
    }),
  );
}

export function readConversation({ messages, system, tools }: MessagesRequest): Conversation {
  const all = messages.map(textOf).join('\n');
  const said = messages.map(personWrote);
  const last = said.findLastIndex((text) => text !== '');
  const before = summarised(messages.map(textOf).find((text) => COMPACTED.test(text.trim())) ?? '');
  const people = said.slice(0, Math.max(0, last)).filter((text) => text !== '');
  const answers: string[] = [];
  let answer = '';
  messages.slice(0, Math.max(0, last + 1)).forEach((message, at) => {
    if (message.role === 'assistant') answer = textOf(message) || answer;
    if (said[at] !== '' && answer !== '') {
      answers.push(answer);
      answer = '';
    }
  });
  const { words, pins } = parsePins(said[last] ?? '');
  return {
    words,
    pins,
    earlier: [...before.earlier, ...people.map((text) => parsePins(text).words)],
    answers: [...before.answers, ...answers],
    steps: stepsIn(messages.slice(last + 1)),
    introduced: messages.slice(0, Math.max(0, last)).some((message) => message.role === 'assistant' && textOf(message).includes('demo model')) || /(?:<conversation_so_far>|being continued from a previous conversation)[\s\S]*demo model/.test(all),
    folder: /Primary working directory: (.+)/.exec(`${all}\n${system}`)?.[1]?.trim() ?? '/workspace',
    tools,
    allowed: allowedPatterns(system),
  };
}
