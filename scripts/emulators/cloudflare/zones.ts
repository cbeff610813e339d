// Zones: DNS records, Worker routes, custom domains.

import { randomUUID } from 'node:crypto';
import { addresses, Refusal, type Account, type CustomDomain, type DnsRecord, type Zone } from './account.ts';

export function zoneById(account: Account, id: string): Zone {
  const zone = account.zones.find((one) => one.id === id);
  if (!zone) throw new Refusal(404, 1001, 'Invalid zone identifier');
  return zone;
}

/** Adds or replaces a record as the API would: a name has address records or one CNAME, never both. */
export function putRecord(account: Account, zone: Zone, given: Record<string, unknown>, id?: string): DnsRecord {
  const wanted = String(given['name'] ?? '');
  const name = wanted === '@' ? zone.name : wanted === zone.name || wanted.endsWith(`.${zone.name}`) ? wanted : `${wanted}.${zone.name}`;
  const record = { type: String(given['type'] ?? ''), name, content: String(given['content'] ?? ''), proxied: given['proxied'] === true, comment: typeof given['comment'] === 'string' ? given['comment'] : null };
  if (!record.type || !record.content) throw new Refusal(400, 9005, 'Content for the record is invalid.');
  const others = zone.records.filter((one) => one.name === name && one.id !== id);
  if (others.some((one) => one.type === record.type && one.content === record.content)) {
    throw new Refusal(400, 81058, 'An identical record already exists.');
  }
  if (addresses.has(record.type) && others.some((one) => addresses.has(one.type) && (one.type === 'CNAME' || record.type === 'CNAME'))) {
    throw new Refusal(400, 81053, 'An A, AAAA, or CNAME record with that host already exists.');
  }
  if (id === undefined) return account.addRecord(zone, record);
  const old = zone.records.find((one) => one.id === id);
  if (!old) throw new Refusal(404, 81044, 'Record does not exist.');
  if (old.readOnly) throw new Refusal(400, 1043, 'This record is managed by Workers.');
  return Object.assign(old, record);
}

export function removeRecord(zone: Zone, id: string): void {
  const at = zone.records.findIndex((one) => one.id === id);
  if (at < 0) throw new Refusal(404, 81044, 'Record does not exist.');
  if (zone.records[at]?.readOnly) throw new Refusal(400, 1043, 'This record is managed by Workers.');
  zone.records.splice(at, 1);
}

const hostOf = (pattern: string): string => (pattern.split('/')[0] ?? '').replace(/^\*\.?/, '');

/** Whether a pattern is one of a zone's: at its name or below, or at whatever comes in by it. */
const isOf = (pattern: string, { name }: Zone): boolean => hostOf(pattern) === name || hostOf(pattern).endsWith(`.${name}`) || pattern.startsWith('*/');

/** A Worker's routes become exactly these; a pattern that another Worker has is refused. */
export function putRoutes(account: Account, script: string, routes: { pattern: string; zone_name?: string }[]): void {
  account.script(script);
  const placed = routes.map((route) => {
    const zone = account.zones.find(({ name }) => name === route.zone_name) ?? account.zoneOf(hostOf(route.pattern));
    if (!zone || !isOf(route.pattern, zone)) {
      throw new Refusal(400, 10022, `The pattern ${route.pattern} is in no zone of this account.`);
    }
    if (/\*/.test(route.pattern.replace(/^\*/, '').replace(/\*$/, '')) || route.pattern.includes('?')) {
      throw new Refusal(400, 10022, `The pattern ${route.pattern} is not valid: a star stands first or last.`);
    }
    const taken = zone.routes.find(({ pattern }) => pattern === route.pattern);
    if (taken && taken.script !== script) throw new Refusal(409, 10020, `A route with the pattern ${route.pattern} already exists.`);
    return { zone, pattern: route.pattern };
  });
  for (const zone of account.zones) {
    zone.routes = zone.routes.filter((one) => one.script !== script || placed.some((put) => put.zone === zone && put.pattern === one.pattern));
  }
  for (const { zone, pattern } of placed) {
    if (!zone.routes.some((one) => one.pattern === pattern)) zone.routes.push({ id: randomUUID().replaceAll('-', ''), pattern, script });
  }
}

interface Origin {
  hostname: string;
}

/** What putting a Worker's custom domains would do. */
export function changeset(account: Account, script: string, origins: Origin[]) {
  const shown = ({ hostname }: Origin, extra: object = {}) => ({ hostname, service: script, ...extra });
  const domain = (hostname: string) => account.domains.find((one) => one.hostname === hostname);
  return {
    added: origins.filter(({ hostname }) => !domain(hostname)).map((one) => shown(one)),
    removed: account.domains.filter((one) => one.service === script && !origins.some(({ hostname }) => hostname === one.hostname)),
    updated: origins.flatMap((one) => {
      const old = domain(one.hostname);
      return old ? [shown(one, { id: old.id, modified: old.service !== script })] : [];
    }),
    conflicting: origins.filter(({ hostname }) => conflicts(account, hostname).length > 0).map((one) => shown(one)),
  };
}

const conflicts = (account: Account, host: string): DnsRecord[] =>
  (account.zoneOf(host)?.records ?? []).filter((one) => one.name === host && addresses.has(one.type) && !one.readOnly);

/** Puts a Worker's custom domains, and their DNS records; takes over what is in the way only when told to. */
export function putDomains(account: Account, script: string, body: Record<string, unknown>): CustomDomain[] {
  account.script(script);
  const origins = Array.isArray(body['origins']) ? (body['origins'] as Origin[]) : [];
  for (const { hostname } of origins) {
    if (hostname.includes('*')) throw new Refusal(400, 10021, 'A custom domain cannot be a wildcard.');
    const zone = account.zoneOf(hostname);
    if (!zone) throw new Refusal(400, 10021, `No zone of this account holds ${hostname}.`);
    const other = account.domains.find((one) => one.hostname === hostname && one.service !== script);
    if (other && body['override_existing_origin'] !== true) throw new Refusal(409, 100116, `${hostname} belongs to ${other.service}.`);
    const inTheWay = conflicts(account, hostname);
    if (inTheWay.length > 0 && body['override_existing_dns_record'] !== true) throw new Refusal(409, 100117, `${hostname} already has DNS records.`);
    zone.records = zone.records.filter((record) => !inTheWay.includes(record));
    if (other) other.service = script;
    else if (!account.domains.some((one) => one.hostname === hostname)) {
      account.domains.push({ id: randomUUID().replaceAll('-', ''), hostname, service: script, zoneId: zone.id });
      account.addRecord(zone, { type: 'AAAA', name: hostname, content: '100::', proxied: true, readOnly: true });
    }
  }
  const gone = account.domains.filter((one) => one.service === script && !origins.some(({ hostname }) => hostname === one.hostname));
  for (const domain of gone) {
    account.domains.splice(account.domains.indexOf(domain), 1);
    const zone = zoneById(account, domain.zoneId);
    zone.records = zone.records.filter((record) => !(record.readOnly && record.name === domain.hostname));
  }
  return account.domains.filter((one) => one.service === script);
}
