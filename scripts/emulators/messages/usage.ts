// What a call used, counted from its text: a token is about four characters. A prompt is a line of pieces (tools, then
// system, then messages); where a piece is marked with `cache_control`, everything up to it is kept for five minutes,
// and a later prompt that begins in the same way is charged as read from the cache.

import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from '../agents/checks.ts';
import type { Clock } from '../agents/ids.ts';

/** Shorter prompts are not cached by the service. */
const LEAST_CACHED = 1024;
const FIVE_MINUTES = 5 * 60_000;
const MAX_ENTRIES = 10_000;
const PICTURE_TOKENS = 1_600;

/** Tokens of the prompt, by how they are charged. */
export interface PromptUsage {
  input: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
}

interface Piece {
  /** Everything that tells it from another one. */
  key: string;
  tokens: number;
  keep: '5m' | '1h' | null;
}

/** Tokens of a text. */
export const tokensIn = (text: string): number => Math.ceil(text.length / 4);

const isBinary = (block: JsonObject): boolean => isObject(block['source']) && block['source']['type'] === 'base64';

function piece(value: unknown, where: string): Piece {
  // A client may write the same text as a string now and as a block later, once it marks it.
  const { cache_control: mark, ...rest } = isObject(value) ? value : { type: 'text', text: value };
  const text = JSON.stringify(rest);
  const tokens = isBinary(rest) ? PICTURE_TOKENS : tokensIn(typeof rest['text'] === 'string' && rest['type'] === 'text' ? rest['text'] : text);
  return { key: `${where} ${text}`, tokens, keep: isObject(mark) ? (mark['ttl'] === '1h' ? '1h' : '5m') : null };
}

const many = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);

function piecesOf(body: JsonObject): Piece[] {
  const messages = many(body['messages']).filter(isObject).flatMap(({ role, content }) => many(content).map((block) => piece(block, `message ${String(role)}`)));
  const pieces = [...many(body['tools']).map((tool) => piece(tool, 'tool')), ...many(body['system']).map((block) => piece(block, 'system')), ...messages];
  const last = pieces.at(-1);
  // A mark on the request itself stands for one on its last piece.
  if (last && isObject(body['cache_control'])) last.keep ??= body['cache_control']['ttl'] === '1h' ? '1h' : '5m';
  return pieces;
}

/** All tokens of a prompt, whatever they cost. */
export const promptTokens = (body: JsonObject): number => piecesOf(body).reduce((sum, { tokens }) => sum + tokens, 0);

/** The prompts that are kept, per key and model. */
export class PromptCache {
  readonly #clock: Clock;
  /** Digest of a beginning to the time until which it is kept. */
  readonly #kept = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What this prompt costs, remembering what is marked to be kept. */
  charge(key: string, model: string, body: JsonObject): PromptUsage {
    const now = this.#clock();
    const usage: PromptUsage = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
    const digest = createHash('sha256').update(`${key} ${model}`);
    const marks: { at: number; id: string; keep: '5m' | '1h' }[] = [];
    let total = 0;
    for (const { key: text, tokens, keep } of piecesOf(body)) {
      digest.update(text);
      total += tokens;
      const id = digest.copy().digest('base64');
      if ((this.#kept.get(id) ?? 0) > now) usage.cacheRead = total;
      if (keep && total >= LEAST_CACHED) marks.push({ at: total, id, keep });
    }
    const last = marks.at(-1)?.at ?? 0;
    usage.cacheRead = Math.min(usage.cacheRead, last);
    let from = usage.cacheRead;
    for (const { at, id, keep } of marks) {
      if (at > from) usage[keep === '1h' ? 'cacheWrite1h' : 'cacheWrite5m'] += at - from;
      from = Math.max(from, at);
      this.#keep(id, now + (keep === '1h' ? 12 : 1) * FIVE_MINUTES);
    }
    usage.input = total - from;
    return usage;
  }

  #keep(id: string, until: number): void {
    this.#kept.delete(id);
    this.#kept.set(id, until);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_ENTRIES) break;
      this.#kept.delete(oldest);
    }
  }
}

/** The `usage` of an answer, as the service writes it. */
export function usageOf(prompt: PromptUsage, output: number): JsonObject {
  return {
    input_tokens: prompt.input,
    cache_creation_input_tokens: prompt.cacheWrite5m + prompt.cacheWrite1h,
    cache_read_input_tokens: prompt.cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: prompt.cacheWrite5m, ephemeral_1h_input_tokens: prompt.cacheWrite1h },
    output_tokens: output,
    service_tier: 'standard',
  };
}
