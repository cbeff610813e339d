/**
 * People's own domains, by Cloudflare for SaaS in the zone that sites are in: a proxied name that domains lead to by CNAME, the
 * same name as the zone's fallback origin, and the route that takes whatever no other takes.
 */
import { Api, ApiError } from './api.ts';
import { OWN_DOMAINS } from './config.ts';
import type { Found } from './preflight.ts';
import { OperatorError, type Target } from './target.ts';

type Say = (line: string) => void;

/** Where people point their domains; the workers tell them the same name. */
export const fallbackHost = ({ sitesDomain }: Target): string => `fallback.${sitesDomain}`;

/** How to get room for domains in a zone. */
export const howToEnable = (zone: string): string => `Open the zone ${zone} in the dashboard, SSL/TLS, Custom Hostnames, and enable Cloudflare for SaaS; it asks for a payment method, and the first 100 names cost nothing.`;

/** What the zone's fallback origin is; undefined when it has none. */
export async function fallbackOrigin(api: Api, zone: string): Promise<{ origin: string; status: string } | undefined> {
  try {
    return await api.call<{ origin: string; status: string }>('GET', `/zones/${zone}/custom_hostnames/fallback_origin`);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** How many names the zone has room for; 0 where the product is not enabled. */
export async function room(api: Api, zone: string): Promise<{ allocated: number; used: number }> {
  try {
    return await api.call<{ allocated: number; used: number }>('GET', `/zones/${zone}/custom_hostnames/quota`);
  } catch (error) {
    // "No quota has been allocated for this zone."
    if (error instanceof ApiError && error.code === 1404) return { allocated: 0, used: 0 };
    throw error;
  }
}

/** Looks at what stands where people's own domains would come in. Returns what has to be set right first. */
export async function lookAtOwnDomains(api: Api, accountId: string, target: Target, found: Found): Promise<string[]> {
  const zone = found.zones[target.sitesDomain];
  if (!target.ownDomains || zone === undefined) return [];
  const { allocated } = await room(api, zone);
  if (allocated === 0) return [`"ownDomains" wants Cloudflare for SaaS. ${howToEnable(target.sitesDomain)}`];
  const standing = await fallbackOrigin(api, zone);
  if (standing !== undefined && standing.origin !== fallbackHost(target)) {
    found.inTheWay.push({ kind: 'domain', words: `the fallback origin ${standing.origin} of the zone ${target.sitesDomain}` });
  }
  await lookAtApex(api, accountId, target, zone, found);
  return [];
}

/** The route would answer for the sites domain itself too, when that is not the app's: what is there gives way, or has a route. */
async function lookAtApex(api: Api, accountId: string, target: Target, zone: string, found: Found): Promise<void> {
  const apex = target.sitesDomain;
  if (apex === target.domain) return;
  const routes = await api.call<{ pattern: string }[]>('GET', `/zones/${zone}/workers/routes`);
  if (routes.some(({ pattern }) => pattern === `${apex}/*`)) return;
  const domains = await api.call<{ service: string }[]>('GET', `/accounts/${accountId}/workers/domains?hostname=${apex}`);
  const records = await api.all<{ type: string; content: string; proxied?: boolean }>(`/zones/${zone}/dns_records?name=${encodeURIComponent(apex)}`);
  const [domain] = domains;
  const [record] = records.filter(({ proxied }) => proxied === true);
  if (domain) found.inTheWay.push({ kind: 'domain', words: `the custom domain ${apex} of the worker ${domain.service}, for which the route ${OWN_DOMAINS} would answer; give it a route ${apex}/* to keep it` });
  else if (record) found.inTheWay.push({ kind: 'domain', words: `the DNS record ${apex} ${record.type} ${record.content}, for which the route ${OWN_DOMAINS} would answer; give it a route ${apex}/* without a worker to keep it` });
}

/** Makes the name that domains lead to the zone's fallback origin. Its DNS record has to be there already. */
export async function ensureFallback(api: Api, target: Target, found: Found, say: Say): Promise<void> {
  if (!target.ownDomains) return;
  const zone = found.zones[target.sitesDomain];
  if (zone === undefined) throw new OperatorError(`The zone ${target.sitesDomain} was not looked up.`);
  const origin = fallbackHost(target);
  if ((await fallbackOrigin(api, zone))?.origin === origin) return;
  await api.call('PUT', `/zones/${zone}/custom_hostnames/fallback_origin`, { origin });
  say(`made ${origin} the fallback origin of the zone ${target.sitesDomain}`);
}
