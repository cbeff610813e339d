/** Connecting a website: what proves one, who gets it, and what happens when the proof is lost. On real workerd. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { form, refused } from './account-kit.ts';
import { External, type Seen, type Site, page } from './external-kit.ts';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { Websites, html } from './open-web.ts';

const DAY = 24 * 60 * 60_000;
const web = new Websites();
let stack: TestStack;
let external: External;
before(async () => {
  stack = await startTestStack({ openWeb: web.openWeb });
  web.use(stack.stack.web);
  external = new External(stack, web);
});
after(async () => await stack.close());

describe('connecting a website', () => {
  it('wants the proof at that moment, whatever a page has seen before', async () => {
    const ann = await external.somebody();
    web.site('unproven.example', page(''));
    const problem = (await refused(external.connect(ann, 'unproven.example'), 422, 'not_proven')) as unknown as { reason: string };
    assert.equal(problem.reason, 'no_tag');
    web.site('unproven.example', page(ann.tag));
    assert.equal((await external.see(ann, 'unproven.example')).found, true);
    web.site('unproven.example', page(''));
    await refused(external.connect(ann, 'unproven.example'), 422, 'not_proven');
    assert.deepEqual(await ann.json('/api/sites'), { sites: [], nextCursor: null });
  });

  it('answers 201 and the site, which is then among one’s own, on every page', async () => {
    const ann = await external.somebody();
    web.site('www.annes.example', page(ann.tag));
    const answer = await external.connect(ann, 'https://WWW.Annes.example/shop');
    assert.equal(answer.status, 201);
    const site = (await answer.json()) as Site;
    assert.deepEqual(
      [site.domain, site.kind, site.label, site.url, site.status],
      ['www.annes.example', 'external', null, 'https://www.annes.example/', 'live'],
    );
    assert.deepEqual([site.proof?.method, site.proof?.missingSince, site.proof?.lostAt, site.proof?.formerDomain], ['tag', null, null, null]);
    assert.deepEqual(await ann.json('/api/sites'), { sites: [site], nextCursor: null });
    assert.deepEqual(await ann.json('/api/sites/WWW.annes.example'), site);
    assert.deepEqual(await external.audit(ann), ['site_created www.annes.example']);

    const home = await (await ann.fetch('/')).text();
    assert.match(home, /www\.annes\.example/);
    assert.match(home, /Leave the line in your page/);
    const sites = await (await ann.fetch('/sites')).text();
    assert.match(sites, /Connected/);
    assert.match(sites, /Look again/);
    for (const text of [home, sites]) assert.doesNotMatch(text, /builder/i);
    const builder = await ann.fetch('/sites/www.annes.example/builder');
    assert.equal(builder.status, 404);
    assert.match(await builder.text(), /This website is made elsewhere/);
    for (const path of ['/setup', '/setup/script', '/setup/script?domain=x.example', '/setup/generate']) {
      assert.equal((await ann.fetch(path)).headers.get('location'), '/sites?notice=one-site', path);
    }
    assert.equal((await ann.fetch('/after-sign-in')).headers.get('location'), '/');
    await refused(external.connect(ann, 'another.example'), 409, 'one_site_per_account');
    assert.equal((await ann.fetch('/api/agent/session')).status, 404, 'there is nothing to build');
  });

  it('takes nothing from anyone: the check upserted on the domain and set the owner', async () => {
    const ann = await external.connected('held.example');
    const before = await external.row(ann.siteId);
    const thief = await external.somebody();
    web.site('held.example', page(`${thief.tag}${ann.tag}`));
    await refused(external.connect(thief, 'held.example'), 409, 'taken');
    web.site('held.example', page(thief.tag));
    await refused(external.connect(thief, 'held.example'), 409, 'taken');
    assert.deepEqual(await external.row(ann.siteId), before);
    assert.deepEqual(await thief.json('/api/sites'), { sites: [], nextCursor: null });
  });

  it('of two who prove it at once, one gets it', async () => {
    const [ann, ben] = [await external.somebody(), await external.somebody()];
    web.site('raced.example', page(ann.tag + ben.tag));
    const answers = await Promise.all([external.connect(ann, 'raced.example'), external.connect(ben, 'raced.example')]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409]);
    const sites = [...(await ann.json<{ sites: Site[] }>('/api/sites')).sites, ...(await ben.json<{ sites: Site[] }>('/api/sites')).sites];
    assert.deepEqual(sites.map(({ domain }) => domain), ['raced.example']);
    assert.deepEqual([...(await external.audit(ann)), ...(await external.audit(ben))], ['site_created raced.example']);
  });

  it('gives one site an account, also of five at once', async () => {
    const ann = await external.somebody();
    for (let at = 0; at < 5; at++) web.site(`many-${at}.example`, page(ann.tag));
    const answers = await Promise.all(Array.from({ length: 5 }, (_, at) => external.connect(ann, `many-${at}.example`)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409]);
  });

  it('works by plain forms', async () => {
    const ann = await external.somebody();
    assert.match(await (await ann.fetch('/setup')).text(), /href="\/setup\/script"/);
    assert.match(await (await ann.fetch('/setup/script')).text(), /Address of your website/);
    const odd = await ann.fetch('/setup/script?domain=%3Cscript%3E127.0.0.1');
    assert.equal(odd.status, 422);
    assert.ok(!(await odd.text()).includes('<script>1'));
    web.site('formed.example', page('', 'canary'));
    const notYet = await form(ann, '/setup/script', { domain: 'formed.example' });
    assert.equal(notYet.status, 422);
    const words = await notYet.text();
    assert.match(words, /the line is not in its first page yet/);
    assert.ok(words.includes(ann.key) && !words.includes('canary'));
    assert.equal((await form(ann, '/setup/script', { domain: 'ann@x.example' })).status, 422);
    web.site('formed.example', page(ann.tag));
    const done = await form(ann, '/setup/script', { domain: 'formed.example' });
    assert.deepEqual([done.status, done.headers.get('location')], [303, '/?notice=connected']);

    web.site('formed.example', page(''));
    const gone = await form(ann, '/sites/formed.example/proof', {});
    assert.equal(gone.status, 422);
    assert.match(await gone.text(), /the line is not in its first page yet/);
    web.site('formed.example', page(ann.tag));
    assert.equal((await form(ann, '/sites/formed.example/proof', {})).headers.get('location'), '/sites?notice=proof-found');

    assert.match(await (await ann.fetch('/sites?delete=formed.example')).text(), /The website itself stays as it is/);
    const left = await form(ann, '/sites/formed.example/delete', { confirm: 'formed.example' });
    assert.equal(left.headers.get('location'), '/sites?notice=disconnected');
    assert.deepEqual(await ann.json('/api/sites'), { sites: [], nextCursor: null });
    const next = await external.somebody();
    web.site('formed.example', page(next.tag));
    assert.equal((await external.connect(next, 'formed.example')).status, 201, 'the domain is free again');
  });
});

/** Makes a site's next look due, and lets the days pass that it has been missing for. */
async function later(siteId: string, days = 0): Promise<void> {
  await external.sql('UPDATE site SET proof_due_at = 1, proof_missing_since = proof_missing_since - ?2 WHERE id = ?1', siteId, days * DAY);
}
const review = async (siteId: string, days = 0): Promise<Record<string, unknown> | null> => {
  await later(siteId, days);
  await stack.scheduled('api');
  return await external.row(siteId);
};
const mailsAbout = async (owner: Person): Promise<number> =>
  (await stack.mails()).filter(({ to, subject }) => to.includes(owner.email) && /is gone/.test(subject)).length;

describe('looking again', () => {
  it('happens every week by itself', async () => {
    const ann = await external.connected('weekly.example');
    const visits = web.visitsTo('weekly.example').length;
    await stack.scheduled('api');
    assert.equal(web.visitsTo('weekly.example').length, visits, 'not before it is due');
    await external.sql('UPDATE site SET proved_at = 1 WHERE id = ?1', ann.siteId);
    const seen = await review(ann.siteId);
    assert.ok(Math.abs(Number(seen?.['proved_at']) - Date.now()) < 60_000);
    assert.ok(Math.abs(Number(seen?.['proof_due_at']) - Date.now() - 7 * DAY) < 60_000);
    web.site('weekly.example', page(''));
    web.name('_vetka.weekly.example', { TXT: [ann.record] });
    assert.equal((await review(ann.siteId))?.['proof_method'], 'dns');
  });

  it('marks a site whose proof is missing on three looks over two days, says so once, and takes it back', async () => {
    const ann = await external.connected('fading.example');
    web.site('fading.example', page(''));
    const first = await review(ann.siteId);
    assert.deepEqual([first?.['proof_misses'], first?.['proof_lost_at']], [1, null]);
    assert.ok(Math.abs(Number(first?.['proof_due_at']) - Date.now() - DAY) < 60_000, 'tomorrow again');
    const site = async (): Promise<Site> => await ann.json<Site>('/api/sites/fading.example');
    assert.ok((await site()).proof?.missingSince);
    // A name that cannot be looked up tells nothing.
    web.name('fading.example', { status: 2 });
    assert.equal((await review(ann.siteId, 1))?.['proof_misses'], 1);
    web.name('fading.example', null);
    assert.deepEqual([(await review(ann.siteId))?.['proof_misses'], await mailsAbout(ann)], [2, 0], 'a website that is gone is missing, too');
    assert.equal((await review(ann.siteId))?.['proof_lost_at'], null, 'three looks, but over one day');
    await later(ann.siteId, 1);
    await Promise.all([stack.scheduled('api'), stack.scheduled('api')]);
    assert.ok((await external.row(ann.siteId))?.['proof_lost_at']);
    assert.equal(await mailsAbout(ann), 1);
    await review(ann.siteId, 1);
    assert.equal(await mailsAbout(ann), 1, 'told once');
    assert.deepEqual(await external.audit(ann), ['site_created fading.example', 'proof_lost fading.example']);

    assert.ok((await site()).proof?.lostAt);
    const words = await (await ann.fetch('/sites')).text();
    assert.match(words, /The line is gone since \d+ \w+/);
    assert.ok(words.includes(ann.key), 'with the line to paste again');
    assert.match(await (await ann.fetch('/')).text(), /See what happened to your website/);

    web.site('fading.example', page(ann.tag));
    const back = await ann.send('POST', '/api/sites/fading.example/proof', {});
    assert.equal(((await back.json()) as Seen).found, true);
    const after = await external.row(ann.siteId);
    assert.deepEqual([after?.['proof_lost_at'], after?.['proof_missing_since'], after?.['proof_misses']], [null, null, 0]);
    assert.deepEqual((await external.audit(ann)).at(-1), 'proof_found fading.example');
    assert.match(await (await ann.fetch('/sites')).text(), /Connected/);
  });

  it('is not for sites that are made here', async () => {
    const ben = await stack.owner('made-here');
    await refused(ben.send('POST', `/api/sites/${ben.domain}/proof`, {}), 409, 'not_connected');
    assert.equal((await ben.json<Site>(`/api/sites/${ben.domain}`)).proof, null);
  });
});

describe('a domain whose proof is lost', () => {
  const lose = async (siteId: string): Promise<void> =>
    await external.sql('UPDATE site SET proof_lost_at = ?2, proof_missing_since = ?2, proof_misses = 3 WHERE id = ?1', siteId, Date.now() - 9 * DAY);

  it('stays with its holder while their proof is there or cannot be looked for', async () => {
    const ann = await external.connected('back-again.example');
    await lose(ann.siteId);
    const ben = await external.somebody();
    web.site('back-again.example', page(ann.tag + ben.tag));
    await refused(external.connect(ben, 'back-again.example'), 409, 'taken');
    web.site('back-again.example', page(ben.tag));
    web.name('_vetka.back-again.example', { TXT: [ann.record] });
    await refused(external.connect(ben, 'back-again.example'), 409, 'taken');
    web.name('_vetka.back-again.example', { status: 2 });
    await refused(external.connect(ben, 'back-again.example'), 409, 'taken');
    assert.equal((await external.row(ann.siteId))?.['domain'], 'back-again.example');
  });

  it('goes to who proves it now; the site before keeps its row and its owner is told', async () => {
    const ann = await external.connected('moved-on.example');
    await lose(ann.siteId);
    const ben = await external.somebody();
    web.site('moved-on.example', page(''));
    await refused(external.connect(ben, 'moved-on.example'), 422, 'not_proven');
    assert.equal((await external.row(ann.siteId))?.['domain'], 'moved-on.example', 'trying takes nothing');

    web.site('moved-on.example', page(ben.tag));
    assert.equal((await external.connect(ben, 'moved-on.example')).status, 201);
    const [site] = (await ann.json<{ sites: Site[] }>('/api/sites')).sites;
    const name = `lost--${ann.siteId}.invalid`;
    assert.deepEqual([site?.id, site?.domain, site?.proof?.formerDomain], [ann.siteId, name, 'moved-on.example']);
    assert.deepEqual(await external.audit(ann), ['site_created moved-on.example', 'domain_passed_on moved-on.example']);
    assert.deepEqual(await external.audit(ben), ['site_created moved-on.example']);
    await refused(ann.fetch('/api/sites/moved-on.example'), 404, 'not_found');

    const words = await (await ann.fetch('/sites')).text();
    assert.match(words, /Connected by somebody else/);
    assert.match(words, /Your line was gone from moved-on\.example/);
    await refused(ann.send('POST', `/api/sites/${name}/proof`, {}), 409, 'not_connected');
    // Nobody gets it back by putting the old tag there: it is Ben's now.
    web.site('moved-on.example', page(ann.tag));
    await stack.scheduled('api');
    assert.equal((await form(ann, `/sites/${name}/delete`, { confirm: name })).headers.get('location'), '/sites?notice=disconnected');
    await refused(external.connect(ann, 'moved-on.example'), 409, 'taken');
  });

  it('of several who prove it at once, one gets it, and nobody who has a site already', async () => {
    const ann = await external.connected('contested.example');
    await lose(ann.siteId);
    const [ben, cleo, dora] = [await external.somebody(), await external.somebody(), await external.connected('doras.example')];
    web.site('contested.example', page(ben.tag + cleo.tag + dora.tag));
    const answers = await Promise.all([ben, cleo, dora].map((one) => external.connect(one, 'contested.example')));
    assert.deepEqual(answers.slice(0, 2).map(({ status }) => status).sort(), [201, 409]);
    assert.equal(answers[2]?.status, 409);
    const { results } = await (await stack.db()).prepare("SELECT id FROM site WHERE domain = 'contested.example'").all();
    assert.equal(results.length, 1);
    assert.equal((await external.row(ann.siteId))?.['former_domain'], 'contested.example');
    assert.deepEqual((await external.audit(ann)).filter((entry) => entry.startsWith('domain_')), ['domain_passed_on contested.example']);
  });

  it('is its holder’s again when they prove it while somebody else tries', async () => {
    for (let round = 0; round < 4; round++) {
      const domain = `close-${round}.example`;
      const ann = await external.connected(domain);
      await lose(ann.siteId);
      const ben = await external.somebody();
      // The two looks see different pages: each sees their own tag, as during an attack or a deploy.
      let turn = 0;
      web.site(domain, () => html(page(turn++ % 2 === 0 ? ben.tag : ann.tag)));
      const [taken] = await Promise.all([external.connect(ben, domain), ann.send('POST', `/api/sites/${domain}/proof`, {})]);
      const site = await external.row(ann.siteId);
      const { results } = await (await stack.db()).prepare('SELECT user_id FROM site WHERE domain = ?1').bind(domain).all();
      assert.equal(results.length, 1, 'it has one holder');
      if (taken.status === 201) assert.equal(site?.['former_domain'], domain);
      else assert.deepEqual([site?.['domain'], site?.['former_domain']], [domain, null]);
    }
  });
});
