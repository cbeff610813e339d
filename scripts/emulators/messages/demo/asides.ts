// What the demo model is asked beside the work: a pull request's words, a name for the conversation, a summary of it.

import type { MessagesRequest } from '../types.ts';
import type { Conversation } from './conversation.ts';

const PULL_REQUEST = /\bWrite a title and a description for a pull request/i;

const textOf = (request: MessagesRequest): string => request.messages.flatMap(({ role, content }) => (role === 'user' ? content.flatMap((block) => (block.type === 'text' ? [block.text] : [])) : [])).join('\n');

/** The lines that tell of changes: those of lists, or else whole lines. */
function told(text: string): string[] {
  const lines = text
    .replace(/^diff --git[\s\S]*$/m, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[<{}\[\]]/.test(line) && !/:$/.test(line) && !/^(?:[+-]{3}|@@|index [0-9a-f])/.test(line));
  const listed = lines.filter((line) => /^(?:[-*•]|\d+[.)])\s/.test(line));
  return (listed.length > 0 ? listed : lines).map((line) => line.replace(/^(?:[-*•]|\d+[.)])\s+/, '').replace(/^[0-9a-f]{7,40}\s+/, '').replace(/^(?:user|person|member|commit|request)s?:\s*/i, '')).slice(0, 20);
}

function cut(text: string, most: number): string {
  const clean = text.replace(/\s+/g, ' ').replace(/[.!?]+$/, '').trim();
  return clean.length <= most ? clean : `${clean.slice(0, most - 1).replace(/\s+\S*$/, '')}…`;
}

function pullRequest(request: MessagesRequest): string {
  const lines = told(textOf(request));
  const title = cut(lines[0] ?? 'Changes from a session', 70);
  const list = lines.map((line) => `- ${cut(line, 200)}`).join('\n');
  const body = `${list === '' ? 'Changes that were made in a session.' : `What was changed:\n\n${list}`}\n\nThis description was put together by the demo model, which is no model: please read the changes themselves.`;
  return JSON.stringify({ title: title.charAt(0).toUpperCase() + title.slice(1), body });
}

function name({ words, earlier }: Conversation): string {
  return cut((earlier[0] ?? words).split('\n')[0] ?? '', 50) || 'A conversation';
}

function summary({ earlier, answers }: Conversation): string {
  const wishes = earlier.map((words, at) => `${at + 1}. The person asked: ${cut(words, 300)}${answers[at] === undefined ? '' : `\n   Answer: ${cut(answers[at] ?? '', 300)}`}`);
  const list = wishes.join('\n') || 'Nothing was asked for yet.';
  return `<analysis>\nThe demo model has no thoughts; it lists what was asked and answered.\n</analysis>\n\n<summary>\nThe demo model told the person what it is.\n${list}\n</summary>`;
}

/** The answer when this is no work on the repository; null when it is. */
export function aside(request: MessagesRequest, talk: Conversation): string | null {
  if (PULL_REQUEST.test(request.system)) return pullRequest(request);
  if (/<analysis>/.test(talk.words) && /<summary>|summary/i.test(talk.words)) return summary(talk);
  if (request.tools.size > 0) return null;
  const asked = `${request.system}\n${talk.words}`;
  if (!/\b(?:title|name)\b[^\n]{0,120}\b(?:session|conversation|chat|task)\b|\b(?:session|conversation|chat|task)\b[^\n]{0,120}\b(?:title|name)\b/i.test(asked)) return null;
  const inside = /<(?:session|conversation|message)>([\s\S]*?)<\//.exec(talk.words)?.[1]?.trim();
  const title = name(inside === undefined ? talk : { ...talk, earlier: [], words: inside });
  return /\bJSON\b|"title"/.test(asked) || request.body['output_config'] !== undefined ? JSON.stringify({ title }) : title;
}
