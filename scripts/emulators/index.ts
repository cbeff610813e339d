// Every outside service that the product talks to, in this process, on loopback.

import { startAgentsEmulator, type RunningEmulator } from './agents/index.ts';
import { startIdentityEmulators } from './identity.ts';
import { startMailEmulator } from './mail.ts';
import { startWebEmulator, type WebEmulator } from './web.ts';

export interface EmulatorsOptions {
  /** Where the agents' sessions and the web's pages are kept between two runs; without it they are not. Mail is never kept. */
  stateDir?: string;
  agentsPort?: number;
  mailPort?: number;
  /** Pause between the demo agent's steps, in milliseconds. */
  agentStepMs?: number;
}

export interface Emulators {
  agents: RunningEmulator;
  mail: RunningEmulator;
  web: WebEmulator;
  google: RunningEmulator;
  github: RunningEmulator;
  close(): Promise<void>;
}

export async function startEmulators(options: EmulatorsOptions = {}): Promise<Emulators> {
  const { stateDir, agentsPort, mailPort, agentStepMs } = options;
  const started: RunningEmulator[] = [];
  const keep = <T extends RunningEmulator>(emulator: T): T => {
    started.push(emulator);
    return emulator;
  };
  const closeAll = async (): Promise<void> => void (await Promise.all(started.map((emulator) => emulator.close())));
  try {
    const agents = keep(
      await startAgentsEmulator({
        ...(stateDir === undefined ? {} : { stateDir: `${stateDir}/agents` }),
        ...(agentsPort === undefined ? {} : { port: agentsPort }),
        ...(agentStepMs === undefined ? {} : { stepMs: agentStepMs }),
      }),
    );
    const mail = keep(await startMailEmulator(mailPort === undefined ? {} : { port: mailPort }));
    const web = keep(await startWebEmulator(stateDir === undefined ? {} : { stateDir }));
    const identity = await startIdentityEmulators();
    const google = keep(identity.google);
    const github = keep(identity.github);
    return { agents, mail, web, google, github, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
