// What may be called what. Every name that comes over the wire passes here before git or the disk sees it.

const OWNER = /^[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}$/;
const REPOSITORY = /^[A-Za-z0-9._-]{1,100}$/;
/** First parts of paths that lead to something else than an owner. */
const RESERVED = new Set(['api', 'applications', 'login', 'orgs', 'rate_limit', 'repos', 'search', 'session', 'user', 'users', '_emulator']);

/** Of a person or an organisation. */
export const isOwnerName = (name: string): boolean => OWNER.test(name) && !RESERVED.has(name.toLowerCase());

export const isRepositoryName = (name: string): boolean => REPOSITORY.test(name) && name !== '.' && name !== '..' && !name.toLowerCase().endsWith('.git');

/** A full commit id. */
export const isSha = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

/**
 * A full name such as `refs/heads/main`, by the rules of `git check-ref-format`. As it begins with `refs/`, git never
 * takes it for an option, and as it has none of `^ ~ : @{ ..`, never for more than a name.
 */
export function isRefName(name: string): boolean {
  if (!name.startsWith('refs/') || name.length > 1000 || name.split('/').length < 3) return false;
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\.$/.test(name)) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock') && Buffer.byteLength(part) <= 200);
}

/** A branch that may be made here. GitHub refuses names that read as an option or as a commit. */
export const isBranchName = (name: string): boolean => isRefName(`refs/heads/${name}`) && !name.startsWith('-') && !isSha(name) && name !== 'HEAD';

/** The parts of a path inside a repository; null for one that leads out of it or into git's own. The root is no parts. */
export function pathParts(path: string): string[] | null {
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  if (trimmed === '') return [];
  const parts = trimmed.split('/');
  const isBad = (part: string): boolean => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git' || part.includes('\0') || Buffer.byteLength(part) > 255;
  return trimmed.length > 4096 || parts.some(isBad) ? null : parts;
}
