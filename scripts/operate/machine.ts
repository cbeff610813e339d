/** The local stack: tools, its state, the keys that put a real service in an emulator's place. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { buildDir, workers } from '../stack/build.ts';
import { root } from '../stack/root.ts';
import { devVars, type Settings } from '../stack/settings.ts';
import { ask } from './ask.ts';
import type { Place } from './command.ts';
import { look, missing, ok, warning, type Finding } from './finding.ts';

const TOOLS: [program: string, args: string[], how: string, necessary: boolean][] = [
  ['rustup', ['--version'], 'Install Rust from rustup.rs.', true],
  ['cargo', ['--version'], 'Install Rust from rustup.rs.', true],
  ['npm', ['--version'], 'Install Node 20 or newer.', true],
  ['git', ['--version'], 'Install git.', true],
  ['python3', ['--version'], 'Install Python 3; only the contract tests want it.', false],
  ['chromium', ['--version'], 'scripts/setup --browser installs it; only tests in a browser and pictures of sites want it.', false],
];

/** What a key in `.dev.vars` puts a real service in the place of, and what has to stand there with it. */
const KEYS: [name: string, opens: string, beside: string[]][] = [
  ['RESEND_API_KEY', 'mail that really leaves', []],
  ['ANTHROPIC_API_KEY', 'the real agent', ['ANTHROPIC_AGENT_ID', 'ANTHROPIC_ENVIRONMENT_ID']],
  ['GOOGLE_CLIENT_ID', 'signing in with the real Google', ['GOOGLE_CLIENT_SECRET']],
  ['GITHUB_CLIENT_ID', 'signing in with the real GitHub', ['GITHUB_CLIENT_SECRET']],
  ['BROWSER_RENDERING_TOKEN', "pictures by Cloudflare's own browsers", ['BROWSER_RENDERING_URL', 'CLOUDFLARE_ACCOUNT_ID']],
  ['SAFE_BROWSING_KEY', 'the real lists of unsafe addresses', ['SAFE_BROWSING_URL', 'SAFE_BROWSING']],
  ['E2B_API_KEY', 'real sandboxes', ['E2B_API_URL', 'E2B_SANDBOX_URL', 'PROXY_ORIGIN']],
  ['CLOUDFLARE_SAAS_TOKEN', "people's own domains in a real zone", ['CLOUDFLARE_API_URL', 'SAAS_ZONE_ID']],
];

export async function checkMachine({ state: stateDir, url }: Pick<Place, 'state' | 'url'>, vars = devVars()): Promise<Finding[]> {
  const tools = TOOLS.map(([program, args, how, necessary]) => {
    const there = spawnSync(program, args, { stdio: 'ignore' }).status === 0;
    if (there) return ok(program);
    return (necessary ? missing : warning)(`${program} is not there`, how);
  });
  const built = ['worker-build', 'wasm-bindgen'].map((tool) =>
    existsSync(join(root, 'target/tools', tool)) ? ok(tool) : missing(`${tool} is not built`, 'Run scripts/setup; it takes some minutes, once.'));
  const unbuilt = workers.filter((worker) => !existsSync(join(buildDir(worker), 'index.js')));
  return [
    ...tools,
    ...built,
    existsSync(join(root, 'node_modules/.installed-lock')) ? ok('npm packages') : warning('npm packages are not those of this checkout', 'Run scripts/setup.'),
    unbuilt.length === 0 ? ok('the workers are built') : warning(`${unbuilt.join(', ')} is not built`, 'scripts/dev builds what it needs.'),
    writable(stateDir),
    ...(await running(url)),
    ...KEYS.map(([name, opens, beside]) => key(vars, name, opens, beside)),
  ];
}

/** Half of what goes together would ask a real service with what is an emulator's. */
function key(vars: Settings, name: string, opens: string, beside: string[]): Finding {
  if (!vars[name]) return ok(`no ${name} in .dev.vars: an emulator stands for ${opens}`);
  const lacking = beside.filter((one) => !vars[one]);
  if (lacking.length === 0) return ok(`${name}: ${opens}`);
  const how = name === 'ANTHROPIC_API_KEY' ? 'Run scripts/agent-setup and add the ids that it prints.' : 'Add what is missing; .dev.vars.example says what each is.';
  return missing(`.dev.vars has ${name} without ${lacking.join(' and ')}`, how);
}

function writable(stateDir: string): Finding {
  try {
    if (existsSync(stateDir)) accessSync(stateDir, constants.R_OK | constants.W_OK);
    else rmSync(mkdtempSync(join(dirname(stateDir), '.doctor-')), { recursive: true });
    return ok(existsSync(stateDir) ? `state is kept in ${stateDir}` : `${stateDir} will be made`);
  } catch {
    return missing(`${stateDir} cannot be written`, 'Give yourself the right to, or name another folder with --state.');
  }
}

/** A stack that runs, or a free port for one. */
async function running(url: string): Promise<Finding[]> {
  const port = Number(new URL(url).port || 80);
  const free = await new Promise<boolean>((settle) => {
    const probe = createServer();
    probe.once('error', () => settle(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => settle(true)));
  });
  if (free) return [ok(`port ${port} is free; scripts/dev would answer there`)];
  return await look(`port ${port} is taken by something else`, 'Stop it, or choose another with scripts/dev --port N.', async () => await health(await ask(`${url}/healthz`)));
}

/** What /healthz says, a line a thing that is not well. */
export function health({ status, body }: { status: number; body: string }): Finding[] {
  const how = 'The worker\'s log says why: look for "health".';
  const said = JSON.parse(body) as { ok: boolean; worker: string; checks: Record<string, boolean>; workers: Record<string, { ok: boolean; checks: Record<string, boolean> }> };
  if (status === 200) return [ok('/healthz: every worker reaches what it is bound to')];
  const parts = Object.entries({ api: said, ...said.workers }).flatMap(([name, { checks }]) =>
    Object.keys(checks).length === 0 ? [missing(`/healthz: ${name} does not answer`, 'Run scripts/deploy again.')] : Object.entries(checks).filter(([, well]) => !well).map(([thing]) => missing(`/healthz: ${name} does not reach its ${thing}`, how)));
  return parts.length > 0 ? parts : [missing(`/healthz answered ${status}`, how)];
}
