/** People's own domains: what has to stand in the zone of the sites for them, and the token by which the platform makes them. */
import { Api, ApiError } from '../release/api.ts';
import { OWN_DOMAINS, type Worker } from '../release/config.ts';
import { fallbackHost, fallbackOrigin, howToEnable, room } from '../release/own-domains.ts';
import type { Secrets } from '../release/secrets.ts';
import type { Target } from '../release/target.ts';
import { DEPLOY, look, missing, ok, warning, type Finding } from './finding.ts';

/** Looks at everything that they need, when the target offers them. */
export async function ownDomains(api: Api, account: string, target: Target, workers: Worker[], secrets: Secrets): Promise<Finding[]> {
  if (!target.ownDomains) return [];
  const name = target.sitesDomain;
  const [zone] = await api.all<{ id: string }>(`/zones?name=${name}&account.id=${account.split('/').pop() ?? ''}`);
  // That it is not there is said already.
  if (!zone) return [];
  return [
    ...(await look("people's own domains", 'Give the token SSL and Certificates Edit on the zone of the sites.', async () => [await places(api, zone.id, name), await origin(api, zone.id, target)])),
    ...(await look(`routes of ${name}`, 'Give the token Workers Routes Edit.', async () => await routes(api, zone.id, target, workers))),
    ...(await token(api, zone.id, secrets['CLOUDFLARE_SAAS_TOKEN'])),
  ];
}

async function places(api: Api, zone: string, name: string): Promise<Finding> {
  const { allocated, used } = await room(api, zone);
  if (allocated === 0) return missing(`Cloudflare for SaaS is not enabled in the zone ${name}`, howToEnable(name));
  const words = `${used} of ${allocated} places for people's own domains are taken`;
  return used < allocated ? ok(words) : warning(words, 'Ask Cloudflare for more, or nobody else can add one.');
}

async function origin(api: Api, zone: string, target: Target): Promise<Finding> {
  const [host, standing] = [fallbackHost(target), await fallbackOrigin(api, zone)];
  if (standing?.origin !== host) return missing(`the fallback origin of ${target.sitesDomain} is ${standing?.origin ?? 'not set'}, not ${host}`, DEPLOY);
  return standing.status === 'active' ? ok(`the fallback origin ${host} is active`) : missing(`the fallback origin ${host} is ${standing.status}`, 'Wait some minutes. When it stays so, set it again in the dashboard, SSL/TLS, Custom Hostnames.');
}

/** The route that takes people's own domains, and the one that keeps the app where that would take it. */
async function routes(api: Api, zone: string, target: Target, workers: Worker[]): Promise<Finding[]> {
  const there = await api.call<{ pattern: string; script?: string | null }[]>('GET', `/zones/${zone}/workers/routes`);
  return workers.flatMap(({ config }) => config.routes.filter(({ pattern }) => pattern === OWN_DOMAINS || pattern === `${target.domain}/*`).map(({ pattern }) =>
    there.some((route) => route.pattern === pattern && route.script === config.name) ? ok(`the route ${pattern} leads to ${config.name}`) : missing(`there is no route ${pattern} to ${config.name}`, DEPLOY)));
}

/** Whether the platform's own token, which is another, may do its work. */
async function token(api: Api, zone: string, theirs: string | undefined): Promise<Finding[]> {
  if (theirs === undefined) return [warning('CLOUDFLARE_SAAS_TOKEN was not looked at: the secrets file has none', 'Put it there to have it looked at.')];
  return await look('CLOUDFLARE_SAAS_TOKEN', 'Look at Cloudflare\'s status page, and again later.', async () => {
    try {
      await new Api(theirs, api.base).call('GET', `/zones/${zone}/custom_hostnames?per_page=5`);
      return ok('CLOUDFLARE_SAAS_TOKEN may look at domains');
    } catch (error) {
      if (!(error instanceof ApiError) || ![401, 403].includes(error.status)) throw error;
      return missing('CLOUDFLARE_SAAS_TOKEN may not look at domains', 'Give it SSL and Certificates Edit on the zone of the sites, or make a new one, put it into the secrets file and run scripts/deploy.');
    }
  });
}
