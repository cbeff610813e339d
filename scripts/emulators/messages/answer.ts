// A reply as the service sends it: one JSON message, or the same as a stream of events.

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../agents/checks.ts';
import { newId } from '../agents/ids.ts';
import type { Fault } from './faults.ts';
import type { MessagesRequest, Reply, Said } from './types.ts';
import { tokensIn, usageOf, type PromptUsage } from './usage.ts';

/** A message that is ready to be sent. */
export interface Answer {
  id: string;
  model: string;
  blocks: Said[];
  stopReason: 'end_turn' | 'tool_use' | 'max_tokens' | 'stop_sequence';
  stopSequence: string | null;
  prompt: PromptUsage;
  outputTokens: number;
}

const written = (block: Said): string => (block.type === 'text' ? block.text : `${block.name} ${JSON.stringify(block.input)}`);

/** Holds a reply to what the request allows: its stop sequences and its number of tokens. */
export function answerTo(request: MessagesRequest, reply: Reply, prompt: PromptUsage): Answer {
  const answer: Answer = { id: newId('msg'), model: request.model, blocks: [], stopReason: 'end_turn', stopSequence: null, prompt, outputTokens: 0 };
  for (const block of reply) {
    const text = written(block);
    const stops = block.type === 'text' ? request.stopSequences.flatMap((stop) => (stop !== '' && text.includes(stop) ? [{ stop, at: text.indexOf(stop) }] : [])) : [];
    const stop = stops.sort((a, b) => a.at - b.at)[0];
    const room = (request.maxTokens - answer.outputTokens) * 4;
    if (block.type === 'text' && Math.min(stop?.at ?? Infinity, text.length) > room) {
      answer.blocks.push({ type: 'text', text: text.slice(0, room).toWellFormed() });
      answer.outputTokens = request.maxTokens;
      return { ...answer, stopReason: 'max_tokens' };
    }
    if (block.type === 'tool_use' && text.length > room) return { ...answer, outputTokens: request.maxTokens, stopReason: 'max_tokens' };
    if (stop) {
      if (stop.at > 0) answer.blocks.push({ type: 'text', text: text.slice(0, stop.at) });
      answer.outputTokens += tokensIn(text.slice(0, stop.at));
      return { ...answer, stopReason: 'stop_sequence', stopSequence: stop.stop };
    }
    answer.blocks.push(block);
    answer.outputTokens += tokensIn(text);
    if (block.type === 'tool_use') answer.stopReason = 'tool_use';
  }
  return answer;
}

const wire = (block: Said): JsonObject => (block.type === 'text' ? { type: 'text', text: block.text } : { type: 'tool_use', id: newId('toolu'), name: block.name, input: block.input });

function message({ id, model }: Answer, rest: JsonObject): JsonObject {
  return { id, type: 'message', role: 'assistant', model, ...rest };
}

/** The answer in one piece. */
export function asJson(answer: Answer): JsonObject {
  const { blocks, stopReason, stopSequence, prompt, outputTokens } = answer;
  return message(answer, { content: blocks.map(wire), stop_reason: stopReason, stop_sequence: stopSequence, usage: usageOf(prompt, outputTokens) });
}

/** A text in pieces of a few words that join to the whole. */
function pieces(text: string): string[] {
  return text.match(/(?:\S+\s*|\s+){1,4}/g) ?? [];
}

function* events(answer: Answer): Generator<JsonObject & { type: string }> {
  yield { type: 'message_start', message: message(answer, { content: [], stop_reason: null, stop_sequence: null, usage: usageOf(answer.prompt, 1) }) };
  yield { type: 'ping' };
  for (const [index, block] of answer.blocks.entries()) {
    if (block.type === 'text') {
      yield { type: 'content_block_start', index, content_block: { type: 'text', text: '' } };
      for (const text of pieces(block.text)) yield { type: 'content_block_delta', index, delta: { type: 'text_delta', text } };
    } else {
      yield { type: 'content_block_start', index, content_block: { ...wire(block), input: {} } };
      const json = JSON.stringify(block.input);
      yield { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: '' } };
      for (let at = 0; at < json.length; at += 200) yield { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: json.slice(at, at + 200) } };
    }
    yield { type: 'content_block_stop', index };
  }
  const { prompt, outputTokens, stopReason, stopSequence } = answer;
  yield { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: stopSequence }, usage: usageOf(prompt, outputTokens) };
  yield { type: 'message_stop' };
}

const OVERLOADED = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };

/** Streams the answer, `pieceMs` between two events, with whatever a fault does to it. */
export async function asStream(response: ServerResponse, answer: Answer, pieceMs: number, fault: Fault | null): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  const send = (event: { type: string }): boolean => response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  let sent = 0;
  for (const event of events(answer)) {
    if (fault?.cutAfterEvents === sent) return void response.destroy();
    if (fault?.errorAfterEvents === sent) {
      send(OVERLOADED);
      break;
    }
    if (sent > 0 && pieceMs > 0) await sleep(pieceMs);
    if (response.destroyed) return;
    send(event);
    sent += 1;
  }
  response.end();
}
