// The Managed Agents emulator: the vendor's wire protocol on loopback, with the demo agent behind it.
// Start reading at `http.ts` (the door), then `events.ts` and `turns.ts` (what a session does), then
// `demo/agent.ts` (who answers).

import { agentRoutes } from './agents.ts';
import { controlRoutes } from './control.ts';
import { demoAgent } from './demo/agent.ts';
import { folderDisk, memoryDisk } from './disk.ts';
import { environmentRoutes } from './environments.ts';
import { eventRoutes } from './events.ts';
import { Faults } from './faults.ts';
import { fileRoutes } from './files.ts';
import { close, createApi, listen } from './http.ts';
import type { Clock } from './ids.ts';
import { Registry } from './registry.ts';
import { resourceRoutes } from './resources.ts';
import { sessionRoutes } from './sessions.ts';
import { Store } from './store.ts';
import { streamRoutes } from './stream.ts';

export interface AgentsEmulatorOptions {
  /** 0 picks a free one. */
  port?: number;
  /** Keeps sessions, files and turns under way between two runs. Without it nothing is kept. */
  stateDir?: string;
  /** How long one step of the demo agent takes, in milliseconds; 350 lets a person watch. */
  stepMs?: number;
  /** A stream that has nothing to say says so this often, in milliseconds. */
  keepAliveMs?: number;
  clock?: Clock;
}

export interface RunningEmulator {
  url: string;
  close(): Promise<void>;
}

export async function startAgentsEmulator(options: AgentsEmulatorOptions = {}): Promise<RunningEmulator> {
  const { port = 0, stateDir, stepMs = 350, keepAliveMs = 15_000, clock = Date.now } = options;
  const store = new Store(stateDir === undefined ? memoryDisk() : folderDisk(stateDir), clock);
  const registry = new Registry(store, { mind: demoAgent(store), stepMs, clock });
  const faults = new Faults();
  const server = createApi(
    [
      ...agentRoutes(store),
      ...environmentRoutes(store),
      ...sessionRoutes(registry, faults),
      ...eventRoutes(registry),
      ...streamRoutes(registry, keepAliveMs),
      ...resourceRoutes(registry),
      ...fileRoutes(store),
    ],
    controlRoutes(registry, faults),
    faults,
  );
  const url = await listen(server, port);
  return {
    url,
    async close() {
      await registry.close();
      await close(server);
    },
  };
}
