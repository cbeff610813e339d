// What stands on the pages. Every text that came from outside goes through `html`, which escapes it.

import { html, type Markup } from '../agents/demo/html.ts';
import type { ChangedFile } from './diff.ts';
import type { Commit, TreeEntry } from './objects.ts';
import type { Pull, Repository, User } from './types.ts';
import { inPath } from './views.ts';

const MAX_FILES = 300;

const home = ({ owner, name }: Repository): string => `/${owner}/${name}`;
const day = (at: string): string => at.slice(0, 10);
const secret = (repository: Repository): Markup | null => (repository.private ? html` <span class="badge">private</span>` : null);

/** Says who one is, and lets one be somebody else. */
export function visitorForm(users: readonly User[], visitor: User | null): Markup {
  const others = users.filter(({ login }) => login !== visitor?.login);
  const be = (login: string, label: string): Markup => html`<form method="post" action="/session"><input type="hidden" name="login" value="${login}"><button class="plain">${label}</button></form>`;
  return html`<span>You look as <strong>${visitor?.login ?? 'nobody'}</strong>.</span> ${others.map(({ login }) => be(login, `be ${login}`))} ${visitor === null ? null : be('', 'be nobody')}`;
}

export function homePage(repositories: readonly Repository[], owner: string | undefined): Markup {
  const entries = repositories.map((repository) => html`<li><a href="${home(repository)}">${repository.owner}/${repository.name}</a>${secret(repository)}<br><span class="soft">${repository.description ?? ''}</span></li>`);
  return html`<h1>${owner ?? 'Repositories'}</h1>${entries.length === 0 ? html`<p class="soft">None that you may see.</p>` : html`<ul class="list">${entries}</ul>`}`;
}

function heading(repository: Repository): Markup {
  return html`<p><a href="/${repository.owner}">${repository.owner}</a> / <a href="${home(repository)}"><strong>${repository.name}</strong></a>${secret(repository)}</p>`;
}

function state(pull: Pull): Markup {
  if (pull.mergedAt !== null) return html`<span class="badge merged">merged</span>`;
  if (pull.state === 'closed') return html`<span class="badge closed">closed</span>`;
  return html`<span class="badge open">${pull.draft ? 'draft' : 'open'}</span>`;
}

function entries(repository: Repository, ref: string, parts: readonly string[], tree: readonly TreeEntry[]): Markup {
  const sorted = [...tree].sort((one, other) => Number(other.type === 'tree') - Number(one.type === 'tree') || one.path.localeCompare(other.path));
  const at = (entry: TreeEntry): string => `${home(repository)}/${entry.type === 'tree' ? 'tree' : 'blob'}/${inPath(ref)}/${inPath([...parts, entry.path].join('/'))}`;
  return html`<ul class="list">${sorted.map((entry) => html`<li><a href="${at(entry)}">${entry.path}${entry.type === 'tree' ? '/' : ''}</a></li>`)}</ul>`;
}

export function repositoryPage(url: string, repository: Repository, tree: readonly TreeEntry[], branches: readonly string[], pulls: readonly Pull[], parent: Repository | undefined): Markup {
  const shield = (branch: string): string => (Object.hasOwn(repository.protections, branch) ? ' · protected' : '');
  return html`<h1>${repository.name}${secret(repository)}</h1>
<p><a href="/${repository.owner}">${repository.owner}</a> · ${repository.description ?? 'no description'}${parent === undefined ? null : html` · a fork of ${parent.owner}/${parent.name}`}</p>
<p class="soft"><code>git clone ${url}${home(repository)}.git</code></p>
<h2>Pull requests</h2>
${pulls.length === 0 ? html`<p class="soft">None yet.</p>` : html`<ul class="list">${pulls.map((pull) => html`<li>${state(pull)} <a href="${home(repository)}/pull/${pull.number}">${pull.title}</a> <span class="soft">#${pull.number} by ${pull.author}</span></li>`)}</ul>`}
<h2>Files on ${repository.defaultBranch}</h2>
${tree.length === 0 ? html`<p class="soft">Nothing has been pushed yet.</p>` : entries(repository, repository.defaultBranch, [], tree)}
<h2>Branches</h2>
<ul class="list">${branches.map((branch) => html`<li><a href="${home(repository)}/tree/${inPath(branch)}">${branch}</a><span class="soft">${branch === repository.defaultBranch ? ' · default' : ''}${shield(branch)}</span>${branch === repository.defaultBranch ? null : html` <a href="${home(repository)}/compare/${inPath(repository.defaultBranch)}...${inPath(branch)}">compare</a>`}</li>`)}</ul>`;
}

function commitList(repository: Repository, commits: readonly Commit[]): Markup {
  const line = ({ sha, message, author }: Commit): Markup => html`<li><a href="${home(repository)}/commit/${sha}"><code>${sha.slice(0, 7)}</code></a> ${message.split('\n')[0] ?? ''} <span class="soft">${author.name}, ${day(new Date(author.at * 1000).toISOString())}</span></li>`;
  return html`<ul class="list">${commits.map(line)}</ul>`;
}

function patch(text: string): Markup {
  const kind = (line: string): string => (line.startsWith('@@') ? 'hunk' : line.startsWith('+') ? 'plus' : line.startsWith('-') ? 'minus' : 'same');
  // Without line ends between them: each line is a block of its own.
  return { html: text.split('\n').map((line) => html`<span class="${kind(line)}">${line === '' ? ' ' : line}</span>`.html).join('') };
}

function fileList(files: readonly ChangedFile[]): Markup {
  const name = (file: ChangedFile): string => (file.previousFilename === null ? file.filename : `${file.previousFilename} → ${file.filename}`);
  const one = (file: ChangedFile): Markup => html`<section class="card file"><h3><code>${name(file)}</code> <span class="soft">${file.status} · +${file.additions} −${file.deletions}</span></h3>
${file.patch === null ? html`<p class="soft">${file.additions + file.deletions === 0 ? 'No lines to show.' : 'Too long to show.'}</p>` : html`<div class="diff" tabindex="0" role="region" aria-label="${file.filename}">${patch(file.patch)}</div>`}</section>`;
  return html`${files.slice(0, MAX_FILES).map(one)}${files.length > MAX_FILES ? html`<p class="soft">And ${files.length - MAX_FILES} more.</p>` : null}`;
}

function outlook(pull: Pull, { mergeable, blocked }: { mergeable: boolean | null; blocked: string | null }): Markup {
  if (pull.mergedAt !== null) return html`Merged by ${pull.mergedBy ?? 'somebody'} on ${day(pull.mergedAt)} as <code>${(pull.mergeCommit ?? '').slice(0, 7)}</code>.`;
  if (pull.state === 'closed') return html`Closed without being merged.`;
  if (mergeable === null) return html`Whether it can be merged is being found out; load the page again.`;
  if (!mergeable) return html`It has conflicts with <code>${pull.base.ref}</code> that have to be resolved.`;
  return blocked === null ? html`It can be merged.` : html`It has no conflicts. ${blocked}`;
}

export function pullPage(repository: Repository, pull: Pull, commits: readonly Commit[], files: readonly ChangedFile[], found: { mergeable: boolean | null; blocked: string | null }): Markup {
  const reviews = pull.reviews.map((review) => html`<li><strong>${review.user}</strong> ${review.state.toLowerCase().replace('_', ' ')} <span class="soft">${day(review.submittedAt)}</span>${review.body === '' ? null : html`<br>${review.body}`}</li>`);
  return html`${heading(repository)}
<h1>${pull.title} <span class="soft">#${pull.number}</span></h1>
<p>${state(pull)} <strong>${pull.author}</strong> wants to merge <code>${pull.head.owner}:${pull.head.ref}</code> into <code>${pull.base.ref}</code> <span class="soft">· opened ${day(pull.createdAt)}</span></p>
<section class="card">${pull.body === null || pull.body === '' ? html`<p class="soft">No description.</p>` : html`<pre class="text">${pull.body}</pre>`}</section>
<p>${outlook(pull, found)}</p>
${reviews.length === 0 ? null : html`<h2>Reviews</h2><ul class="list">${reviews}</ul>`}
<h2>${commits.length} commit${commits.length === 1 ? '' : 's'}</h2>
${commitList(repository, commits)}
<h2>${files.length} file${files.length === 1 ? '' : 's'} changed</h2>
${fileList(files)}`;
}

export function commitPage(repository: Repository, commit: Commit, files: readonly ChangedFile[]): Markup {
  const [title = '', ...rest] = commit.message.split('\n');
  return html`${heading(repository)}<h1>${title}</h1>
<p class="soft"><code>${commit.sha}</code> · ${commit.author.name}, ${day(new Date(commit.author.at * 1000).toISOString())}</p>
${rest.join('').trim() === '' ? null : html`<section class="card"><pre class="text">${rest.join('\n').trim()}</pre></section>`}
${fileList(files)}`;
}

export function comparePage(repository: Repository, base: string, head: string, commits: readonly Commit[], files: readonly ChangedFile[]): Markup {
  return html`${heading(repository)}<h1><code>${head}</code> compared with <code>${base}</code></h1>
${commits.length === 0 ? html`<p class="soft">There is nothing in it that ${base} has not.</p>` : commitList(repository, commits)}
${fileList(files)}`;
}

export function treePage(repository: Repository, ref: string, parts: readonly string[], tree: readonly TreeEntry[]): Markup {
  return html`${heading(repository)}<h1><code>${ref}</code> ${parts.join('/')}</h1>${entries(repository, ref, parts, tree)}`;
}

export function blobPage(repository: Repository, ref: string, parts: readonly string[], text: string | null, size: number): Markup {
  return html`${heading(repository)}<h1>${parts.join('/')}</h1><p class="soft">on <code>${ref}</code> · ${size} bytes · <a href="${home(repository)}/raw/${inPath(ref)}/${inPath(parts.join('/'))}">raw</a></p>
<section class="card">${text === null ? html`<p class="soft">This is no text, or too long to show.</p>` : html`<pre class="diff" tabindex="0">${text}</pre>`}</section>`;
}
