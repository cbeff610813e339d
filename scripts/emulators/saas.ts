// Cloudflare for SaaS beside the local stack: one account with the sites' zone, set up as scripts/deploy does it, whose view of
// DNS is the stack's own resolver. What it holds is kept with the rest of the state.

import { isObject } from './agents/checks.ts';
import { folderDisk, memoryDisk } from './agents/disk.ts';
import type { RunningEmulator } from './agents/index.ts';
import { startCloudflareEmulator, type CloudflareEmulator } from './cloudflare/index.ts';
import type { CustomHostname } from './cloudflare/hostnames.ts';

export interface SaasEmulator extends RunningEmulator {
  cloudflare: CloudflareEmulator;
  /** For `CLOUDFLARE_API_URL`. */
  api: string;
  zoneId: string;
  token: string;
}

const FILE = 'cloudflare/hostnames.json';
const CNAME = 5;

export async function startSaasEmulator({ domain, dns, stateDir }: { domain: string; dns: string; stateDir?: string }): Promise<SaasEmulator> {
  const disk = stateDir === undefined ? memoryDisk() : folderDisk(stateDir);
  const cloudflare = await startCloudflareEmulator();
  const zone = cloudflare.account.addZone(domain);
  const origin = `fallback.${domain}`;
  cloudflare.account.addRecord(zone, { type: 'AAAA', name: origin, content: '100::', proxied: true });
  const now = new Date().toISOString();
  zone.fallbackOrigin = { origin, status: 'active', errors: [], created_at: now, updated_at: now };
  const kept = disk.readAll('cloudflare')[0];
  if (isObject(kept) && Array.isArray(kept['hostnames'])) zone.hostnames = kept['hostnames'] as CustomHostname[];
  cloudflare.account.resolve = async (name) => {
    const answer = (await (await fetch(`${dns}?name=${encodeURIComponent(name)}&type=CNAME`)).json()) as { Answer?: { type: number; data: string }[] };
    return (answer.Answer ?? []).filter(({ type }) => type === CNAME).map(({ data }) => data.replace(/\.$/, ''));
  };
  const keep = (): void => disk.write(FILE, { hostnames: zone.hostnames });
  return {
    cloudflare,
    url: cloudflare.edge,
    api: cloudflare.api,
    zoneId: zone.id,
    token: cloudflare.token(['hostnames']),
    close: async () => {
      keep();
      await cloudflare.close();
    },
  };
}
