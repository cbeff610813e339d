import type { WorkerName } from './build.ts';

/** Secrets that a deployment may do without, and that no configuration therefore lists: what they open is not offered then. */
export const OPTIONAL_SECRETS: Partial<Record<WorkerName, string[]>> = { api: ['GOOGLE_CLIENT_SECRET', 'GITHUB_CLIENT_SECRET'] };
