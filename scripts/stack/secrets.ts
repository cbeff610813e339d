import type { WorkerName } from './build.ts';

/** What a secret that a deployment may do without opens. */
export interface Opens {
  /** What is not offered without it. */
  what: string;
  /** How to get one. */
  how: string;
  /** What has to be set as well: half of the two leads people to an error, or to nothing. */
  beside?: {
    /** The variable that is empty without it. */
    variable: string;
    /** What the operator calls it. */
    name: string;
    /** What they write into the target's file. */
    line: string;
  };
}

const inVars = (variable: string, value = '…'): NonNullable<Opens['beside']> => ({ variable, name: variable, line: `"vars": { "${variable}": "${value}" }` });

const client = (provider: string, where: string, back: string, more = ''): Opens => ({
  what: `signing in with ${provider}${more}`,
  how: `${where}, and name https://{domain}${back} there as the address to come back to.`,
  beside: inVars(`${provider.toUpperCase()}_CLIENT_ID`),
});

const OPENS: Record<string, Opens> = {
  GOOGLE_CLIENT_SECRET: client('Google', 'Make an OAuth client for a web application at console.cloud.google.com, APIs & Services, Credentials', '/api/auth/callback/google'),
  // People sign in and let us change repositories by two addresses, and GitHub takes those below the one that it was told.
  GITHUB_CLIENT_SECRET: client('GitHub', 'Register an OAuth app at github.com, Settings, Developer settings', '/api', ', and changing repositories there'),
  CLOUDFLARE_SAAS_TOKEN: {
    what: "a domain of one's own",
    how: 'Make an API token at Cloudflare with nothing but SSL and Certificates Edit, on the zone of the sites.',
    beside: { variable: 'SAAS_ZONE_ID', name: '"ownDomains"', line: '"ownDomains": true' },
  },
  BROWSER_RENDERING_TOKEN: {
    what: 'a picture of each live site, and of what sessions change',
    how: 'Make an API token at Cloudflare with nothing but Browser Rendering Edit, on the account.',
  },
  E2B_API_KEY: {
    what: 'sessions, in which a team changes its repository',
    how: "Make an API key at e2b.dev, and order an advanced certificate for *.preview. and the sites' domain (SSL/TLS, Edge Certificates), by which previews are seen.",
  },
  SAFE_BROWSING_KEY: {
    what: 'a look at the links of a version before it goes live',
    how: 'Make an API key for the Safe Browsing API at console.cloud.google.com, APIs & Services, Credentials.',
    beside: inVars('SAFE_BROWSING', 'on'),
  },
};

/** What a secret opens; undefined for those that scripts make and take away by themselves. */
export const opens = (secret: string): Opens | undefined => OPENS[secret];

/** Secrets that no configuration lists: a deployment may do without them. */
export const OPTIONAL_SECRETS: Partial<Record<WorkerName, string[]>> = {
  // ADMIN_KEY is made by scripts/deploy; SESSION_KEY_PREVIOUS is there while `scripts/admin rotate-keys` is on its way, and
  // SECRETS_KEY_PREVIOUS while rotate-secrets is.
  api: [...Object.keys(OPENS).filter((name) => name !== 'E2B_API_KEY'), 'ADMIN_KEY', 'SESSION_KEY_PREVIOUS'],
  agent: ['SESSION_KEY_PREVIOUS'],
  openweb: ['SESSION_KEY_PREVIOUS'],
  teams: ['SESSION_KEY_PREVIOUS', 'SECRETS_KEY_PREVIOUS', 'GITHUB_CLIENT_SECRET', 'E2B_API_KEY', 'BROWSER_RENDERING_TOKEN'],
};
