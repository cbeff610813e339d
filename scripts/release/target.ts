/**
 * Where a deployment goes: `production`, which has the names of the committed files, or any other target, whose
 * names end in its own and whose domains nobody else's are.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What an operator writes into `.deploy/<target>.json`. All of it is optional, none of it is secret. */
export interface TargetFile {
  accountId?: string;
  /** Host of the app; the committed files' domain when left out, which only `production` may do. */
  domain?: string;
  /** People's sites are below this one; the app's domain when left out. It must be a zone's own name. */
  sitesDomain?: string;
  /** The zone that holds `domain`, where it is not `domain` itself. */
  zone?: string;
  /** Whether people may have their sites at domains of their own, by Cloudflare for SaaS in the zone `sitesDomain`. */
  ownDomains?: boolean;
  /** Where D1 and R2 should be: wnam, enam, weur, eeur, apac, oc. A hint, and final. */
  location?: string;
  /** Variables of the workers that win over those in the committed files. */
  vars?: Record<string, string>;
}

export interface Target {
  name: string;
  production: boolean;
  accountId: string | undefined;
  domain: string;
  zone: string;
  sitesDomain: string;
  ownDomains: boolean;
  location: string | undefined;
  vars: Record<string, string>;
}

/** Something that the operator has to set right. The message is the whole of what they are told. */
export class OperatorError extends Error {}

const HOST = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const NAME = /^[a-z][a-z0-9]{1,15}$/;
const LOCATIONS = ['wnam', 'enam', 'weur', 'eeur', 'apac', 'oc'];

interface Kind {
  words: string;
  fits: (value: unknown) => boolean;
}

const TEXT: Kind = { words: 'a text', fits: (value) => typeof value === 'string' };

/** What a target's file may hold. */
const KNOWN: Record<string, Kind> = {
  accountId: TEXT,
  domain: TEXT,
  sitesDomain: TEXT,
  zone: TEXT,
  ownDomains: { words: 'true or false', fits: (value) => typeof value === 'boolean' },
  location: TEXT,
  vars: { words: 'an object of texts', fits: (value) => typeof value === 'object' && value !== null && Object.values(value).every(TEXT.fits) },
};

function readTargetFile(file: string): TargetFile {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new OperatorError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new OperatorError(`${file} must hold one JSON object.`);
  for (const [key, value] of Object.entries(read)) {
    const kind = KNOWN[key];
    if (kind === undefined) throw new OperatorError(`${file}: "${key}" is not a setting. Known are ${Object.keys(KNOWN).join(', ')}.`);
    if (!kind.fits(value)) throw new OperatorError(`${file}: "${key}" must be ${kind.words}.`);
  }
  const target = read as TargetFile;
  if (target.vars && 'SAAS_ZONE_ID' in target.vars) {
    throw new OperatorError(`${file}: set "ownDomains" to true instead of the variable SAAS_ZONE_ID. People's own domains want more than the variable, and scripts/deploy fills it in.`);
  }
  return target;
}

/** Reads the target's file in `folder`, and holds it against those of the other targets there. */
export function readTarget(name: string, folder: string, committedDomain: string): Target {
  if (!NAME.test(name)) throw new OperatorError(`"${name}" cannot be a target. Take 2 to 16 lower-case letters and digits, a letter first.`);
  const file = join(folder, `${name}.json`);
  const target = complete(name, existsSync(file) ? readTargetFile(file) : {}, file, committedDomain);
  const others = existsSync(folder) ? readdirSync(folder).filter((entry) => /^[a-z][a-z0-9]*\.json$/.test(entry) && entry !== `${name}.json`) : [];
  const theirs = others.map((entry) => complete(entry.slice(0, -5), readTargetFile(join(folder, entry)), join(folder, entry), committedDomain));
  // Production counts also where its file lies elsewhere: on another machine, say.
  if (!target.production && !theirs.some(({ production }) => production)) theirs.push(complete('production', {}, '', committedDomain));
  for (const other of theirs) keepApart(target, other);
  return target;
}

function complete(name: string, given: TargetFile, file: string, committedDomain: string): Target {
  const production = name === 'production';
  if (!production && !given.domain) {
    throw new OperatorError(`The target "${name}" needs a domain of its own. Write {"domain": "…"} into ${file}.`);
  }
  const domain = given.domain ?? committedDomain;
  const zone = given.zone ?? domain;
  const sitesDomain = given.sitesDomain ?? domain;
  for (const host of [domain, zone, sitesDomain]) {
    if (!HOST.test(host)) throw new OperatorError(`"${host}" is not a domain in lower case, like vetka.sh.`);
  }
  if (!within(domain, zone)) throw new OperatorError(`${domain} is not in the zone ${zone}.`);
  if (given.sitesDomain === undefined && zone !== domain) {
    throw new OperatorError(
      `Sites would be at *.${domain}, two levels below the zone ${zone}: the certificate that a zone comes with covers one. `
      + 'Set "sitesDomain" to the name of a zone.',
    );
  }
  if (given.location !== undefined && !LOCATIONS.includes(given.location)) {
    throw new OperatorError(`"${given.location}" is not a location. Known are ${LOCATIONS.join(', ')}.`);
  }
  return { name, production, accountId: given.accountId, domain, zone, sitesDomain, ownDomains: given.ownDomains ?? false, location: given.location, vars: given.vars ?? {} };
}

export const within = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);

/** Two targets must not meet: `*.vetka.sh/*` would take what goes to `staging.vetka.sh`. */
function keepApart(one: Target, other: Target): void {
  for (const mine of [one.domain, one.sitesDomain]) {
    for (const theirs of [other.domain, other.sitesDomain]) {
      const wild = theirs === other.sitesDomain ? within(mine, theirs) : mine === theirs;
      const back = mine === one.sitesDomain ? within(theirs, mine) : false;
      if (wild || back) {
        throw new OperatorError(`${mine} of "${one.name}" and ${theirs} of "${other.name}" meet: one would answer what is meant for the other. Give "${one.name}" a domain of its own.`);
      }
    }
  }
}
