// The Messages API emulator: the vendor's wire protocol on loopback, with the demo model behind it, which is no model.
// Start reading at `http.ts` (the door), then `demo/mind.ts` (who answers).

import type { JsonObject } from '../agents/checks.ts';
import { close, listen } from '../agents/http.ts';
import type { Clock } from '../agents/ids.ts';
import type { RunningEmulator } from '../agents/index.ts';
import { Control } from './control.ts';
import { demoModel } from './demo/mind.ts';
import { Faults } from './faults.ts';
import { createMessagesServer } from './http.ts';
import type { Mind } from './types.ts';
import { PromptCache } from './usage.ts';

export interface MessagesEmulatorOptions {
  /** 0 picks a free one. */
  port?: number;
  /** Pause between two events of a stream, in milliseconds; 25 lets a person watch the words come. */
  pieceMs?: number;
  clock?: Clock;
  /** Who answers in place of the demo model. */
  mind?: Mind;
}

/** Starts it; `url` is what `ANTHROPIC_BASE_URL` is set to. */
export async function startMessagesEmulator(options: MessagesEmulatorOptions = {}): Promise<RunningEmulator> {
  const { port = 0, pieceMs = 25, clock = Date.now, mind = demoModel } = options;
  const faults = new Faults();
  const control = new Control(faults, clock);
  const server = createMessagesServer({
    mind,
    faults,
    cache: new PromptCache(clock),
    pieceMs,
    heard: (request) => control.heard(request),
    control: (method: string, path: string, body: () => Promise<JsonObject>) => control.answer(method, path, body),
  });
  return { url: await listen(server, port), close: () => close(server) };
}
