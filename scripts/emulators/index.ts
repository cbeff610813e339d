// Every outside service that the product talks to, in this process, on loopback.

import { startAgentsEmulator, type RunningEmulator } from './agents/index.ts';
import { startMailEmulator } from './mail.ts';

export interface EmulatorsOptions {
  /** Where the agents' sessions are kept between two runs; without it they are not. Mail is never kept. */
  stateDir?: string;
  agentsPort?: number;
  mailPort?: number;
  /** Pause between the demo agent's steps, in milliseconds. */
  agentStepMs?: number;
}

export interface Emulators {
  agents: RunningEmulator;
  mail: RunningEmulator;
  close(): Promise<void>;
}

export async function startEmulators(options: EmulatorsOptions = {}): Promise<Emulators> {
  const { stateDir, agentsPort, mailPort, agentStepMs } = options;
  const agents = await startAgentsEmulator({
    ...(stateDir === undefined ? {} : { stateDir: `${stateDir}/agents` }),
    ...(agentsPort === undefined ? {} : { port: agentsPort }),
    ...(agentStepMs === undefined ? {} : { stepMs: agentStepMs }),
  });
  try {
    const mail = await startMailEmulator(mailPort === undefined ? {} : { port: mailPort });
    return {
      agents,
      mail,
      async close() {
        await Promise.all([agents.close(), mail.close()]);
      },
    };
  } catch (error) {
    await agents.close();
    throw error;
  }
}
