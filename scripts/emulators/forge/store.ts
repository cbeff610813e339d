// Everything that is not in a git repository: people, who may do what, pull requests, tokens. One JSON file, written
// whole at each change; what was answered is on disk.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isObject } from '../agents/checks.ts';
import { folderDisk, type Disk } from '../agents/disk.ts';
import { PERMISSIONS, type Organization, type Permission, type Protection, type Pull, type Repository, type State, type Token, type User } from './types.ts';

const EMPTY: State = { port: 0, nextId: 5_833_001, users: [], organizations: [], repositories: [], pulls: [], tokens: [], grants: [] };

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** How a token is known here, so that none can be read from the state folder. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The time as GitHub writes it. */
export const stamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

export class Store {
  readonly state: State;
  readonly #disk: Disk;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#disk = folderDisk(folder);
    const found = this.#disk.readAll('state')[0];
    // Written by this program, and by no other; a field that an older one did not write is empty.
    this.state = { ...structuredClone(EMPTY), ...(isObject(found) ? (found as Partial<State>) : {}) };
  }

  save(): void {
    this.#disk.write('state/state.json', this.state);
  }

  newId(): number {
    this.state.nextId += 1;
    return this.state.nextId;
  }

  /** The bare repository on disk. Its name is a number, whatever it is called outside. */
  folderOf(repository: Repository): string {
    return join(this.#folder, 'repositories', `${repository.id}.git`);
  }

  user(login: string): User | undefined {
    return this.state.users.find((user) => same(user.login, login));
  }

  /** Whose address this is; that of the no-reply kind, too. */
  userByEmail(email: string): User | undefined {
    const [, id] = /^(\d+)\+[^@]*@users\.noreply\.github\.com$/i.exec(email) ?? [];
    return this.state.users.find((user) => (id === undefined ? same(user.email, email) : user.id === Number(id)));
  }

  organization(login: string): Organization | undefined {
    return this.state.organizations.find((organization) => same(organization.login, login));
  }

  repository(owner: string, name: string): Repository | undefined {
    return this.state.repositories.find((repository) => same(repository.owner, owner) && same(repository.name, name));
  }

  repositoryById(id: number | null): Repository | undefined {
    return this.state.repositories.find((repository) => repository.id === id);
  }

  /** The repository and its forks, and what it is a fork of. */
  network(repository: Repository): Repository[] {
    return this.state.repositories.filter(({ source }) => source === repository.source);
  }

  pull(repository: Repository, number: number): Pull | undefined {
    return this.state.pulls.find((pull) => pull.repository === repository.id && pull.number === number);
  }

  pullsOf(repository: Repository): Pull[] {
    return this.state.pulls.filter((pull) => pull.repository === repository.id);
  }

  token(text: string): Token | undefined {
    const hash = hashOf(text);
    return this.state.tokens.find((token) => token.hash === hash);
  }

  /** What a person may do with a repository; null is nothing at all. */
  permission(repository: Repository, login: string | null): Permission | null {
    const shown: Permission | null = repository.private ? null : 'pull';
    if (login === null) return shown;
    if (same(repository.owner, login)) return 'admin';
    const organization = this.organization(repository.owner);
    const role = organization && own(organization.members, login);
    const ofRole: Permission | null = role === 'admin' ? 'admin' : role === 'member' ? 'pull' : null;
    const given = [shown, ofRole, own(repository.collaborators, login) ?? null].filter((permission) => permission !== null);
    return given.sort((one, other) => PERMISSIONS.indexOf(other) - PERMISSIONS.indexOf(one))[0] ?? null;
  }
}

/** True when `has` is at least `needed`. */
export const allows = (has: Permission | null, needed: Permission): boolean => has !== null && PERMISSIONS.indexOf(has) >= PERMISSIONS.indexOf(needed);

/** The rules of a branch, if it has any. */
export const rulesOf = (repository: Repository, branch: string): Protection | undefined => own(repository.protections, branch);

/** What a record holds under a name that may be anything, such as `constructor`. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
