// Reads a request to the Messages API and refuses what the service refuses, in its words: a client that is wrong must
// learn it here. Unknown fields are refused by the service too, so that a misspelt one is heard of.

import { isObject, type JsonObject } from '../agents/checks.ts';
import { ApiError, invalid } from '../agents/errors.ts';
import { findModel } from './models.ts';
import type { Block, Message, MessagesRequest } from './types.ts';

const FIELDS = new Set([
  'model', 'messages', 'max_tokens', 'system', 'tools', 'tool_choice', 'stream', 'stop_sequences', 'metadata', 'thinking', 'temperature',
  'top_p', 'top_k', 'service_tier', 'container', 'cache_control', 'context_management', 'output_config', 'output_format', 'mcp_servers',
  'inference_geo', 'speed', 'diagnostics', 'user_profile_id', 'workspace_id', 'billing_policy', 'compaction', 'fallbacks', 'fallback_credit_token', 'thread',
]);
const MAX_MESSAGES = 100_000;

function required(body: JsonObject, name: string): unknown {
  if (body[name] === undefined) throw invalid(`${name}: Field required`);
  return body[name];
}

/** The text of a string or of a list of blocks. */
function textOf(value: unknown, where: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) throw invalid(`${where}: Input should be a valid string or list`);
  return value.flatMap((block) => (isObject(block) && block['type'] === 'text' && typeof block['text'] === 'string' ? [block['text']] : [])).join('\n');
}

function readBlock(value: unknown, where: string): Block {
  if (!isObject(value)) throw invalid(`${where}: Input should be a valid dictionary`);
  const { type } = value;
  if (typeof type !== 'string') throw invalid(`${where}.type: Field required`);
  if (type === 'text') {
    if (typeof value['text'] !== 'string') throw invalid(`${where}.text.text: Field required`);
    if (value['text'] === '') throw invalid('messages: text content blocks must be non-empty');
    return { type, text: value['text'] };
  }
  if (type === 'tool_use') {
    const { id, name, input } = value;
    if (typeof id !== 'string' || !/^[a-zA-Z0-9_-]+$/.test(id)) throw invalid(`${where}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
    if (typeof name !== 'string' || !isObject(input)) throw invalid(`${where}.tool_use.${typeof name === 'string' ? 'input' : 'name'}: Field required`);
    return { type, id, name, input };
  }
  if (type === 'tool_result') {
    const id = value['tool_use_id'];
    if (typeof id !== 'string') throw invalid(`${where}.tool_result.tool_use_id: Field required`);
    return { type, toolUseId: id, text: textOf(value['content'], `${where}.tool_result.content`), isError: value['is_error'] === true };
  }
  return { type: 'other' };
}

function readMessage(value: unknown, where: string): Message {
  if (!isObject(value)) throw invalid(`${where}: Input should be a valid dictionary`);
  const { role, content } = value;
  if (role !== 'user' && role !== 'assistant' && role !== 'system') throw invalid(`${where}.role: Input should be 'user', 'assistant' or 'system'`);
  if (typeof content === 'string') return { role, content: content === '' ? [] : [{ type: 'text', text: content }] };
  if (!Array.isArray(content)) throw invalid(`${where}.content: Input should be a valid string or list`);
  return { role, content: content.map((block, at) => readBlock(block, `${where}.content.${at}`)) };
}

/** Every tool call must be answered in the message after it, and nothing else may be. */
function checkToolPairs(all: readonly Message[]): void {
  const messages = all.map((message, at) => ({ ...message, at })).filter(({ role }) => role !== 'system');
  let open = new Set<string>();
  messages.forEach(({ role, content, at }, index) => {
    const next = messages[index + 1]?.role;
    if (role === 'assistant') for (const block of content) if (block.type === 'tool_use') open.add(block.id);
    if (role === 'user') {
      content.forEach((block, part) => {
        if (block.type !== 'tool_result' || open.delete(block.toolUseId)) return;
        throw invalid(
          `messages.${at}.content.${part}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.toolUseId}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
        );
      });
    }
    if (open.size > 0 && (role === 'user' ? next !== 'user' : next === undefined)) throw missing(at, [...open].join(', '));
    if (role === 'user' && next === 'assistant') open = new Set();
  });
}

const missing = (at: number, ids: string): ApiError =>
  invalid(`messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`);

function toolNames(body: JsonObject): Set<string> {
  const { tools = [], tool_choice: choice } = body;
  if (!Array.isArray(tools)) throw invalid('tools: Input should be a valid list');
  const names = tools.map((tool, at) => {
    if (!isObject(tool) || typeof tool['name'] !== 'string') throw invalid(`tools.${at}.name: Field required`);
    return tool['name'];
  });
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid('tools: Tool names must be unique.');
  return new Set(isObject(choice) && choice['type'] === 'none' ? [] : names);
}

/** Reads a body; `counting` is the free call that needs no limit for the answer. */
export function readRequest(body: JsonObject, counting = false): MessagesRequest {
  const unknown = Object.keys(body).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) throw invalid(`${unknown}: Extra inputs are not permitted`);
  const model = required(body, 'model');
  if (typeof model !== 'string' || model === '') throw invalid('model: Input should be a valid string');
  const maxTokens = counting ? 1 : required(body, 'max_tokens');
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens)) throw invalid('max_tokens: Input should be a valid integer');
  if (maxTokens < 1) throw invalid('max_tokens: Input should be greater than or equal to 1');
  const list = required(body, 'messages');
  if (!Array.isArray(list)) throw invalid('messages: Input should be a valid list');
  if (list.length === 0) throw invalid('messages: at least one message is required');
  if (list.length > MAX_MESSAGES) throw invalid(`messages: List should have at most ${MAX_MESSAGES} items`);
  const messages = list.map((entry, at) => readMessage(entry, `messages.${at}`));
  const empty = messages.findIndex(({ role, content }, at) => content.length === 0 && !(role === 'assistant' && at === messages.length - 1));
  if (empty >= 0) throw invalid(`messages.${empty}: all messages must have non-empty content except for the optional final assistant message`);
  checkToolPairs(messages);
  const { stream = false, stop_sequences: stops = [] } = body;
  if (typeof stream !== 'boolean') throw invalid('stream: Input should be a valid boolean');
  if (!Array.isArray(stops) || !stops.every((stop): stop is string => typeof stop === 'string')) throw invalid('stop_sequences: Input should be a valid list');
  const found = findModel(model);
  if (!found) throw new ApiError(404, `model: ${model}`);
  if (maxTokens > found.max_tokens) throw invalid(`max_tokens: ${maxTokens} > ${found.max_tokens}, which is the maximum allowed number of output tokens for ${model}`);
  return { model, maxTokens, stream, system: textOf(body['system'], 'system'), messages, tools: toolNames(body), stopSequences: stops, body };
}
