// The agent's tools as far as the demo model uses them, without the agent: quick, and able to fail on purpose. That the
// real ones do the same is shown by the tests with the real Agent SDK.

import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRequest } from '../../../scripts/emulators/messages/request.ts';
import type { JsonObject } from '../../../scripts/emulators/agents/checks.ts';
import { demoModel } from '../../../scripts/emulators/messages/demo/mind.ts';
import { git, layOut } from './sites.ts';

interface Outcome {
  text: string;
  isError?: boolean;
}

/** The agent program keeps calls in its own way: with defaults, and without white space at the ends of lines. */
function kept(name: string, input: JsonObject): JsonObject {
  return name === 'Edit' ? { replace_all: false, ...input, new_string: String(input['new_string']).replace(/[^\S\n]+$/gm, '') } : input;
}

const failed = (text: string): Outcome => ({ text, isError: true });

export interface Talk {
  folder: string;
  system: string;
  messages: JsonObject[];
  /** Calls of tools so far. */
  calls: { name: string; input: JsonObject }[];
  /** Answers for a call in place of the tool. */
  spoil?: (name: string, input: JsonObject) => Outcome | undefined;
}

function grep(folder: string, { pattern, glob, '-i': ignoreCase }: JsonObject): Outcome {
  const expression = new RegExp(String(pattern), ignoreCase === true ? 'im' : 'm');
  const paths = globSync(`**/${String(glob)}`, { cwd: folder, exclude: ['node_modules/**'] }).filter((path) => expression.test(readFileSync(join(folder, path), 'utf8')));
  return { text: paths.length === 0 ? 'No files found' : `Found ${paths.length} files\n${paths.join('\n')}` };
}

function use(talk: Talk, name: string, input: JsonObject): Outcome {
  const path = String(input['file_path'] ?? '');
  switch (name) {
    case 'Grep':
      return grep(talk.folder, input);
    case 'Read':
      return { text: readFileSync(path, 'utf8').split('\n').map((line, at) => `${at + 1}\t${line}`).join('\n') };
    case 'Edit': {
      const content = readFileSync(path, 'utf8');
      const [before, after] = [String(input['old_string']), String(input['new_string'])];
      const count = content.split(before).length - 1;
      if (count !== 1) return failed(`<tool_use_error>Found ${count} matches of the string to replace.</tool_use_error>`);
      writeFileSync(path, content.replace(before, () => after));
      return { text: `The file ${path} has been updated successfully.` };
    }
    case 'Bash':
      try {
        return { text: execFileSync('/bin/sh', ['-c', String(input['command'])], { cwd: talk.folder, encoding: 'utf8', stdio: 'pipe', env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' } }) };
      } catch (error) {
        return failed(`Exit code 1\n${String((error as { stderr?: unknown }).stderr)}`);
      }
    default:
      return failed(`No such tool available: ${name}`);
  }
}

const TOOLS = ['Bash', 'Edit', 'Glob', 'Grep', 'Read', 'Write'].map((name) => ({ name, input_schema: { type: 'object' } }));

/** A conversation about a site. */
export function about(files: Readonly<Record<string, string>>, system = 'You change a website.'): Talk {
  const folder = mkdtempSync(join(tmpdir(), 'vetka-demo-'));
  layOut(folder, files);
  return { folder, system, messages: [], calls: [] };
}

/** Says something and sees the turn through; every answer comes out of the conversation alone. Returns all that was said. */
export function say(talk: Talk, words: string): string {
  const said: string[] = [];
  talk.messages.push({ role: 'user', content: [{ type: 'text', text: `<system-reminder>\nPlease change nothing.\n</system-reminder>\n` }, { type: 'text', text: words }] });
  for (let turns = 0; turns < 80; turns += 1) {
    const place = { role: 'system', content: `<system-reminder>\n - Primary working directory: ${talk.folder}\n</system-reminder>` };
    const reply = demoModel(readRequest({ model: 'claude-sonnet-5', max_tokens: 4096, system: talk.system, tools: TOOLS, messages: [...talk.messages, place] }));
    const id = `toolu_${talk.messages.length}`;
    talk.messages.push({ role: 'assistant', content: reply.map((block) => (block.type === 'text' ? block : { ...block, id, input: kept(block.name, block.input) })) });
    for (const block of reply) if (block.type === 'text') said.push(block.text);
    const call = reply.find((block) => block.type === 'tool_use');
    if (!call) return said.join('\n\n');
    const input = kept(call.name, call.input);
    talk.calls.push({ name: call.name, input });
    const { text, isError = false } = talk.spoil?.(call.name, input) ?? use(talk, call.name, input);
    talk.messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: text, is_error: isError }] });
  }
  throw new Error('the demo model does not come to an end');
}

/** What the working tree has in a file. */
export const contentOf = (talk: Talk, path: string): string => readFileSync(join(talk.folder, path), 'utf8');

/** The message of the last commit and the files that it changed. */
export function lastCommit(talk: Talk): { message: string; files: string[] } {
  return { message: git(talk.folder, 'log', '-1', '--format=%s').trim(), files: git(talk.folder, 'show', '--name-only', '--format=').trim().split('\n') };
}

/** The number of commits after the first. */
export const commits = (talk: Talk): number => Number(git(talk.folder, 'rev-list', '--count', 'HEAD')) - 1;
