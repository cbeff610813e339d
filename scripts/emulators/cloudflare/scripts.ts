// Workers: uploads and what is refused about them, versions, deployments, secrets, assets.

import { createHash, randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../agents/checks.ts';
import { Refusal, type Account, type Binding, type Module, type Script, type Version } from './account.ts';

/** An upload in parts: `metadata`, and the modules. */
export interface Upload {
  metadata: JsonObject;
  modules: Module[];
}

export async function readUpload(body: Buffer, contentType: string): Promise<Upload> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  const raw = form.get('metadata');
  const metadata: unknown = JSON.parse(typeof raw === 'string' ? raw : raw === null ? 'null' : await raw.text());
  if (!isObject(metadata)) throw new Refusal(400, 10021, 'The upload has no metadata.');
  const modules: Module[] = [];
  for (const [name, part] of form.entries()) {
    if (name === 'metadata' || typeof part === 'string') continue;
    modules.push({ name: part.name || name, type: part.type, bytes: new Uint8Array(await part.arrayBuffer()) });
  }
  return { metadata, modules };
}

function newScript(name: string): Script {
  return { name, versions: [], deployments: [], classes: new Set(), migrationTag: null, crons: [], settings: {}, workersDev: true };
}

/** Puts an upload into the account as a version, live at once when the call is the old one. */
export function upload(account: Account, name: string, { metadata, modules }: Upload, deployNow: boolean): Version {
  const known = account.scripts.get(name);
  if (!known && !deployNow) throw new Refusal(404, 10007, 'This Worker does not exist on your account.');
  const script = known ?? newScript(name);
  const main = metadata['main_module'];
  if (typeof main !== 'string' || !modules.some((module) => module.name === main)) {
    throw new Refusal(400, 10021, 'The main module is not among the modules.');
  }
  const classes = migrated(script, metadata['migrations'], deployNow);
  const before = account.live(script);
  const bindings = resolveBindings(account, name, metadata, before, classes.names);
  const version: Version = {
    id: randomUUID(),
    number: script.versions.length + 1,
    bindings,
    modules,
    main,
    compatibilityDate: String(metadata['compatibility_date'] ?? ''),
    assets: assetsOf(metadata),
    message: annotation(metadata, 'workers/message'),
    createdAt: new Date().toISOString(),
    migrationTag: classes.tag,
  };
  script.classes = classes.names;
  script.migrationTag = classes.tag;
  script.versions.push(version);
  if (deployNow) deploy(script, version.id, version.message);
  account.scripts.set(name, script);
  return version;
}

const annotation = (metadata: JsonObject, name: string): string | null => {
  const notes = metadata['annotations'];
  return isObject(notes) && typeof notes[name] === 'string' ? notes[name] : null;
};

export function deploy(script: Script, versionId: string, message: string | null): void {
  const version = script.versions.find(({ id }) => id === versionId);
  if (!version) throw new Refusal(404, 10086, 'There is no such version.');
  if (version.migrationTag !== script.migrationTag) {
    throw new Refusal(400, 10220, 'Cannot deploy a version from before a change of Durable Object classes.');
  }
  script.deployments.push({ id: randomUUID(), source: 'wrangler', versionId, createdAt: new Date().toISOString(), message });
}

function migrated(script: Script, migrations: unknown, deployNow: boolean): { names: Set<string>; tag: string | null } {
  const names = new Set(script.classes);
  if (!isObject(migrations)) return { names, tag: script.migrationTag };
  if (!deployNow) throw new Refusal(400, 10211, 'A version cannot carry a change of Durable Object classes.');
  if ((migrations['old_tag'] ?? null) !== script.migrationTag) {
    throw new Refusal(412, 10079, `The migration begins at ${String(migrations['old_tag'])}, the Worker is at ${String(script.migrationTag)}.`);
  }
  for (const step of Array.isArray(migrations['steps']) ? migrations['steps'] : []) {
    if (!isObject(step)) continue;
    const made = step['new_sqlite_classes'];
    for (const one of Array.isArray(made) ? made.map(String) : []) {
      if (names.has(one)) throw new Refusal(400, 10074, `The class ${one} exists.`);
      names.add(one);
    }
  }
  return { names, tag: String(migrations['new_tag'] ?? '') };
}

function resolveBindings(account: Account, script: string, metadata: JsonObject, before: Version | undefined, classes: Set<string>): Binding[] {
  const given = Array.isArray(metadata['bindings']) ? (metadata['bindings'] as Binding[]) : [];
  const bindings = given.map((binding) => (binding.type === 'inherit' ? inherited(binding, before) : binding));
  const kept = Array.isArray(metadata['keep_bindings']) ? metadata['keep_bindings'].map(String) : [];
  for (const old of before?.bindings ?? []) {
    if (kept.includes(old.type) && !bindings.some(({ name }) => name === old.name)) bindings.push(old);
  }
  for (const binding of bindings) check(account, script, binding, classes);
  return bindings;
}

function inherited(binding: Binding, before: Version | undefined): Binding {
  const old = before?.bindings.find(({ name }) => name === binding.name);
  if (!old) throw new Refusal(400, 10057, `inherit binding '${binding.name}' is invalid: there is nothing to inherit`);
  return old;
}

/** What a binding names must be there. */
function check(account: Account, script: string, binding: Binding, classes: Set<string>): void {
  const field = (name: string): string => String(binding[name] ?? '');
  switch (binding.type) {
    case 'service':
      if (!account.scripts.has(field('service'))) {
        throw new Refusal(400, 10143, `The binding ${binding.name} references Worker ${field('service')}, which does not exist.`);
      }
      return;
    case 'durable_object_namespace': {
      const owner = field('script_name') || script;
      const owned = owner === script ? classes : account.scripts.get(owner)?.classes;
      if (!owned?.has(field('class_name'))) {
        throw new Refusal(400, 10061, `Cannot bind ${binding.name}: there is no Durable Object class ${field('class_name')} in ${owner}.`);
      }
      return;
    }
    case 'd1': {
      const id = field('id') || field('database_id');
      if (!account.databases.some(({ uuid }) => uuid === id)) throw new Refusal(400, 10181, `D1 binding ${binding.name} references database ${id}, which was not found.`);
      return;
    }
    case 'kv_namespace':
      if (!account.namespaces.some(({ id }) => id === field('namespace_id'))) {
        throw new Refusal(400, 10041, `KV namespace ${field('namespace_id')} is not valid.`);
      }
      return;
    case 'r2_bucket':
      if (!account.buckets.some(({ name }) => name === field('bucket_name'))) {
        throw new Refusal(400, 10085, `R2 bucket ${field('bucket_name')} not found.`);
      }
      return;
  }
}

/** Tokens of asset sessions name the manifest that they are for. */
const sessions = new Map<string, Record<string, { hash: string; size: number }>>();

/** Begins an upload of assets: which of them the account does not hold. */
export function assetSession(account: Account, manifest: Record<string, { hash: string; size: number }>): { jwt: string; buckets: string[][] } {
  const body = Buffer.from(JSON.stringify({ id: randomUUID() })).toString('base64url');
  const jwt = `e30.${body}.${createHash('sha256').update(body).digest('base64url')}`;
  sessions.set(jwt, manifest);
  const missing = [...new Set(Object.values(manifest).map(({ hash }) => hash))].filter((hash) => !account.assets.has(hash));
  return { jwt, buckets: missing.length > 0 ? [missing] : [] };
}

/** Takes files of a session; the last answer bears the token to deploy with. */
export async function uploadAssets(account: Account, token: string, body: Buffer, contentType: string): Promise<{ jwt?: string }> {
  const manifest = sessions.get(token);
  if (!manifest) throw new Refusal(401, 10000, 'Authentication error');
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  for (const [hash, part] of form.entries()) {
    const text = typeof part === 'string' ? part : await part.text();
    account.assets.set(hash, { bytes: Buffer.from(text, 'base64'), type: typeof part === 'string' ? '' : part.type });
  }
  return Object.values(manifest).every(({ hash }) => account.assets.has(hash)) ? { jwt: token } : {};
}

function assetsOf(metadata: JsonObject): Version['assets'] {
  const assets = metadata['assets'];
  if (!isObject(assets)) return null;
  const manifest = sessions.get(String(assets['jwt']));
  if (!manifest) throw new Refusal(400, 10021, 'The token of the assets is not valid.');
  return { manifest, config: isObject(assets['config']) ? assets['config'] : {} };
}

/** Sets and (with null) deletes secrets; a Worker that is not there is refused, as the vendor does. */
export function setSecrets(account: Account, name: string, secrets: JsonObject): void {
  const script = account.script(name);
  const live = account.live(script);
  if (!live) throw new Refusal(404, 10007, 'This Worker does not exist on your account.');
  const bindings = live.bindings.filter((binding) => !(binding.name in secrets));
  for (const [key, value] of Object.entries(secrets)) if (isObject(value)) bindings.push({ name: key, type: 'secret_text', text: value['text'] });
  const version = { ...live, id: randomUUID(), number: script.versions.length + 1, bindings };
  script.versions.push(version);
  deploy(script, version.id, null);
}
