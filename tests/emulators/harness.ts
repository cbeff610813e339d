// What the emulators' tests share: a running emulator, the vendor's own client against it, and a product-like
// driver that sends a message, answers the credentials tool and collects what is heard.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { startAgentsEmulator, type AgentsEmulatorOptions, type RunningEmulator } from '../../scripts/emulators/agents/index.ts';
import type { SessionFaults, RequestFault } from '../../scripts/emulators/agents/faults.ts';
import type { SessionEvent, StreamEvent } from '../../scripts/emulators/agents/types.ts';
import type { Relay } from './relay.ts';

export interface Bench {
  emulator: RunningEmulator;
  client: Anthropic;
  newSession(): Promise<string>;
  faults(session: string | null, faults: SessionFaults & { requests?: Partial<RequestFault>[] }): Promise<void>;
  close(): Promise<void>;
}

/** A folder that is gone when the tests are. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vetka-emulators-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function clientFor(url: string): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: 'sk-test' });
}

/** An emulator on a free port with one agent and one environment. */
export async function bench(options: AgentsEmulatorOptions = {}): Promise<Bench> {
  const emulator = await startAgentsEmulator({ stepMs: 6, ...options });
  const client = clientFor(emulator.url);
  const agent = await client.beta.agents.create({ name: 'Builder', model: 'claude-opus-5-5', tools: [{ type: 'agent_toolset_20260401' }] });
  const name = `box ${agent.id}`;
  const environment = await client.beta.environments.create({ name });
  return {
    emulator,
    client,
    newSession: async () => (await client.beta.sessions.create({ agent: agent.id, environment_id: environment.id })).id,
    async faults(session, faults) {
      const door = session === null ? '/_emulator/faults' : `/_emulator/sessions/${session}/faults`;
      const response = await fetch(`${emulator.url}${door}`, { method: 'POST', body: JSON.stringify(faults) });
      if (!response.ok) throw new Error(`the faults were refused: ${await response.text()}`);
    },
    close: () => emulator.close(),
  };
}

export function userMessage(text: string) {
  return { type: 'user.message' as const, content: [{ type: 'text' as const, text }] };
}

/** The block that the product puts in front of a message. */
export function inContext(relay: Relay, words: string): string {
  return `<vetka_context turn="t1">\nsite_id: s1\nsite_url: ${relay.siteUrl}\ndeploy_url: ${relay.deployUrl}\n</vetka_context>\n\n${words}`;
}

export function credentials(relay: Relay, token = 'vdt_test-token_1'): string {
  return JSON.stringify({ token, deployUrl: relay.deployUrl, expiresAt: '2030-01-01T00:00:00Z' });
}

/** True for the event that ends a turn; an idle that waits for an answer does not. */
export function endsTurn(event: StreamEvent): boolean {
  return event.type === 'session.status_terminated' || (event.type === 'session.status_idle' && event.stop_reason.type !== 'requires_action');
}

/** Every event of the history, page by page. */
export async function history(client: Anthropic, session: string, limit = 1000): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  for await (const event of client.beta.sessions.events.list(session, { limit })) events.push(event);
  return events;
}

/** Says something and sees the turn through, answering for credentials. Returns what the stream delivered. */
export async function turn(client: Anthropic, session: string, text: string, relay: Relay, tokens: string[] = []): Promise<StreamEvent[]> {
  const heard: StreamEvent[] = [];
  const stream = await client.beta.sessions.events.stream(session);
  await client.beta.sessions.events.send(session, { events: [userMessage(inContext(relay, text))] });
  for await (const event of stream) {
    heard.push(event);
    if (event.type === 'agent.custom_tool_use') {
      await client.beta.sessions.events.send(session, {
        events: [{ type: 'user.custom_tool_result', custom_tool_use_id: event.id, content: [{ type: 'text', text: credentials(relay, tokens.shift()) }] }],
      });
    }
    if (endsTurn(event)) break;
  }
  return heard;
}

/** All that the agent said, as one text. */
export function said(events: readonly StreamEvent[]): string {
  return events.flatMap((event) => (event.type === 'agent.message' ? event.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])) : [])).join('\n');
}
