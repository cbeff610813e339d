/**
 * The whole product on one machine: every worker on real workerd with host routing, behind one port.
 * Names, bindings and routes come from the workers' own wrangler.toml files; only addresses and secrets are replaced.
 */
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Miniflare, convertV4MiniflareOptions } from 'miniflare';
import type { D1Database } from '@cloudflare/workers-types';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import { startEmulators, type Emulators } from '../emulators/index.ts';
import type { BrowserEmulator } from '../emulators/browser.ts';
import type { SafeBrowsingEmulator } from '../emulators/safe-browsing.ts';
import type { SaasEmulator } from '../emulators/saas.ts';
import type { WebEmulator } from '../emulators/web.ts';
import { sandboxAgent } from '../agent-sdk.ts';
import { setupAgent } from '../agent-setup.ts';
import { buildDir, configFile, workers, type WorkerName } from './build.ts';
import { migrate } from './migrations.ts';
import { counter, countedBy, type Point } from './counter.ts';
import { outbound, type OpenWeb } from './outbound.ts';
import { OPTIONAL_SECRETS } from './secrets.ts';
import { stateSecrets, type Settings } from './settings.ts';

/** The domain in the workers' files, and what stands for it here. */
const PRODUCTION_DOMAIN = 'vetka.sh';
const LOCAL_DOMAIN = 'vetka.localhost';
/** By what a sandbox reaches this machine. */
const PROXY_HOST = '127.0.0.1';

export interface StackOptions {
  /** 0 takes a free one. */
  port?: number;
  stateDir: string;
  /** Empties the state folder first. */
  fresh?: boolean;
  /** Pause between the demo agent's steps, in milliseconds. */
  agentStepMs?: number;
  /** Variables and secrets that win over all others. */
  settings?: Settings;
  /** For tests: plays the rest of the web for those workers that ask it. */
  openWeb?: OpenWeb;
  /** For tests: hears of all that the workers count. */
  counted?: (point: Point) => void;
  say?: (line: string) => void;
}

/** What a program needs to talk to the stack; printed as the `ready` line. */
export interface Addresses {
  app: string;
  sites: string;
  inbox: string;
  mail: string;
  agents: string;
  forge: string;
  web: string;
  /** e2b, where the sessions' sandboxes are. */
  sandboxes: string;
}

export interface Stack {
  /** Websites that somebody owns already, and the resolver that knows them. */
  web: WebEmulator;
  /** Takes pictures of sites. */
  browser: BrowserEmulator;
  /** Knows which addresses are unsafe. */
  safeBrowsing: SafeBrowsingEmulator;
  /** Cloudflare, as far as people's own domains go. */
  saas: SaasEmulator;
  addresses: Addresses;
  miniflare: () => Miniflare;
  /** Loads what was built meanwhile, and applies new migrations. */
  reload: () => Promise<void>;
  /** Stops workerd and starts it again on the same state, as a crash or an update would. */
  restart: () => Promise<void>;
  close: () => Promise<void>;
}

export const scriptName = (worker: WorkerName): string => `vetka-${worker}`;

export async function startStack(options: StackOptions): Promise<Stack> {
  const say = options.say ?? (() => undefined);
  const port = await claimPort(options.port ?? 0);
  if (options.fresh) rmSync(options.stateDir, { recursive: true, force: true });

  const secrets = stateSecrets(options.stateDir);
  const own = options.settings ?? {};
  const emulators = await startEmulators({
    stateDir: join(options.stateDir, 'emulators'),
    sitesDomain: LOCAL_DOMAIN,
    // A sandbox has nothing to talk to but this stack, which is its proxy.
    sandboxes: { share: sandboxAgent(join(options.stateDir, 'sandbox-agent')), reachable: [port] },
    ...(options.agentStepMs === undefined ? {} : { agentStepMs: options.agentStepMs }),
  });
  let miniflare: Miniflare | undefined;
  try {
    const app = `http://${LOCAL_DOMAIN}:${port}`;
    const sites = `http://{label}.${LOCAL_DOMAIN}:${port}`;
    const addresses: Addresses = {
      app,
      sites,
      inbox: emulators.mail.url,
      mail: `${emulators.mail.url}/mail`,
      agents: emulators.agents.url,
      forge: emulators.forge.url,
      web: emulators.web.url,
      sandboxes: emulators.sandboxes.url,
    };
    const settings: Settings = {
      ...secrets,
      APP_ORIGIN: app,
      SITES_ORIGIN: sites,
      ENVIRONMENT: 'development',
      DNS_URL: emulators.web.dns,
      DEVELOPMENT_SITE_HOST: 'localhost',
      BROWSER_RENDERING_URL: emulators.browser.api,
      BROWSER_RENDERING_TOKEN: 'local',
      CLOUDFLARE_ACCOUNT_ID: 'local',
      SAFE_BROWSING_URL: emulators.safeBrowsing.url,
      SAFE_BROWSING_KEY: 'local',
      MODEL_API_URL: emulators.messages.url,
      // Names mean nothing in a sandbox.
      PROXY_ORIGIN: `http://${PROXY_HOST}:${port}`,
      PREVIEW_ORIGIN: `http://{session}.preview.${LOCAL_DOMAIN}:${port}`,
      ...mailSettings(own, emulators),
      ...identitySettings(own, emulators),
      ...domainSettings(own, emulators),
      ...sandboxSettings(own, emulators),
      ...(await agentSettings(own, emulators)),
      ...own,
    };
    const configured = () => miniflareOptions(port, options, settings);
    miniflare = new Miniflare(configured());
    await miniflare.ready;
    const applyMigrations = async () => {
      const fresh = await migrate((await running().getD1Database('DB', scriptName('api'))) as unknown as D1Database);
      for (const name of fresh) say(`applied migration ${name}`);
    };
    const running = (): Miniflare => {
      if (!miniflare) throw new Error('the stack is closed');
      return miniflare;
    };
    await applyMigrations();
    return {
      web: emulators.web,
      browser: emulators.browser,
      safeBrowsing: emulators.safeBrowsing,
      saas: emulators.saas,
      addresses,
      miniflare: running,
      reload: async () => {
        await running().setOptions(configured());
        await applyMigrations();
      },
      restart: async () => {
        await running().dispose();
        miniflare = new Miniflare(configured());
        await miniflare.ready;
      },
      close: async () => {
        await miniflare?.dispose();
        miniflare = undefined;
        await emulators.close();
      },
    };
  } catch (failure) {
    await miniflare?.dispose();
    await emulators.close();
    throw failure;
  }
}

/** Mail goes to the emulator unless there is a real key. */
function mailSettings(own: Settings, emulators: Emulators): Settings {
  return own['RESEND_API_KEY'] ? {} : { RESEND_BASE_URL: emulators.mail.url, RESEND_API_KEY: 're_local' };
}

/** People sign in at the emulators of those providers for which there is no real client. */
function identitySettings(own: Settings, emulators: Emulators): Settings {
  const google = { GOOGLE_ISSUER: emulators.google.url, GOOGLE_CLIENT_ID: 'local', GOOGLE_CLIENT_SECRET: 'local' };
  const { url } = emulators.forge;
  const github = { GITHUB_URL: url, GITHUB_API_URL: url, GITHUB_CLIENT_ID: 'local', GITHUB_CLIENT_SECRET: 'local' };
  return { ...(own['GOOGLE_CLIENT_ID'] ? {} : google), ...(own['GITHUB_CLIENT_ID'] ? {} : github) };
}

/** People's own domains are made at the emulator unless there is a real zone for them. */
function domainSettings(own: Settings, { saas }: Emulators): Settings {
  return own['CLOUDFLARE_SAAS_TOKEN'] ? {} : { CLOUDFLARE_API_URL: saas.api, SAAS_ZONE_ID: saas.zoneId, CLOUDFLARE_SAAS_TOKEN: saas.token };
}

/** Sandboxes are made on this machine unless there is a real key for them. */
function sandboxSettings(own: Settings, { sandboxes: { url } }: Emulators): Settings {
  return own['E2B_API_KEY'] ? {} : { E2B_API_URL: url, E2B_SANDBOX_URL: url, E2B_API_KEY: 'e2b_local' };
}

/** Conversations go to the emulator unless there is a real key; its agent is set up as the real one would be. */
async function agentSettings(own: Settings, emulators: Emulators): Promise<Settings> {
  if (own['ANTHROPIC_API_KEY']) {
    if (own['ANTHROPIC_AGENT_ID'] && own['ANTHROPIC_ENVIRONMENT_ID']) return {};
    throw new Error(
      '.dev.vars has ANTHROPIC_API_KEY but not ANTHROPIC_AGENT_ID and ANTHROPIC_ENVIRONMENT_ID. Run scripts/agent-setup and add the ids that it prints.',
    );
  }
  const apiKey = 'local';
  const { agentId, environmentId } = await setupAgent({
    baseURL: emulators.agents.url,
    apiKey,
    appHost: LOCAL_DOMAIN,
    sitesHost: LOCAL_DOMAIN,
  });
  return {
    ANTHROPIC_BASE_URL: emulators.agents.url,
    ANTHROPIC_API_KEY: apiKey,
    ANTHROPIC_AGENT_ID: agentId,
    ANTHROPIC_ENVIRONMENT_ID: environmentId,
  };
}

function miniflareOptions(port: number, { stateDir, openWeb, counted }: StackOptions, settings: Settings) {
  return convertV4MiniflareOptions({
    host: '127.0.0.1',
    port,
    // What the edge knows of where a request came from. Here it knows nothing; left out, Miniflare would make a place up.
    cf: {},
    resourcePersistencePath: join(stateDir, 'v3'),
    unsafeTriggerHandlers: true,
    // The first worker answers hosts that no route names.
    workers: [
      ...[...workers].reverse().map((worker) => workerOptions(worker, settings, openWeb, counted !== undefined)),
      ...(counted ? [counter(counted)] : []),
    ],
  });
}

function workerOptions(worker: WorkerName, settings: Settings, openWeb: OpenWeb | undefined, isCounted: boolean) {
  const file = configFile(worker);
  // Our modules are listed one by one: no rules by which to find them, no folder in which to look.
  const { modulesRules: _rules, rootPath: _folder, ...fromToml } = quietly(() => unstable_getMiniflareWorkerOptions(file)).workerOptions;
  const config = quietly(() => unstable_readConfig({ config: file }));
  const bindings: Settings = { ...(fromToml.bindings as Settings | undefined) };
  const known = [...Object.keys(bindings), ...(config.secrets?.required ?? []), ...(OPTIONAL_SECRETS[worker] ?? [])];
  for (const name of known) if (settings[name] !== undefined) bindings[name] = settings[name];
  const build = buildDir(worker);
  return {
    ...fromToml,
    ...(isCounted ? countedBy(fromToml) : {}),
    name: scriptName(worker),
    bindings,
    // People's own domains, which on Cloudflare come in by `*/*`. Here any name of this machine can be one. The proxy has
    // a name there, and here none that a sandbox would know.
    routes: [...routes(config), ...(worker === 'hosting' ? ['*.localhost/*'] : []), ...(worker === 'teams' ? [`${PROXY_HOST}/*`] : [])],
    ...(worker === 'api' || worker === 'openweb' || worker === 'teams' ? { outboundService: outbound(openWeb) } : {}),
    modulesRoot: build,
    modules: [
      { type: 'ESModule' as const, path: join(build, 'index.js') },
      { type: 'CompiledWasm' as const, path: join(build, 'index_bg.wasm') },
    ],
  };
}

function routes(config: ReturnType<typeof unstable_readConfig>): string[] {
  const written: (string | { pattern: string })[] = config.routes ?? [];
  return written.map((route) => {
    const pattern = typeof route === 'string' ? route : route.pattern;
    const local = pattern.replace(PRODUCTION_DOMAIN, LOCAL_DOMAIN);
    return local.includes('/') ? local : `${local}/*`;
  });
}

/** wrangler warns that secrets are missing from places where we do not keep them. */
function quietly<T>(read: () => T): T {
  const { log, warn } = console;
  console.log = console.warn = () => undefined;
  try {
    return read();
  } finally {
    Object.assign(console, { log, warn });
  }
}

/** The wanted port, if it is free; for 0, one that is. */
async function claimPort(wanted: number): Promise<number> {
  if (wanted === 0) return await freePort();
  if (!(await isFree(wanted))) throw new PortTaken(wanted);
  return wanted;
}

/**
 * A free port below those that the system hands out by itself: one of those could be given to an emulator, or to a
 * connection, between this look and workerd's start.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error('No free port was found from 20000 to 32000.');
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

export class PortTaken extends Error {
  constructor(port: number) {
    super(`Port ${port} is taken. Stop what uses it, or choose another with --port N.`);
  }
}
