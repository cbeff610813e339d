/** An installation on Cloudflare: what has to be there, looked at from the account and from outside. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from '../release/api.ts';
import { committedDomain, configure, readAllCommitted, type Worker } from '../release/config.ts';
import { accountOf, namesOfSites, placeholder } from '../release/preflight.ts';
import { resources } from '../release/resources.ts';
import { made, readSecrets, secretsFile, wanted, type Secrets } from '../release/secrets.ts';
import { OperatorError, readTarget, type Target } from '../release/target.ts';
import { root } from '../stack/root.ts';
import { ask } from './ask.ts';
import type { Place } from './command.ts';
import { DEPLOY, look, missing, ok, warning, type Finding } from './finding.ts';
import { health } from './machine.ts';
import { optional } from './optional.ts';
import { seenFromOutside } from './outside.ts';
import { ownDomains } from './own-domains.ts';

export async function checkInstallation(place: Place): Promise<Finding[]> {
  const target = readTarget(place.target, place.settings, committedDomain(readAllCommitted()));
  const workers = configure(target, join(root, 'build/deploy', target.name));
  const secrets = readSecrets(secretsFile(place.settings, target.name, place.secrets));
  const token = process.env['CLOUDFLARE_API_TOKEN'];
  if (!token) throw new OperatorError('CLOUDFLARE_API_TOKEN is not set. scripts/deploy --dry-run says what a token must be able to do.');
  const api = new Api(token, process.env['CLOUDFLARE_API_BASE_URL']);
  const account = `/accounts/${await accountOf(api, target.accountId ?? process.env['CLOUDFLARE_ACCOUNT_ID'])}`;
  return [
    ...(await zones(api, account, target)),
    ...(await bound(api, account, target, workers)),
    ...(await migrations(api, account, workers)),
    ...(await deployed(api, account, workers)),
    ...(await ownDomains(api, account, target, workers, secrets)),
    ...(await reached(target, place.edge)),
    ...(await mail(workers, secrets)),
    ...(await agent(workers, secrets)),
  ];
}

async function zones(api: Api, account: string, target: Target): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const name of new Set([target.zone, target.sitesDomain])) {
    found.push(...(await look(`the zone ${name}`, 'Give the token Zone Read.', async () => {
      const [zone] = await api.all<{ id: string; status: string }>(`/zones?name=${name}&account.id=${account.split('/').pop() ?? ''}`);
      if (!zone) return missing(`the zone ${name} is not in this account`, 'Add it in the dashboard.');
      if (zone.status !== 'active') return missing(`the zone ${name} is ${zone.status}`, 'Set the name servers that Cloudflare named at the registrar, and wait.');
      if (name !== target.sitesDomain) return ok(`the zone ${name} is active`);
      return [
        ok(`the zone ${name} is active`),
        ...(await Promise.all(namesOfSites(target).map(async (host) => {
          const records = await api.all<{ type: string; content: string; proxied: boolean }>(`/zones/${zone.id}/dns_records?name=${encodeURIComponent(host)}`);
          return records.some(placeholder) ? ok(`the DNS record ${host}`) : missing(`there is no DNS record ${host} AAAA 100::, proxied`, DEPLOY);
        }))),
      ];
    })));
  }
  found.push(...(await look(`the domain ${target.domain}`, 'Give the token Workers Routes Edit.', async () => {
    const domains = await api.call<{ hostname: string }[]>('GET', `${account}/workers/domains?hostname=${target.domain}`);
    return domains.length > 0 ? ok(`the app's worker has the domain ${target.domain}`) : missing(`no worker has the domain ${target.domain}`, DEPLOY);
  })));
  return found;
}

async function bound(api: Api, account: string, target: Target, workers: Worker[]): Promise<Finding[]> {
  const { databases, namespaces, buckets } = resources(target, workers);
  const each = (kind: string, wantedNames: string[], there: string[]) => wantedNames.map((name) => (there.includes(name) ? ok(`${kind} ${name}`) : missing(`there is no ${kind} ${name}`, DEPLOY)));
  return [
    ...(await look('databases', 'Give the token D1 Edit.', async () => each('database', databases, (await api.all<{ name: string }>(`${account}/d1/database`, 10)).map(({ name }) => name)))),
    ...(await look('namespaces', 'Give the token Workers KV Storage Edit.', async () => each('KV namespace', namespaces, (await api.all<{ title: string }>(`${account}/storage/kv/namespaces`, 100)).map(({ title }) => title)))),
    ...(await look('buckets', 'Open R2 in the dashboard once and enable it.', async () => each('bucket', buckets, (await api.call<{ buckets: { name: string }[] }>('GET', `${account}/r2/buckets`)).buckets.map(({ name }) => name)))),
  ];
}

async function migrations(api: Api, account: string, workers: Worker[]): Promise<Finding[]> {
  const names = new Set(workers.flatMap(({ config }) => (config.d1_databases ?? []).map(({ database_name }) => database_name)));
  const wantedFiles = readdirSync(join(root, 'd1-migrations')).filter((name) => name.endsWith('.sql')).sort();
  return await look('migrations', DEPLOY, async () => {
    const found: Finding[] = [];
    for (const { uuid, name } of await api.all<{ uuid: string; name: string }>(`${account}/d1/database`, 10)) {
      if (!names.has(name)) continue;
      const [result] = await api.call<{ results: { name: string }[] }[]>('POST', `${account}/d1/database/${uuid}/query`, { sql: 'SELECT name FROM d1_migrations' });
      const applied = new Set(result?.results.map((row) => row.name));
      const left = wantedFiles.filter((file) => !applied.has(file));
      found.push(left.length === 0 ? ok(`${name} has all migrations`) : missing(`${name} lacks ${left.join(', ')}`, DEPLOY));
    }
    return found;
  });
}

async function deployed(api: Api, account: string, workers: Worker[]): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const worker of workers) {
    const { name } = worker.config;
    found.push(...(await look(name, 'Give the token Workers Scripts Edit.', async () => {
      const set = await api.unless<{ name: string }[]>([10007, 10090], 'GET', `${account}/workers/scripts/${name}/secrets`);
      if (!set) return missing(`${name} is not deployed`, DEPLOY);
      const there = new Set(set.map((secret) => secret.name));
      const { required } = wanted(worker);
      return [
        ok(`${name} is deployed`),
        ...required.map((secret) => (there.has(secret) ? ok(`${name} has its ${secret}`) : missing(`${name} lacks the secret ${secret}`, secret in made ? DEPLOY : 'Put it into the secrets file and run scripts/deploy.'))),
        ...optional(worker, workers, there),
        ...(there.has('SESSION_KEY_PREVIOUS') ? [warning(`${name} still takes an old SESSION_KEY`, 'When it was changed seven days ago or longer: scripts/admin rotate-keys --finish')] : []),
        ...(there.has('SECRETS_KEY_PREVIOUS') ? [warning(`${name} still takes an old SECRETS_KEY`, 'Run scripts/admin rotate-secrets --finish')] : []),
      ];
    })));
  }
  return found;
}

async function reached(target: Target, edge: string | undefined): Promise<Finding[]> {
  // A name that nobody has, and nobody will.
  const nobody = `doctor-${randomBytes(8).toString('hex')}.${target.sitesDomain}`;
  const outside = edge === undefined ? (await Promise.all([target.domain, nobody].map((host) => seenFromOutside(host)))).flat() : [];
  return [
    ...outside,
    ...(await look(`https://${target.domain}/healthz does not answer`, DEPLOY, async () => health(await ask(`https://${target.domain}/healthz`, { edge })))),
    ...(await look(`https://${nobody} does not answer`, DEPLOY, async () => {
      const { status } = await ask(`https://${nobody}/`, { edge });
      return status === 404 ? ok(`sites are answered below ${target.sitesDomain}`) : missing(`https://${nobody}/ answered ${status}, not 404`, DEPLOY);
    })),
  ];
}

const variable = (workers: Worker[], name: string): string => workers.flatMap(({ config }) => config.vars?.[name] ?? [])[0] ?? '';

async function mail(workers: Worker[], secrets: Secrets): Promise<Finding[]> {
  const from = variable(workers, 'MAIL_FROM');
  const domain = /@([^>\s]+)/.exec(from)?.[1] ?? '';
  const key = secrets['RESEND_API_KEY'];
  if (!key) return [warning('the mail domain was not looked at: the secrets file has no RESEND_API_KEY', 'Put it there to have it looked at.')];
  const how = `Add ${domain} at Resend, under Domains, and set the DNS records it names.`;
  return await look(`the mail domain ${domain}`, how, async () => {
    const { status, body } = await ask(`${variable(workers, 'RESEND_BASE_URL')}/domains`, { headers: { authorization: `Bearer ${key}` } });
    // A key that may only send cannot say.
    if (status === 401 && body.includes('restricted_api_key')) return warning(`whether ${domain} is verified cannot be seen with a key that may only send`, 'Look at Domains at Resend.');
    if (status !== 200) return missing(`Resend answered ${status}`, 'Check RESEND_API_KEY in the secrets file.');
    const { data } = JSON.parse(body) as { data: { name: string; status: string }[] };
    const found = data.find(({ name }) => name === domain);
    return found?.status === 'verified' ? ok(`mail may be sent from ${domain}`) : missing(`${domain} is ${found?.status ?? 'not known'} at Resend`, how);
  });
}

async function agent(workers: Worker[], secrets: Secrets): Promise<Finding[]> {
  const base = variable(workers, 'ANTHROPIC_BASE_URL');
  const ids: [string, string][] = [['agents', 'ANTHROPIC_AGENT_ID'], ['environments', 'ANTHROPIC_ENVIRONMENT_ID']];
  const how = 'Run scripts/agent-setup and write the ids that it prints into "vars" of the target\'s file, then run scripts/deploy.';
  const key = secrets['ANTHROPIC_API_KEY'];
  const found: Finding[] = [];
  for (const [path, name] of ids) {
    const id = variable(workers, name);
    if (!id) found.push(missing(`${name} is not set`, how));
    else if (!key) found.push(warning(`${name} was not looked at: the secrets file has no ANTHROPIC_API_KEY`, 'Put it there to have it looked at.'));
    else {
      found.push(...(await look(name, how, async () => {
        const { status } = await ask(`${base}/v1/${path}/${encodeURIComponent(id)}`, { headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'anthropic-beta': 'managed-agents-2026-04-01' } });
        if (status === 200) return ok(`${name} is there`);
        return status === 401 || status === 403 ? missing(`Anthropic does not take the key`, 'Check ANTHROPIC_API_KEY in the secrets file.') : missing(`Anthropic answered ${status} about ${name}`, how);
      })));
    }
  }
  return found;
}
