/** A site at its owner's own domain: from the two records to the page, every way out, and whatever Cloudflare says. On real workerd. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fetch as undiciFetch } from 'undici';
import { Refusal } from '../../scripts/emulators/cloudflare/account.ts';
import type { ApiCall } from '../../scripts/emulators/cloudflare/api.ts';
import type { CustomHostname } from '../../scripts/emulators/cloudflare/hostnames.ts';
import { form, refused } from './account-kit.ts';
import { loopback, type Person, type TestStack, startTestStack } from './harness.ts';
import { Publishing } from './publishing.ts';

interface Record {
  type: 'TXT' | 'CNAME';
  name: string;
  short: string;
  value: string;
  seen: boolean | null;
}
interface Domain {
  hostname: string;
  url: string;
  state: string;
  since: string;
  message: string;
  records: Record[];
}
interface Settings {
  notFound: string;
  notch: boolean;
  canonical: string;
  domain: Domain | null;
  domainsOffered: boolean;
}
type Owner = Person & { label: string; domain: string; siteId: string };

const FALLBACK = 'fallback.vetka.localhost';
const DAY = 24 * 60 * 60_000;
let stack: TestStack;
let publishing: Publishing;
let names = 0;

before(async () => {
  stack = await startTestStack();
  publishing = await Publishing.of(stack);
});
after(async () => await stack.close());

const sql = async <T>(text: string, ...values: unknown[]): Promise<T[]> => (await (await stack.db()).prepare(text).bind(...values).all<T>()).results;
const hostnames = (): CustomHostname[] => stack.stack.saas.cloudflare.account.zones[0]?.hostnames ?? [];
const at = (hostname: string): CustomHostname | undefined => hostnames().find((one) => one.hostname === hostname);
const object = async (hostname: string): Promise<unknown> => await (await (await stack.bucket()).get(`hosts/${hostname}`))?.json();
const rows = async (hostname: string) => await sql<{ state: string; due_at: number; trouble: string | null; site_id: string }>('SELECT state, due_at, trouble, site_id FROM custom_domain WHERE hostname = ?1', hostname);

/** Somebody with a site that says who it is of. */
async function owner(): Promise<Owner> {
  const label = `holder-${++names}`;
  const somebody = await stack.owner(label);
  await publishing.publish({ id: somebody.siteId, label, token: await publishing.token(somebody.siteId) }, { 'index.html': `<h1>${label}</h1>`, 'about.html': `about ${label}` });
  return somebody;
}
const settings = async (who: Owner): Promise<Settings> => await who.json<Settings>(`/api/sites/${who.domain}/settings`);
const begin = (who: Owner, hostname: string) => who.send('PUT', `/api/sites/${who.domain}/domain`, { hostname });
const check = async (who: Owner): Promise<Domain> => {
  const answer = await who.fetch(`/api/sites/${who.domain}/domain/check`, { method: 'POST' });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text) as Domain;
};
const remove = async (who: Owner): Promise<void> => assert.equal((await who.fetch(`/api/sites/${who.domain}/domain`, { method: 'DELETE' })).status, 204);
const prove = (hostname: string, ...domains: Domain[]): void =>
  stack.stack.web.tell(`_vetka.${hostname}`, { TXT: domains.map(({ records }) => records.find(({ type }) => type === 'TXT')?.value ?? '') });
const point = (hostname: string, to: string | null = FALLBACK): void => stack.stack.web.tell(hostname, to === null ? null : { CNAME: [to] });

/** A domain with both records set, looked at until it is there. */
async function connected(who: Owner, hostname: string): Promise<Domain> {
  const answer = await begin(who, hostname);
  assert.equal(answer.status, 200, await answer.clone().text());
  prove(hostname, (await answer.json()) as Domain);
  point(hostname);
  for (let tries = 0; tries < 8; tries++) {
    const domain = await check(who);
    if (domain.state === 'active') return domain;
  }
  throw new Error(`${hostname} never became active`);
}

/** Looks at a host as a browser does whose reload button was pressed. */
async function visit(host: string, path = '/'): Promise<{ status: number; location: string | null; text: string }> {
  const url = new URL(origin(host) + path);
  const response = await undiciFetch(url, { dispatcher: loopback, redirect: 'manual', headers: { 'cache-control': 'no-cache' } });
  return { status: response.status, location: response.headers.get('location'), text: await response.text() };
}
const origin = (host: string): string => `http://${host}:${new URL(stack.addresses.app).port}`;

const done = async (who: Owner): Promise<string[]> =>
  (await sql<{ kind: string; subject: string }>("SELECT kind, subject FROM audit_event WHERE user_id = (SELECT id FROM user WHERE email = ?1) AND (kind LIKE 'domain_%' OR kind LIKE 'proof_%') ORDER BY seq", who.email)).map(({ kind, subject }) => `${kind} ${subject}`);
const mails = async (who: Owner): Promise<string[]> => (await stack.mails()).filter(({ to, subject }) => to.includes(who.email) && !/code/.test(subject)).map(({ subject }) => subject);

/** Makes a domain due and runs the schedule. */
async function schedule(hostname: string): Promise<void> {
  await sql('UPDATE custom_domain SET due_at = 1 WHERE hostname = ?1', hostname);
  await stack.scheduled('api');
}

/** What Cloudflare says instead, while something happens. */
async function whileCloudflare(says: (call: ApiCall) => void | Promise<void>, happens: () => Promise<void>): Promise<void> {
  const { cloudflare } = stack.stack.saas;
  cloudflare.before = says;
  try {
    await happens();
  } finally {
    cloudflare.before = () => undefined;
  }
}

describe('a domain of one’s own', () => {
  it('is reached by two records, step by step, and everything is said on the way', async () => {
    const ann = await owner();
    const name = 'shop.anns-cakes.localhost';
    assert.deepEqual([(await settings(ann)).domain, (await settings(ann)).domainsOffered], [null, true]);

    const first = (await (await begin(ann, ` HTTP://Shop.Anns-Cakes.localhost:8080/cakes?x `)).json()) as Domain;
    assert.deepEqual([first.hostname, first.state, first.url], [name, 'unproven', `${origin(name)}/`]);
    assert.match(first.records[0]?.value ?? '', /^vetka-site-verification=vt_[0-9a-f]{32}$/);
    assert.deepEqual(first.records.map(({ type, name, short, seen }) => [type, name, short, seen]), [
      ['TXT', `_vetka.${name}`, '_vetka.shop', false],
      ['CNAME', name, 'shop', false],
    ]);
    assert.equal(first.records[1]?.value, FALLBACK);
    assert.deepEqual(hostnames().filter(({ hostname }) => hostname === name), [], 'nothing is made for what is not proven');
    assert.equal((await visit(name)).status, 404);

    point(name, 'elsewhere.example');
    prove(name, first);
    const proven = await check(ann);
    assert.deepEqual([proven.state, proven.records.map(({ seen }) => seen)], ['unpointed', [true, false]]);
    assert.match(proven.message, /still leads somewhere else/);
    assert.equal(at(name)?.status, 'pending');

    point(name);
    const states: string[] = [];
    while (states.at(-1) !== 'active' && states.length < 8) states.push((await check(ann)).state);
    assert.deepEqual(states, ['certificate', 'certificate', 'certificate', 'active']);
    assert.deepEqual(await object(name), { siteId: ann.siteId, label: ann.label });
    assert.match((await visit(name)).text, new RegExp(ann.label));
    assert.equal((await visit(name, '/about')).status, 200);
    assert.deepEqual(await done(ann), [`domain_connected ${name}`]);
    assert.deepEqual(await mails(ann), [], 'whoever looks on needs no mail');
  });

  it('counts, or the first address does: visitors of the other are sent to the same place there', async () => {
    const ann = await owner();
    const name = 'counts.localhost';
    const label = new URL(stack.siteOrigin(ann.label)).hostname;
    await connected(ann, name);
    const sent = await visit(label, '/about?x=1&y');
    assert.deepEqual([sent.status, sent.location], [301, `${origin(name)}/about?x=1&y`]);
    assert.equal((await visit(label, '//evil.example/')).location?.startsWith(origin(name)), true);
    assert.equal((await visit(name)).status, 200);

    const changed = await ann.send('PATCH', `/api/sites/${ann.domain}/settings`, { canonical: 'label', notch: false, notFound: 'page' });
    assert.equal(changed.status, 200, await changed.clone().text());
    const now = (await changed.json()) as Settings;
    assert.deepEqual([now.canonical, now.notch, now.notFound, now.domain?.state], ['label', false, 'page', 'active']);
    const back = await visit(name, '/about?x=1');
    assert.deepEqual([back.status, back.location], [301, `${origin(label)}/about?x=1`]);
    assert.equal((await visit(label)).status, 200);
  });

  it('is a public name, nobody’s of ours, and one a site', async () => {
    const ann = await owner();
    for (const [typed, reason] of [
      ['', 'unreadable'], ['not a name', 'unreadable'], ['*.ann.cafe', 'unreadable'], ['ann@ann.cafe', 'mail_address'], ['10.0.0.1', 'number'],
      ['printer.local', 'not_public'], [FALLBACK, 'ours'], ['other.vetka.localhost', 'ours'], ['vetka.localhost', 'ours'],
    ] as const) {
      const problem = (await refused(begin(ann, typed), 422, 'invalid_domain')) as unknown as { reason: string };
      assert.equal(problem.reason, reason, typed);
    }
    assert.equal((await begin(ann, 'one.localhost')).status, 200);
    assert.equal((await begin(ann, 'one.localhost')).status, 200, 'the same one again is a look');
    await refused(begin(ann, 'two.localhost'), 409, 'one_domain_per_site');
    assert.equal((await sql('SELECT id FROM custom_domain WHERE site_id = ?1', ann.siteId)).length, 1);
    await refused(ann.fetch(`/api/sites/${(await owner()).domain}/settings`), 404, 'not_found');
    await refused(ann.send('PATCH', `/api/sites/${ann.domain}/settings`, {}), 400, 'nothing_to_change');
    await refused(ann.send('PATCH', `/api/sites/${ann.domain}/settings`, { notFound: 'whatever' }), 400, 'malformed_json');
  });

  it('that Cloudflare does not take is said so', async () => {
    const ann = await owner();
    const begun = (await (await begin(ann, 'www.anns-bakery.example')).json()) as Domain;
    prove('www.anns-bakery.example', begun);
    const domain = await check(ann);
    assert.equal(domain.state, 'refused');
    assert.match(domain.message, /does not take a name like this one/);
  });
});

describe('whose a domain is', () => {
  it('is decided by its record: of several who wait, one gets it', async () => {
    const all = await Promise.all([owner(), owner(), owner()]);
    const name = 'contested.localhost';
    const begun = await Promise.all(all.map(async (one) => (await (await begin(one, name)).json()) as Domain));
    prove(name, ...begun);
    point(name);
    const states = await Promise.all(all.map(async (one) => await check(one)));
    assert.deepEqual(states.map(({ state }) => state).sort(), ['unpointed', 'unproven', 'unproven'].sort().map((state, index) => (index === 0 && states.some((one) => one.state === 'certificate') ? 'certificate' : state)));
    const loser = states.find(({ state }) => state === 'unproven');
    assert.match(loser?.message ?? '', /belongs to another account here/);
    assert.equal(hostnames().filter(({ hostname }) => hostname === name).length, 1);
    await refused(begin(await owner(), name), 409, 'taken');
  });

  it('stays with its holder until their record has been missing for long and is missing now', async () => {
    const ann = await owner();
    const ben = await owner();
    const name = 'passed-on.localhost';
    const hers = await connected(ann, name);
    await sql('UPDATE custom_domain SET proof_lost_at = ?2, proof_missing_since = ?2, proof_misses = 3 WHERE hostname = ?1', name, Date.now() - 9 * DAY);
    const his = (await (await begin(ben, name)).json()) as Domain;
    assert.equal(his.state, 'unproven');
    prove(name, hers, his);
    assert.equal((await check(ben)).state, 'unproven', 'her record is there');
    assert.match((await visit(name)).text, new RegExp(ann.label));
    prove(name, his);
    let state = '';
    for (let tries = 0; tries < 8 && state !== 'active'; tries++) state = (await check(ben)).state;
    assert.equal(state, 'active');
    assert.match((await visit(name)).text, new RegExp(ben.label));
    assert.equal((await settings(ann)).domain, null);
    assert.equal((await visit(new URL(stack.siteOrigin(ann.label)).hostname)).status, 200, 'her site is at its first address');
    assert.deepEqual((await done(ann)).at(-1), `domain_passed_on ${name}`);
    assert.equal(hostnames().filter(({ hostname }) => hostname === name).length, 1);
  });

  it('and a website that somebody has connected keep each other out', async () => {
    const cleo = await stack.person();
    const page = await (await cleo.fetch('/setup/script?domain=somewhere.localhost')).text();
    const record = /vetka-site-verification=vt_[0-9a-f]{32}/.exec(page)?.[0] ?? '';
    stack.stack.web.tell('_vetka.website.localhost', { TXT: [record] });
    assert.equal((await cleo.send('POST', '/api/sites', { kind: 'external', domain: 'website.localhost' })).status, 201);
    const ann = await owner();
    await refused(begin(ann, 'website.localhost'), 409, 'taken');
    // Also when it was connected only after she began.
    const begun = (await (await begin(ann, 'later.localhost')).json()) as Domain;
    const dora = await stack.person();
    const hers = /vetka-site-verification=vt_[0-9a-f]{32}/.exec(await (await dora.fetch('/setup/script?domain=somewhere.localhost')).text())?.[0] ?? '';
    stack.stack.web.tell('_vetka.later.localhost', { TXT: [hers, begun.records[0]?.value ?? ''] });
    assert.equal((await dora.send('POST', '/api/sites', { kind: 'external', domain: 'later.localhost' })).status, 201);
    assert.match((await check(ann)).message, /belongs to another account/);
    assert.equal(at('later.localhost'), undefined);

    const ben = await owner();
    const his = (await (await begin(ben, 'generated.localhost')).json()) as Domain;
    const eve = await stack.person();
    const evil = /vetka-site-verification=vt_[0-9a-f]{32}/.exec(await (await eve.fetch('/setup/script?domain=somewhere.localhost')).text())?.[0] ?? '';
    stack.stack.web.tell('_vetka.generated.localhost', { TXT: [evil, his.records[0]?.value ?? ''] });
    assert.equal((await check(ben)).state, 'unpointed');
    await refused(eve.send('POST', '/api/sites', { kind: 'external', domain: 'generated.localhost' }), 409, 'taken');
  });
});

describe('taking a domain out', () => {
  it('takes it out everywhere, at once, and frees it', async () => {
    const ann = await owner();
    const name = 'leaving.localhost';
    await connected(ann, name);
    await remove(ann);
    assert.deepEqual([at(name), await object(name), await rows(name), (await settings(ann)).domain], [undefined, undefined, [], null]);
    assert.equal((await visit(name)).status, 404);
    assert.equal((await visit(new URL(stack.siteOrigin(ann.label)).hostname)).status, 200);
    assert.deepEqual(await done(ann), [`domain_connected ${name}`, `domain_removed ${name}`]);
    await remove(ann);
    assert.equal((await connected(ann, name)).state, 'active', 'and it can come back');
  });

  it('is followed up until Cloudflare confirms it; until then the domain is nobody else’s', async () => {
    const [ann, ben] = [await owner(), await owner()];
    const name = 'stuck.localhost';
    await connected(ann, name);
    await whileCloudflare(
      ({ method }) => {
        if (method === 'DELETE') throw new Refusal(500, 10013, 'Something went wrong.');
      },
      async () => {
        await remove(ann);
        assert.equal((await visit(name)).status, 404, 'visitors are away at once');
        assert.equal(await object(name), undefined);
        assert.deepEqual((await rows(name)).map(({ state }) => state), ['leaving']);
        prove(name, (await (await begin(ben, name)).json()) as Domain);
        assert.equal((await check(ben)).state, 'unproven');
        assert.equal((await begin(ann, 'another.localhost')).status, 200, 'her site is free for another one');
      },
    );
    const hers = at(name)?.id;
    assert.ok(hers);
    await schedule(name);
    assert.notEqual(at(name)?.id, hers);
    assert.deepEqual((await rows(name)).map(({ site_id }) => site_id), [ben.siteId]);
    assert.notEqual((await check(ben)).state, 'unproven');
  });

  it('finds what a look made at Cloudflare that was cut off before it could write that down', async () => {
    const ann = await owner();
    const name = 'cut-off.localhost';
    await connected(ann, name);
    await sql('UPDATE custom_domain SET hostname_id = NULL WHERE hostname = ?1', name);
    assert.equal((await check(ann)).state, 'active', 'it is taken for what it is');
    await sql('UPDATE custom_domain SET hostname_id = NULL WHERE hostname = ?1', name);
    await remove(ann);
    assert.equal(at(name), undefined);
  });

  it('wins over a look that is on its way', async () => {
    const ann = await owner();
    const name = 'overtaken.localhost';
    const begun = (await (await begin(ann, name)).json()) as Domain;
    prove(name, begun);
    point(name);
    for (let tries = 0; tries < 3; tries++) await check(ann);
    let overtaken = false;
    await whileCloudflare(
      async ({ method, path }) => {
        if (overtaken || method !== 'GET' || !/custom_hostnames\/[^/]+$/.test(path)) return;
        overtaken = true;
        await remove(ann);
      },
      async () => void (await ann.fetch(`/api/sites/${ann.domain}/domain/check`, { method: 'POST' })),
    );
    assert.ok(overtaken);
    // The look has made the hostname again after it was taken away. Whoever undoes it waits for that.
    assert.ok(at(name));
    assert.deepEqual((await rows(name)).map(({ state }) => state), ['leaving']);
    await sql('UPDATE custom_domain SET linger_until = 1 WHERE hostname = ?1', name);
    await schedule(name);
    assert.deepEqual([await object(name), await rows(name), at(name)], [undefined, [], undefined]);
    assert.equal((await visit(name)).status, 404);
    assert.equal((await visit(new URL(stack.siteOrigin(ann.label)).hostname)).status, 200, 'nobody is sent there');
  });

  for (const leave of ['the site', 'the account'] as const) {
    it(`happens by itself when ${leave} is deleted, and nothing is left behind`, async () => {
      const ann = await owner();
      const name = `deleted-with-${leave.replace('the ', '')}.localhost`;
      await connected(ann, name);
      await whileCloudflare(
        ({ method }) => {
          if (method === 'DELETE') throw new Refusal(503, 10013, 'Try again.');
        },
        async () => {
          if (leave === 'the site') assert.ok((await ann.fetch(`/api/sites/${ann.domain}`, { method: 'DELETE' })).status < 300);
          else {
            assert.equal((await ann.send('POST', '/api/account/deletion', { confirm: ann.email })).status, 202);
            await sql('UPDATE user SET deletion_at = 1 WHERE email = ?1', ann.email);
            await stack.scheduled('api');
            assert.deepEqual(await sql('SELECT id FROM user WHERE email = ?1', ann.email), []);
          }
        },
      );
      assert.equal((await visit(name)).status, 404);
      assert.deepEqual((await rows(name)).map(({ state }) => state), ['leaving'], 'what Cloudflare has not confirmed is not forgotten');
      await schedule(name);
      assert.deepEqual([at(name), await object(name), await rows(name)], [undefined, undefined, []]);
    });
  }
});

describe('the schedule', () => {
  it('follows a domain by itself, tells its owner, and notices when it leaves', async () => {
    const ann = await owner();
    const name = 'followed.localhost';
    const label = new URL(stack.siteOrigin(ann.label)).hostname;
    prove(name, (await (await begin(ann, name)).json()) as Domain);
    point(name);
    for (let tries = 0; tries < 8 && (await rows(name))[0]?.state !== 'active'; tries++) await schedule(name);
    assert.equal((await settings(ann)).domain?.state, 'active');
    assert.deepEqual(await mails(ann), [`Your site is at ${name} now`]);
    assert.match((await visit(name)).text, new RegExp(ann.label));

    // What was lost on the way is put right with the daily look.
    await (await stack.bucket()).delete(`hosts/${name}`);
    await schedule(name);
    assert.match((await visit(name)).text, new RegExp(ann.label));

    point(name, 'elsewhere.example');
    await schedule(name);
    assert.equal((await settings(ann)).domain?.state, 'moved');
    assert.equal((await visit(name)).status, 404);
    assert.equal((await visit(label)).status, 200, 'nobody is sent to a domain that leads elsewhere');
    assert.equal((await mails(ann))[0], `${name} does not lead to your site any more`);

    point(name);
    let state = '';
    for (let tries = 0; tries < 8 && state !== 'active'; tries++) state = (await check(ann)).state;
    assert.equal(state, 'active');
    assert.match((await visit(name)).text, new RegExp(ann.label));
    assert.deepEqual(await done(ann), [`domain_connected ${name}`, `domain_lost ${name}`, `domain_connected ${name}`]);
  });

  it('counts how often the record of a domain is missing, and says so once', async () => {
    const ann = await owner();
    const name = 'unproven-again.localhost';
    const domain = await connected(ann, name);
    stack.stack.web.tell(`_vetka.${name}`, null);
    for (let day = 0; day < 4; day++) {
      await sql('UPDATE custom_domain SET proof_missing_since = proof_missing_since - ?2 WHERE hostname = ?1', name, DAY);
      await schedule(name);
      await check(ann);
    }
    assert.deepEqual((await done(ann)).slice(1), [`proof_lost ${name}`]);
    assert.deepEqual(await mails(ann), [`The record for ${name} is gone`]);
    assert.equal((await visit(name)).status, 200, 'the site stays');
    prove(name, domain);
    await check(ann);
    assert.deepEqual((await done(ann)).at(-1), `proof_found ${name}`);
  });

  it('waits as long as Cloudflare says, and longer and longer when nothing comes of it', async () => {
    const ann = await owner();
    const name = 'patient.localhost';
    prove(name, (await (await begin(ann, name)).json()) as Domain);
    await whileCloudflare(
      () => {
        throw new Refusal(429, 971, 'Please wait and consider throttling your request speed.', 900);
      },
      async () => {
        const domain = await check(ann);
        assert.match(domain.message, /We could not look just now/);
        assert.equal(domain.state, 'unpointed');
      },
    );
    const wait = ((await rows(name))[0]?.due_at ?? 0) - Date.now();
    assert.ok(wait > 890_000 && wait < 910_000, String(wait));
    const zone = stack.stack.saas.cloudflare.account.zones[0];
    assert.ok(zone);
    zone.hostnameQuota = zone.hostnames.length;
    assert.match((await check(ann)).message, /no further domains fit here/);
    zone.hostnameQuota = 100;
    assert.equal((await check(ann)).state, 'unpointed');
    assert.equal(at(name)?.status, 'pending');

    await sql('UPDATE custom_domain SET since = ?2 WHERE hostname = ?1', name, Date.now() - 2 * DAY);
    await schedule(name);
    assert.ok(((await rows(name))[0]?.due_at ?? 0) - Date.now() > 3_600_000);
    await sql('UPDATE custom_domain SET since = ?2 WHERE hostname = ?1', name, Date.now() - 30 * DAY);
    await schedule(name);
    assert.deepEqual([await rows(name), at(name)], [[], undefined], 'after 30 days it is let go');
  });

  it('says when Cloudflare refuses to carry a domain', async () => {
    const ann = await owner();
    const name = 'blocked.localhost';
    await connected(ann, name);
    const hostname = at(name);
    assert.ok(hostname);
    hostname.status = 'blocked';
    await schedule(name);
    assert.equal((await settings(ann)).domain?.state, 'blocked');
    assert.equal((await visit(name)).status, 404);
  });
});

describe('the page', () => {
  it('has forms for all of it that work by themselves', async () => {
    const ann = await owner();
    const path = `/sites/${ann.domain}/settings`;
    assert.match(await (await ann.fetch('/sites')).text(), new RegExp(`href="${path}"`));
    for (const [fields, where] of [
      [{ notFound: 'app' }, 'addresses'], [{ notchAsked: '1' }, 'notch'], [{ canonical: 'label' }, 'domain'],
    ] as const) {
      const saved = await form(ann, path, fields);
      assert.equal(saved.headers.get('location'), `${path}?notice=site-saved#${where}`);
    }
    const { notFound, notch, canonical } = await settings(ann);
    assert.deepEqual([notFound, notch, canonical], ['app', false, 'label']);
    assert.equal((await form(ann, path, { notchAsked: '1', notch: '1' })).status, 303);
    assert.equal((await settings(ann)).notch, true);

    const wrong = await form(ann, `${path}/domain`, { hostname: 'ann@ann.cafe' });
    assert.equal(wrong.status, 422);
    assert.match(await wrong.text(), /value="ann@ann\.cafe"[\s\S]*looks like an e-mail address/);
    assert.equal((await form(ann, `${path}/domain`, { hostname: 'plain.localhost' })).headers.get('location'), `${path}#domain`);
    const page = await (await ann.fetch(path)).text();
    for (const words of ['_vetka.plain.localhost', FALLBACK, 'vetka-site-verification=vt_', 'Waiting for the TXT record']) assert.ok(page.includes(words), words);
    assert.equal((await form(ann, `${path}/domain/check`, {})).status, 303);
    assert.equal((await form(ann, `${path}/domain/remove`, {})).headers.get('location'), `${path}?notice=domain-removed#domain`);
    assert.match(await (await ann.fetch(path)).text(), /Use this domain/);
  });
});
