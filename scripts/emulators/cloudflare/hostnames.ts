// Cloudflare for SaaS: hostnames of other people's in a zone. Its statuses move when somebody looks: a name whose DNS leads to
// the fallback origin becomes active at the next look, and its certificate takes a step with each.
//
// Bodies are held to what the vendor documents, and to nothing more. One thing is let through that the vendor refuses: names
// below .localhost, which are a developer's.

import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../agents/checks.ts';
import { Refusal, type Account, type Zone } from './account.ts';

export interface CustomHostname {
  id: string;
  hostname: string;
  status: string;
  sslStatus: string;
  method: string;
  certificateAuthority: string;
  createdAt: string;
}

const CERTIFICATE = ['initializing', 'pending_validation', 'pending_issuance', 'pending_deployment', 'active'];
const SSL_KEYS = ['method', 'type', 'wildcard', 'certificate_authority', 'bundle_method', 'settings'];
const choices: Record<string, string[]> = {
  method: ['http', 'txt', 'email'],
  type: ['dv'],
  certificate_authority: ['google', 'lets_encrypt', 'ssl_com'],
  bundle_method: ['ubiquitous', 'optimal', 'force'],
};

const malformed = (why: string): Refusal => new Refusal(400, 1400, `Unable to decode the JSON request body: ${why}`);

function readSsl(value: unknown): { method: string; certificateAuthority: string } {
  if (!isObject(value)) throw malformed('ssl is missing.');
  for (const [key, one] of Object.entries(value)) {
    if (!SSL_KEYS.includes(key)) throw malformed(`ssl.${key} is not known.`);
    if (choices[key] && !choices[key].includes(String(one))) throw malformed(`ssl.${key} cannot be ${String(one)}.`);
  }
  if (typeof value['method'] !== 'string' || value['type'] !== 'dv') throw malformed('ssl wants a method and a type.');
  if (value['wildcard'] === true && value['method'] === 'http') throw malformed('a wildcard cannot be validated over HTTP.');
  return { method: value['method'], certificateAuthority: typeof value['certificate_authority'] === 'string' ? value['certificate_authority'] : 'google' };
}

function readHostname(value: unknown, zone: Zone): string {
  const hostname = typeof value === 'string' ? value : '';
  if (/[^\x00-\x7f]/.test(hostname)) throw new Refusal(400, 1408, 'Custom hostnames with non-ASCII characters are not supported.');
  if (!/^(?=.{1,255}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(hostname) || /\.\d+$/.test(hostname)) {
    throw new Refusal(400, 1407, 'Invalid custom hostname.');
  }
  if (/\.(test|example|invalid)$/.test(hostname)) throw new Refusal(400, 1409, 'Reserved top domain custom hostnames are not supported.');
  if (/(^|\.)example\.(com|net|org)$/.test(hostname)) throw new Refusal(400, 1411, 'Custom hostnames ending in example.com, example.net, or example.org are prohibited.');
  // The vendor lets one do this in a zone of one's own; nobody should.
  if (hostname === zone.name || hostname.endsWith(`.${zone.name}`)) throw new Refusal(400, 1407, 'Invalid custom hostname: it is in this zone.');
  return hostname;
}

const only = (body: JsonObject, ...keys: string[]): void => {
  const unknown = Object.keys(body).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw malformed(`${unknown} is not known, or not on this plan.`);
};

export const quota = (zone: Zone) => ({ allocated: zone.hostnameQuota, used: zone.hostnames.length, exceeded: zone.hostnames.length > zone.hostnameQuota, hard_cap: true });

export function createHostname(zone: Zone, body: JsonObject): object {
  only(body, 'hostname', 'ssl');
  const hostname = readHostname(body['hostname'], zone);
  const ssl = readSsl(body['ssl']);
  if (zone.hostnames.some((one) => one.hostname === hostname)) throw new Refusal(409, 1406, 'Duplicate custom hostname found.');
  if (zone.hostnames.length >= zone.hostnameQuota) throw new Refusal(400, 1404, 'Custom hostname quota exceeded.');
  const made: CustomHostname = { id: randomUUID(), hostname, status: 'pending', sslStatus: 'initializing', createdAt: new Date().toISOString(), ...ssl };
  zone.hostnames.push(made);
  return shown(made);
}

const find = (zone: Zone, id: string): CustomHostname => {
  const found = zone.hostnames.find((one) => one.id === id);
  if (!found) throw new Refusal(404, 1436, 'The custom hostname was not found.');
  return found;
};

export async function getHostname(account: Account, zone: Zone, id: string): Promise<object> {
  const found = find(zone, id);
  await look(account, zone, found);
  return shown(found);
}

export async function listHostnames(account: Account, zone: Zone, query: URLSearchParams): Promise<object[]> {
  const known = ['hostname', 'page', 'per_page', 'hostname_status', 'ssl_status'];
  const unknown = [...query.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) throw malformed(`the parameter ${unknown} is not known.`);
  for (const one of zone.hostnames) await look(account, zone, one);
  const fits = (name: string, value: string): boolean => query.get(name) === null || query.get(name) === value;
  // The vendor matches a part of the name as well.
  return zone.hostnames.filter((one) => one.hostname.includes(query.get('hostname') ?? '') && fits('hostname_status', one.status) && fits('ssl_status', one.sslStatus)).map(shown);
}

/** With the same method as before, validation begins again. */
export async function patchHostname(account: Account, zone: Zone, id: string, body: JsonObject): Promise<object> {
  only(body, 'ssl');
  const found = find(zone, id);
  Object.assign(found, readSsl(body['ssl']));
  if (found.status === 'moved') found.status = 'pending';
  await look(account, zone, found);
  return shown(found);
}

export function deleteHostname(zone: Zone, id: string): object {
  zone.hostnames.splice(zone.hostnames.indexOf(find(zone, id)), 1);
  return { id };
}

export function putFallback(zone: Zone, body: JsonObject): object {
  only(body, 'origin');
  if (zone.hostnameQuota === 0) throw new Refusal(400, 1404, 'No quota has been allocated for this zone.');
  const origin = String(body['origin'] ?? '');
  if (!zone.records.some((record) => record.name === origin && record.proxied)) {
    throw new Refusal(400, 1416, 'The fallback origin has no proxied DNS record in this zone.');
  }
  const now = new Date().toISOString();
  zone.fallbackOrigin = { origin, status: 'active', errors: [], created_at: zone.fallbackOrigin?.created_at ?? now, updated_at: now };
  return zone.fallbackOrigin;
}

export function getFallback(zone: Zone): object {
  if (!zone.fallbackOrigin) throw new Refusal(404, 1431, 'There is no fallback origin.');
  return zone.fallbackOrigin;
}

/** The zone by which visitors of somebody's own domain come in. */
export const zoneByHostname = (account: Account, host: string): Zone | undefined =>
  account.zones.find(({ hostnames, fallbackOrigin }) => fallbackOrigin !== null && hostnames.some((one) => one.hostname === host && one.status === 'active' && one.sslStatus === 'active'));

async function look(account: Account, zone: Zone, hostname: CustomHostname): Promise<void> {
  // What was given up, or is refused, is not looked at by itself.
  if (!['pending', 'active'].includes(hostname.status)) return;
  const leadsHere = zone.fallbackOrigin !== null && (await account.resolve(hostname.hostname)).includes(zone.fallbackOrigin.origin);
  if (!leadsHere) {
    if (hostname.status === 'active') hostname.status = 'moved';
    else hostname.sslStatus = 'pending_validation';
    return;
  }
  hostname.status = 'active';
  hostname.sslStatus = CERTIFICATE[Math.min(CERTIFICATE.indexOf(hostname.sslStatus) + 1, CERTIFICATE.length - 1)] ?? 'initializing';
}

function shown({ id, hostname, status, sslStatus, method, certificateAuthority, createdAt }: CustomHostname): object {
  const token = id.replaceAll('-', '');
  return {
    id,
    hostname,
    status,
    created_at: createdAt,
    ...(status === 'active' ? {} : { verification_errors: ['custom hostname does not CNAME to this zone.'] }),
    ownership_verification: { type: 'txt', name: `_cf-custom-hostname.${hostname}`, value: id },
    ownership_verification_http: { http_url: `http://${hostname}/.well-known/cf-custom-hostname-challenge/${id}`, http_body: id },
    ssl: {
      id: token,
      type: 'dv',
      method,
      status: sslStatus,
      wildcard: false,
      certificate_authority: certificateAuthority,
      bundle_method: 'ubiquitous',
      settings: { min_tls_version: '1.2' },
      ...(sslStatus === 'pending_validation'
        ? { validation_records: [{ status: 'pending', http_url: `http://${hostname}/.well-known/pki-validation/ca3-${token}.txt`, http_body: token }] }
        : {}),
      dcv_delegation_records: [{ cname: `_acme-challenge.${hostname}`, cname_target: `${hostname}.dcv.cloudflare.com` }],
    },
  };
}
