// Every outside service that the product talks to, in this process, on loopback.

import { startAgentsEmulator, type RunningEmulator } from './agents/index.ts';
import { startBrowserEmulator, type BrowserEmulator } from './browser.ts';
import { startIdentityEmulators } from './identity.ts';
import { startMailEmulator } from './mail.ts';
import { startSafeBrowsingEmulator, type SafeBrowsingEmulator } from './safe-browsing.ts';
import { startSaasEmulator, type SaasEmulator } from './saas.ts';
import { startWebEmulator, type WebEmulator } from './web.ts';

export interface EmulatorsOptions {
  /** Where the agents' sessions, the web's pages and domains are kept between two runs; without it they are not. Mail is never kept. */
  stateDir?: string;
  agentsPort?: number;
  mailPort?: number;
  /** Pause between the demo agent's steps, in milliseconds. */
  agentStepMs?: number;
  /** Below which the sites of this stack are; a browser that takes pictures sees no others. */
  sitesDomain?: string;
}

export interface Emulators {
  agents: RunningEmulator;
  mail: RunningEmulator;
  web: WebEmulator;
  /** Cloudflare, as far as people's own domains go. */
  saas: SaasEmulator;
  google: RunningEmulator;
  github: RunningEmulator;
  browser: BrowserEmulator;
  safeBrowsing: SafeBrowsingEmulator;
  close(): Promise<void>;
}

export async function startEmulators(options: EmulatorsOptions = {}): Promise<Emulators> {
  const { stateDir, agentsPort, mailPort, agentStepMs, sitesDomain } = options;
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
    const saas = keep(await startSaasEmulator({ domain: sitesDomain ?? 'vetka.localhost', dns: web.dns, ...(stateDir === undefined ? {} : { stateDir }) }));
    const identity = await startIdentityEmulators();
    const google = keep(identity.google);
    const github = keep(identity.github);
    const browser = keep(await startBrowserEmulator(sitesDomain === undefined ? {} : { sitesDomain }));
    const safeBrowsing = keep(await startSafeBrowsingEmulator());
    return { agents, mail, web, saas, google, github, browser, safeBrowsing, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
