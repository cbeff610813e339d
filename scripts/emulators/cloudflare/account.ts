// What an account at Cloudflare holds, as far as our installation touches it. In memory; nothing here speaks HTTP.

import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { CustomHostname } from './hostnames.ts';

/** An answer of the API that is a refusal. The codes are the vendor's; the words are ours. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  /** Seconds to wait, of a 429. */
  readonly retryAfter: number | undefined;
  constructor(status: number, code: number, message: string, retryAfter?: number) {
    super(message);
    this.retryAfter = retryAfter;
    this.status = status;
    this.code = code;
  }
}

export interface Database {
  uuid: string;
  name: string;
  location: string | null;
  sqlite: DatabaseSync;
}

export interface Bucket {
  name: string;
  location: string | null;
  lifecycle: unknown[];
}

export interface DnsRecord {
  id: string;
  type: string;
  name: string;
  content: string;
  proxied: boolean;
  comment: string | null;
  /** Made for a custom domain; such a record is changed through the domain only. */
  readOnly: boolean;
}

export interface Route {
  id: string;
  pattern: string;
  script: string | null;
}

export interface Zone {
  id: string;
  name: string;
  status: 'active' | 'pending';
  records: DnsRecord[];
  routes: Route[];
  /** Cloudflare for SaaS: other people's hostnames, and where their visitors end when no route takes them. */
  hostnames: CustomHostname[];
  /** How many there may be; 0 where the product is not enabled. */
  hostnameQuota: number;
  fallbackOrigin: { origin: string; status: string; errors: string[]; created_at: string; updated_at: string } | null;
}

/** One binding as the upload's metadata names it. */
export interface Binding {
  name: string;
  type: string;
  [field: string]: unknown;
}

export interface Module {
  name: string;
  type: string;
  bytes: Uint8Array;
}

export interface Version {
  id: string;
  number: number;
  bindings: Binding[];
  modules: Module[];
  main: string;
  compatibilityDate: string;
  assets: { manifest: Record<string, { hash: string; size: number }>; config: Record<string, unknown> } | null;
  message: string | null;
  createdAt: string;
  /** The last change of Durable Object classes that it has seen. */
  migrationTag: string | null;
}

export interface Script {
  name: string;
  versions: Version[];
  deployments: { id: string; source: string; versionId: string; createdAt: string; message: string | null }[];
  /** Durable Object classes that a migration has made. */
  classes: Set<string>;
  migrationTag: string | null;
  crons: string[];
  settings: Record<string, unknown>;
  workersDev: boolean;
}

export interface CustomDomain {
  id: string;
  hostname: string;
  service: string;
  zoneId: string;
}

export class Account {
  readonly id = randomUUID().replaceAll('-', '');
  /** Token to what it may do; see `permissions` in `api.ts`. */
  readonly tokens = new Map<string, ReadonlySet<string>>();
  readonly databases: Database[] = [];
  readonly namespaces: { id: string; title: string }[] = [];
  readonly buckets: Bucket[] = [];
  readonly queues: { queue_id: string; queue_name: string }[] = [];
  readonly scripts = new Map<string, Script>();
  readonly zones: Zone[] = [];
  readonly domains: CustomDomain[] = [];
  readonly assets = new Map<string, { bytes: Uint8Array; type: string }>();
  /** Asks the rest of the world which other names a name stands for. */
  resolve: (name: string) => Promise<string[]> = async () => [];
  r2Enabled = true;
  workersSubdomain: string | null = 'someone';

  addZone(name: string, status: Zone['status'] = 'active'): Zone {
    const zone: Zone = { id: randomUUID().replaceAll('-', ''), name, status, records: [], routes: [], hostnames: [], hostnameQuota: 100, fallbackOrigin: null };
    this.zones.push(zone);
    return zone;
  }

  addRecord(zone: Zone, record: Partial<DnsRecord> & Pick<DnsRecord, 'type' | 'name' | 'content'>): DnsRecord {
    const whole: DnsRecord = { id: randomUUID().replaceAll('-', ''), proxied: false, comment: null, readOnly: false, ...record };
    zone.records.push(whole);
    return whole;
  }

  /** The zone that a host name is in. */
  zoneOf(host: string): Zone | undefined {
    return this.zones.find(({ name }) => host === name || host.endsWith(`.${name}`));
  }

  script(name: string): Script {
    const found = this.scripts.get(name);
    if (!found) throw new Refusal(404, 10007, 'This Worker does not exist on your account.');
    return found;
  }

  /** What visitors reach: the version of the newest deployment. */
  live(script: Script): Version | undefined {
    const id = script.deployments.at(-1)?.versionId;
    return script.versions.find((version) => version.id === id);
  }
}

/** Address records, of which a host name has either these or a CNAME. */
export const addresses = new Set(['A', 'AAAA', 'CNAME']);
