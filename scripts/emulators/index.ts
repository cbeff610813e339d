// Every outside service that the product talks to, in this process, on loopback.

import { startAgentsEmulator, type RunningEmulator } from './agents/index.ts';
import { startBrowserEmulator, type BrowserEmulator } from './browser.ts';
import { startE2bEmulator, type E2bEmulator, type E2bEmulatorOptions } from './e2b/index.ts';
import { startForge, type RepositorySource } from './forge/index.ts';
import { startGoogleEmulator } from './identity.ts';
import { startMailEmulator } from './mail.ts';
import { startMessagesEmulator } from './messages/index.ts';
import { startSafeBrowsingEmulator, type SafeBrowsingEmulator } from './safe-browsing.ts';
import { startSaasEmulator, type SaasEmulator } from './saas.ts';
import { startWebEmulator, type WebEmulator } from './web.ts';

export interface EmulatorsOptions {
  /** Where the agents' sessions, the forge's repositories, the web's pages and domains are kept between two runs; without it they are not. Mail is never kept. */
  stateDir?: string;
  agentsPort?: number;
  mailPort?: number;
  /** Repositories of this machine that the forge takes in besides its samples. */
  repositories?: readonly RepositorySource[];
  /** Pause between the demo agent's steps, in milliseconds. */
  agentStepMs?: number;
  /** Below which the sites of this stack are; a browser that takes pictures sees no others. */
  sitesDomain?: string;
  /** What the sandboxes see of this machine, and what they reach of it. */
  sandboxes?: Pick<E2bEmulatorOptions, 'share' | 'reachable'>;
}

export interface Emulators {
  agents: RunningEmulator;
  mail: RunningEmulator;
  /** The model that people's own keys are for. */
  messages: RunningEmulator;
  web: WebEmulator;
  /** Cloudflare, as far as people's own domains go. */
  saas: SaasEmulator;
  google: RunningEmulator;
  /** GitHub: whom one signs in as, repositories, pull requests. */
  forge: RunningEmulator;
  browser: BrowserEmulator;
  safeBrowsing: SafeBrowsingEmulator;
  /** e2b: machines for the sessions, made here. */
  sandboxes: E2bEmulator;
  close(): Promise<void>;
}

export async function startEmulators(options: EmulatorsOptions = {}): Promise<Emulators> {
  const { stateDir, agentsPort, mailPort, agentStepMs, sitesDomain, repositories, sandboxes: sandboxOptions } = options;
  const started: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(emulator: T): T => {
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
    const messages = keep(await startMessagesEmulator());
    const web = keep(await startWebEmulator(stateDir === undefined ? {} : { stateDir }));
    const saas = keep(await startSaasEmulator({ domain: sitesDomain ?? 'vetka.localhost', dns: web.dns, ...(stateDir === undefined ? {} : { stateDir }) }));
    const google = keep(await startGoogleEmulator());
    const forge = keep(
      await startForge({
        ...(stateDir === undefined ? {} : { stateDir: `${stateDir}/forge` }),
        ...(repositories === undefined ? {} : { repositories }),
      }),
    );
    const browser = keep(await startBrowserEmulator(sitesDomain === undefined ? {} : { sitesDomain }));
    const safeBrowsing = keep(await startSafeBrowsingEmulator());
    const sandboxes = keep(
      await startE2bEmulator({
        ...sandboxOptions,
        ...(stateDir === undefined ? {} : { stateDir: `${stateDir}/sandboxes` }),
        // As with the agent: a pause lets a person watch, and tests do without.
        ...(agentStepMs === undefined ? {} : { stepMs: agentStepMs }),
      }),
    );
    return { agents, mail, messages, web, saas, google, forge, browser, safeBrowsing, sandboxes, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
