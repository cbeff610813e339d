// What a request to the Messages API is, once it has been read, and what is answered.

import type { JsonObject } from '../agents/checks.ts';

export type Block =
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: JsonObject }
  | { type: 'tool_result'; toolUseId: string; text: string; isError: boolean }
  /** Pictures, documents, thinking: nothing that the demo model looks at. */
  | { type: 'other' };

export interface Message {
  role: 'user' | 'assistant' | 'system';
  content: Block[];
}

export interface MessagesRequest {
  model: string;
  maxTokens: number;
  stream: boolean;
  system: string;
  messages: Message[];
  /** Names of the tools that may be called. */
  tools: ReadonlySet<string>;
  stopSequences: string[];
  /** The body as it came, for counting. */
  body: JsonObject;
}

export type Said = { type: 'text'; text: string } | { type: 'tool_use'; name: string; input: JsonObject };

/** What a model answers, in order. With a tool call at the end, the client is asked to run it and come back. */
export type Reply = Said[];

/** Whoever answers: everything it knows is in the request. */
export type Mind = (request: MessagesRequest) => Reply;
