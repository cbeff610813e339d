/** Every page of the app, for whoever may open it: in a society in which each has something to show, and for a beginner. */
import { Seat } from '../http/agent-kit.ts';
import type { Person, TestStack } from '../http/harness.ts';
import { answered, organization, userId } from '../http/teams-kit.ts';
import { connectGithub, insertProject, insertSession } from './teams-kit.ts';

export interface Place {
  /** What people would call it. */
  name: string;
  /** Its route, as the tables of the workers have it. */
  route: string;
  path: string;
  /** Who opens it; nobody in particular where nothing is said. */
  as?: Person;
}

/** Addresses that are asked for with GET and are no page of ours, with what they are. */
export const NO_PAGES: Record<string, string> = {
  '/after-sign-in': 'a way on',
  '/signin': 'a way to the hub',
  '/signup': 'a way to the hub',
  '/auth/callback/{provider}': 'a way on, from a provider',
  '/connect/signed-in': 'closes its own window',
  '/embed/{host}': "Notch's frame, on others' pages",
  '/favicon.svg': 'a picture',
  '/healthz': 'for machines',
  '/notch.js': 'a script',
  '/notch/test/{page}': 'pages as strangers make them, on purpose',
  '/pictures/{user}/{id}': 'a picture',
  '/robots.txt': 'for machines',
  '/session/{sessionId}/pictures/{picture}': 'a picture',
  '/thumbnails/{site}/{id}': 'a picture',
  '/unsubscribe': 'needs a link from a mail',
  '/webmention/{id}': 'for machines',
  '/ws': 'a socket',
};

/** Makes what the pages show, and names the pages. */
export async function everyPage(stack: TestStack): Promise<Place[]> {
  const ann = await stack.owner('hearth');
  await answered(ann, 200, 'PATCH', '/api/account', { name: 'Hearth Bakery' });
  const seat = await Seat.open(ann);
  seat.say('A page for my bakery, in warm colours, with the opening hours at the top and a gallery');
  await seat.over(1);
  seat.say('Make the heading larger');
  await seat.over(2);
  await seat.close();
  const ben = await stack.owner('north-light');
  await answered(ben, 200, 'PATCH', '/api/account', { name: 'Nora Lindqvist' });
  await answered(ben, 200, 'PUT', `/api/notch/follows/${ann.domain}`);
  await answered(ann, 200, 'PUT', `/api/notch/follows/${ben.domain}`);
  await answered(ben, 201, 'POST', `/api/notch/threads/${ann.domain}/messages`, { body: 'Do you bake on Mondays?', clientId: 'monday' });
  await stack.scheduled('api');
  const beginner = await stack.person();

  const { id: org } = await organization(ann, 'Harbor Works');
  const { url: invite } = await answered<{ url: string }>(ann, 201, 'POST', `/api/v1/orgs/${org}/invites`, { role: 'MEMBER' });
  await connectGithub(ann, 'ann-ash');
  const ready = await insertProject(stack, org, 'Harbor bakery', 'READY');
  const pending = await insertProject(stack, org, 'Shop', 'PENDING');
  const row = { orgId: org, projectId: ready, userId: await userId(stack, ann) };
  await insertSession(stack, { ...row, title: 'A friendlier headline on the home page', status: 'COMPLETED', outcome: 'PR_CREATED', minutes: 22, cost: 420_000 });
  const running = await insertSession(stack, { ...row, title: 'A darker blue for the buttons', status: 'RUNNING', cost: 60_000 });

  const site = `/sites/${ann.domain}`;
  return [
    { name: 'the hub', route: '/', path: '/' },
    { name: 'the hub, to sign in', route: '/', path: '/?sign-in' },
    { name: 'the hub, of somebody', route: '/', path: '/', as: ann },
    { name: "somebody's page", route: '/sites/{domain}', path: site },
    { name: "somebody else's page", route: '/sites/{domain}', path: `/sites/${ben.domain}`, as: ann },
    { name: 'reporting', route: '/report', path: '/report' },
    { name: 'an invite', route: '/invite/{token}', path: new URL(invite).pathname },
    { name: 'an invite, to somebody', route: '/invite/{token}', path: new URL(invite).pathname, as: ben },
    { name: 'the playground', route: '/notch/test', path: '/notch/test' },
    { name: 'mentions, told by hand', route: '/webmention', path: '/webmention' },
    { name: 'no such page', route: '/', path: '/nothing' },
    { name: 'what to begin with', route: '/setup', path: '/setup', as: beginner },
    { name: 'connecting a website', route: '/setup/script', path: '/setup/script', as: beginner },
    { name: 'picking a name', route: '/setup/generate', path: '/setup/generate', as: beginner },
    { name: 'no site yet', route: '/sites', path: '/sites', as: beginner },
    { name: 'no team yet', route: '/orgs', path: '/orgs', as: beginner },
    { name: 'no message yet', route: '/messages', path: '/messages', as: beginner },
    { name: 'the site', route: '/sites', path: '/sites', as: ann },
    { name: 'the builder', route: '/sites/{domain}/builder', path: `${site}/builder`, as: ann },
    { name: 'settings of the site', route: '/sites/{domain}/settings', path: `${site}/settings`, as: ann },
    { name: 'mentions of the site', route: '/sites/{domain}/mentions', path: `${site}/mentions`, as: ann },
    { name: 'reactions to the site', route: '/sites/{domain}/reactions', path: `${site}/reactions`, as: ann },
    { name: 'settings', route: '/settings', path: '/settings', as: ann },
    { name: 'messages', route: '/messages', path: '/messages', as: ann },
    { name: 'a conversation', route: '/messages/{domain}', path: `/messages/${ben.domain}`, as: ann },
    { name: 'notifications', route: '/notifications', path: '/notifications', as: ann },
    { name: 'agreeing to Notch', route: '/connect', path: '/connect', as: ann },
    { name: 'teams', route: '/orgs', path: '/orgs', as: ann },
    { name: 'a new team', route: '/orgs/new', path: '/orgs/new', as: ann },
    { name: 'a team', route: '/orgs/{orgId}', path: `/orgs/${org}`, as: ann },
    { name: 'settings of the team', route: '/orgs/{orgId}/settings', path: `/orgs/${org}/settings`, as: ann },
    { name: 'sessions of the team', route: '/orgs/{orgId}/sessions', path: `/orgs/${org}/sessions`, as: ann },
    { name: 'picking a repository', route: '/orgs/{orgId}/projects/new', path: `/orgs/${org}/projects/new`, as: ann },
    { name: 'setting a project up', route: '/orgs/{orgId}/projects/{id}/setup', path: `/orgs/${org}/projects/${pending}/setup`, as: ann },
    { name: 'settings of a project', route: '/orgs/{orgId}/projects/{id}/settings', path: `/orgs/${org}/projects/${ready}/settings`, as: ann },
    { name: 'a session', route: '/session/{sessionId}', path: `/session/${running}`, as: ann },
  ];
}
