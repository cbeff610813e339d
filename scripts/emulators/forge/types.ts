// What the forge keeps. Times are RFC 3339 in UTC without fractions, as GitHub writes them.

export const PERMISSIONS = ['pull', 'triage', 'push', 'maintain', 'admin'] as const;
/** What somebody may do with a repository; each includes those before it. */
export type Permission = (typeof PERMISSIONS)[number];

export const MERGE_METHODS = ['merge', 'squash', 'rebase'] as const;
export type MergeMethod = (typeof MERGE_METHODS)[number];

export interface User {
  id: number;
  login: string;
  name: string;
  email: string;
}

export interface Organization {
  id: number;
  login: string;
  name: string;
  members: Record<string, 'admin' | 'member'>;
}

/** The rules of one branch. */
export interface Protection {
  /** Approvals that a pull request needs; 0 asks for none. */
  requiredReviews: number;
  /** Status contexts that must be `success`. */
  requiredChecks: string[];
  /** The head must have all of the base before it is merged. */
  strict: boolean;
  /** Admins are held to the rules as well. */
  enforceAdmins: boolean;
  allowForcePushes: boolean;
  allowDeletions: boolean;
}

export interface Status {
  id: number;
  sha: string;
  context: string;
  state: 'error' | 'failure' | 'pending' | 'success';
  description: string | null;
  targetUrl: string | null;
  creator: string;
  createdAt: string;
}

export interface Repository {
  id: number;
  /** Login of a person or an organisation. */
  owner: string;
  name: string;
  private: boolean;
  description: string | null;
  defaultBranch: string;
  collaborators: Record<string, Permission>;
  protections: Record<string, Protection>;
  statuses: Status[];
  mergeMethods: MergeMethod[];
  deleteBranchOnMerge: boolean;
  /** Whether drafts can be opened; some of GitHub's plans have none. */
  drafts: boolean;
  archived: boolean;
  /** Id of the repository that this one is a fork of. */
  parent: number | null;
  /** Id of the first of its network, its own when it is no fork. */
  source: number;
  createdAt: string;
  updatedAt: string;
  pushedAt: string;
  nextNumber: number;
}

export interface Review {
  id: number;
  user: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED';
  body: string;
  commit: string;
  submittedAt: string;
}

export interface Pull {
  id: number;
  number: number;
  /** Id of the repository that it is merged into. */
  repository: number;
  title: string;
  body: string | null;
  author: string;
  state: 'open' | 'closed';
  draft: boolean;
  head: { repository: number; owner: string; ref: string; sha: string };
  base: { ref: string; sha: string };
  maintainerCanModify: boolean;
  reviews: Review[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  mergedAt: string | null;
  mergedBy: string | null;
  mergeCommit: string | null;
}

/** A token, known by the SHA-256 of it. */
export interface Token {
  hash: string;
  login: string;
  clientId: string;
  /** Null for a token of a GitHub App, which has no scopes. */
  scopes: string[] | null;
  createdAt: string;
  /** Milliseconds since 1970; null lasts until it is revoked. */
  expiresAt: number | null;
  /** The SHA-256 of the refresh token that came with it, and until when that is good. */
  refresh: { hash: string; expiresAt: number } | null;
}

/** That a person let an application in, and for what. */
export interface Grant {
  login: string;
  clientId: string;
  scopes: string[];
}

export interface State {
  port: number;
  nextId: number;
  users: User[];
  organizations: Organization[];
  repositories: Repository[];
  pulls: Pull[];
  tokens: Token[];
  grants: Grant[];
}
