/**
 * Holds what we depend on to `deny.toml` and to `docs/DEPENDENCIES.md`: the licence of every package, where it comes from, that
 * none is there twice without a reason, and that each one we name ourselves has a row that says what it is for.
 *
 * Run by hand: node scripts/check/dependencies.ts
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stack/root.ts';
import { allows } from './licences.ts';
import { rows } from './tables.ts';

interface Crate {
  id: string;
  name: string;
  version: string;
  license: string | null;
  source: string | null;
  dependencies: { name: string; source: string | null; path?: string }[];
}

interface Lock {
  packages: Record<string, { version?: string; license?: string; integrity?: string; link?: boolean; devDependencies?: object; dependencies?: object }>;
}

/** Licences of tools, of which nothing becomes a part of what we give away. */
const OF_TOOLS = ['0BSD', 'BlueOak-1.0.0', 'BSD-2-Clause', 'CC0-1.0', 'ISC', 'LGPL-3.0-or-later', 'MPL-2.0', 'Python-2.0', 'Unlicense'];
/** The faces that pages load. Their licence travels with them. */
const OF_FONTS = ['OFL-1.1'];
/** The agent's own, in sandboxes alone, under its maker's terms: whoever brings a key has agreed to them. */
const AGENT = /^@anthropic-ai\/claude-agent-sdk/;

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const deny = read('deny.toml');
const list = (name: string): string => new RegExp(`^${name} = \\[\\n([^\\]]*)^\\]`, 'm').exec(deny)?.[1] ?? '';
const allowed = new Set([...list('allow').matchAll(/^\s*"([^"]+)"/gm)].map(([, licence = '']) => licence));
const skipped = new Set([...list('skip').matchAll(/crate = "([^"]+)", reason = "[^"]+"/g)].map(([, crate = '']) => crate));

const wrong: string[] = [];
/** What we name ourselves, with its licence. */
const ours = new Map<string, string>();

const cargo = (...asked: string[]): string => execFileSync('cargo', [...asked, '--locked'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
const { packages, workspace_members: members } = JSON.parse(cargo('metadata', '--format-version', '1')) as { packages: Crate[]; workspace_members: string[] };
const foreign = packages.filter(({ id }) => !members.includes(id));
/** The lock file also has what no feature of ours asks for; nobody ever builds that. */
const built = new Set(cargo('tree', '--workspace', '--target', 'all', '--edges', 'normal,build,dev', '--prefix', 'none', '--format', '{p}').split('\n')
  .map((line) => line.split(' ', 2).join('@').replace('@v', '@')));
const licences = new Map(foreign.map(({ name, license }) => [name, license ?? 'none']));
for (const { name, version, license, source } of foreign) {
  if (!allows(license ?? 'none', allowed)) wrong.push(`${name} ${version} is under ${license ?? 'no licence'}, which deny.toml does not allow.`);
  if (!source?.startsWith('registry+') || source !== foreign[0]?.source) wrong.push(`${name} ${version} comes from ${source ?? 'a folder'}.`);
}
/** Crates that are built in several versions, each with all of them. */
const twice = Map.groupBy(built, (crate) => crate.split('@', 1)[0] ?? '');
for (const [name, versions] of twice) {
  if (versions.length - versions.filter((crate) => skipped.has(crate)).length > 1) wrong.push(`${name} is there more than once. Say why in deny.toml, or make it one.`);
}
for (const skip of skipped) {
  if (!twice.get(skip.split('@', 1)[0] ?? '')?.some((crate, _, all) => crate === skip && all.length > 1)) {
    wrong.push(`deny.toml gives a reason for ${skip}, which is not there twice any more.`);
  }
}
for (const { id, dependencies } of packages) {
  if (!members.includes(id)) continue;
  for (const { name, path } of dependencies) if (path === undefined) ours.set(name, licences.get(name) ?? 'none');
}

const tools = new Set([...allowed, ...OF_TOOLS, ...OF_FONTS]);
for (const path of ['package-lock.json', 'workers/teams/runner/package-lock.json']) {
  const { packages: all } = JSON.parse(read(path)) as Lock;
  for (const [place, { version, license = 'none', integrity }] of Object.entries(all)) {
    if (place === '') continue;
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (!AGENT.test(name) && !allows(license, tools)) wrong.push(`${name} ${version} in ${path} is under ${license}.`);
    if (!integrity?.startsWith('sha512-')) wrong.push(`${name} ${version} in ${path} has no hash.`);
  }
  const { dependencies = {}, devDependencies = {} } = all[''] ?? {};
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) ours.set(name, all[`node_modules/${name}`]?.license ?? 'none');
}

const told = new Map(rows(read('docs/DEPENDENCIES.md')).flatMap(([name = '', , licence = '', reason = '']) =>
  [...name.matchAll(/`([^`]+)`/g)].map(([, one = '']) => [one, { licence, reason }] as const)));
for (const [name, licence] of ours) {
  const row = told.get(name);
  if (row === undefined) wrong.push(`docs/DEPENDENCIES.md has no row for ${name}.`);
  else if (row.licence !== licence.replaceAll('/', ' OR ')) wrong.push(`docs/DEPENDENCIES.md says that ${name} is under ${row.licence}; it is ${licence}.`);
  else if (row.reason === '') wrong.push(`docs/DEPENDENCIES.md does not say why ${name} is not our own.`);
}
for (const name of told.keys()) if (!ours.has(name)) wrong.push(`docs/DEPENDENCIES.md has a row for ${name}, which nothing depends on.`);

for (const line of new Set(wrong)) console.error(line);
if (wrong.length > 0) process.exit(1);
