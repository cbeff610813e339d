// What an OAuth token may be used for.

/** The scopes that are known here, in words for the page that asks for them. */
export const SCOPES: Readonly<Record<string, string>> = {
  repo: 'Read and write code, branches and pull requests of all repositories, private ones too',
  public_repo: 'Read and write code, branches and pull requests of public repositories',
  'repo:status': 'Report and read the outcome of checks',
  workflow: 'Change the workflows that run in repositories',
  'read:org': 'See which organisations you are a member of',
  user: 'Read and change your profile and addresses',
  'read:user': 'Read your profile',
  'user:email': 'Read your e-mail addresses',
  delete_repo: 'Delete repositories',
  gist: 'Write gists',
};

/** What each scope has in it besides itself. */
const INCLUDED: Readonly<Record<string, readonly string[]>> = {
  repo: ['public_repo', 'repo:status'],
  user: ['read:user', 'user:email'],
};

/** The known scopes of what was asked, without those that another one has in it. */
export function normalized(asked: readonly string[]): string[] {
  const known = [...new Set(asked)].filter((scope) => Object.hasOwn(SCOPES, scope));
  const covered = new Set(known.flatMap((scope) => INCLUDED[scope] ?? []));
  return known.filter((scope) => !covered.has(scope));
}

/** Reads a list as it is written in a URL: with spaces, or with commas. */
export const parseScopes = (text: string): string[] => normalized(text.split(/[\s,]+/).filter((scope) => scope !== ''));

/** True when a token with `scopes` may do what one of `accepted` allows. A GitHub App's token has none to ask. */
export function permits(scopes: readonly string[] | null, ...accepted: string[]): boolean {
  return scopes === null || accepted.some((scope) => scopes.includes(scope) || scopes.some((has) => INCLUDED[has]?.includes(scope)));
}
