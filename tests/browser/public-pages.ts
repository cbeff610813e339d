/** All pages that anybody may open, in a small society in which each of them has something to show. */
import type { Page } from '../../scripts/measure/lighthouse.ts';
import { stateSecrets } from '../../scripts/stack/settings.ts';
import { Seat } from '../http/agent-kit.ts';
import type { TestStack } from '../http/harness.ts';
import { answered, organization } from '../http/teams-kit.ts';

type Owner = Awaited<ReturnType<TestStack['owner']>>;

/** Search engines are asked to leave these out, so whether they could read them is not asked. */
const UNLISTED = { 'is-crawlable': 'search engines are asked to leave it out' };
/** Pages that load nothing. Lighthouse asks for /robots.txt from within the page, and takes the page's no for a bad answer. */
const ALONE = { 'robots-txt': 'the policy of the page lets nothing be asked for from it' };
/** These say that there is nothing, also by their status. */
const ABSENT = {
  ...UNLISTED,
  'http-status-code': 'the status is what the page is about',
  'errors-in-console': 'browsers write the status of the page itself down as an error',
};

/** Somebody whose site the agent makes, wish after wish. */
async function made(stack: TestStack, label: string, name: string, wishes: string[]): Promise<Owner> {
  const owner = await stack.owner(label);
  await answered(owner, 200, 'PATCH', '/api/account', { name });
  const seat = await Seat.open(owner);
  for (const [turn, wish] of wishes.entries()) {
    seat.say(wish);
    await seat.over(turn + 1);
  }
  await seat.close();
  return owner;
}

/** Makes what the pages show, and names the pages. */
export async function publicPages(stack: TestStack): Promise<Page[]> {
  const { app } = stack.addresses;
  const bakery = await made(stack, 'hearth', 'Hearth Bakery', [
    'A page for my bakery, in warm colours, with the opening hours at the top and a gallery',
    'Add a page about us',
    'Make the heading larger',
  ]);
  const photographer = await made(stack, 'north-light', 'Nora Lindqvist', ['A portfolio for a photographer, dark and quiet, with a contact form']);
  await answered(photographer, 200, 'PUT', `/api/notch/follows/${bakery.domain}`);
  // Otherwise a site without a page of its own for that shows its first.
  await answered(photographer, 200, 'PATCH', `/api/sites/${photographer.domain}/settings`, { notFound: 'page' });
  const unsafe = await stack.owner('too-cheap');
  const forbidden = await stack.owner('not-here');
  await stack.owner('not-yet');
  // Pictures of what is live, which the hub shows.
  await stack.scheduled('api');
  const { ADMIN_KEY = '' } = stateSecrets(stack.stateDir);
  for (const [site, reason] of [[unsafe, 'unsafe'], [forbidden, 'law']] as const) {
    const taken = await stack.anybody.send('PUT', `/api/admin/sites/${site.siteId}/takedown`, { reason, note: '' }, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    if (!taken.ok) throw new Error(`take-down answered ${taken.status}: ${await taken.text()}`);
  }
  const { id } = await organization(bakery, 'Hearth Bakery');
  const { url: invite } = await answered<{ url: string }>(bakery, 201, 'POST', `/api/v1/orgs/${id}/invites`, { role: 'MEMBER' });

  const at = (label: string, path = '/'): string => `${stack.siteOrigin(label)}${path}`;
  return [
    { name: 'the hub', url: `${app}/` },
    { name: 'the hub on a desktop', url: `${app}/`, form: 'desktop' },
    { name: 'the sign-in dialog', url: `${app}/?sign-in` },
    { name: "a person's page", url: `${app}/sites/${bakery.domain}`, without: UNLISTED },
    { name: 'a site that the agent made', url: at('hearth') },
    { name: 'another one', url: at('north-light') },
    { name: 'the report form', url: `${app}/report`, without: UNLISTED },
    { name: 'an invite', url: invite, without: UNLISTED },
    { name: "Notch's playground", url: `${app}/notch/test`, without: UNLISTED },
    { name: 'a page of the playground', url: `${app}/notch/test/plain`, without: { ...UNLISTED, ...ALONE } },
    { name: 'mentions, told by hand', url: `${app}/webmention`, without: { ...UNLISTED, ...ALONE } },
    { name: 'the app has no such page', url: `${app}/nothing`, status: 404, without: ABSENT },
    { name: 'a site has no such page', url: at('north-light', '/nothing'), status: 404, without: { ...ABSENT, ...ALONE } },
    { name: 'a site that is being made', url: at('not-yet'), status: 404, without: { ...ABSENT, ...ALONE } },
    { name: 'a free name', url: at('nobody-has-it'), status: 404, without: { ...ABSENT, ...ALONE } },
    { name: 'taken down as unsafe', url: at('too-cheap'), status: 410, without: { ...ABSENT, ...ALONE } },
    { name: 'taken down by law', url: at('not-here'), status: 451, without: { ...ABSENT, ...ALONE } },
  ];
}
