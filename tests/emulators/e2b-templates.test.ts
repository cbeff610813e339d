// Templates of the e2b emulator: built for real by the vendor's SDK, kept over a restart, and what a build that
// fails says.

import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BuildError, Sandbox, Template, waitForFile, waitForPort } from 'e2b';
import { bench, skip, until, type Bench } from './e2b-harness.ts';
import { temporaryFolder } from './harness.ts';

interface Status {
  status: string;
  logEntries: { level: string; message: string; step?: string; timestamp: string }[];
  reason?: { message: string; step?: string; logEntries: object[] };
}

describe('templates', { skip }, () => {
  let on: Bench;
  const stateDir = temporaryFolder();
  const context = temporaryFolder();

  before(async () => {
    mkdirSync(join(context, 'agent/nested'), { recursive: true });
    writeFileSync(join(context, 'agent/runner.mjs'), 'console.log("runs with", process.argv[2])\n');
    writeFileSync(join(context, 'agent/nested/more.txt'), 'more');
    symlinkSync('nested/more.txt', join(context, 'agent/link'));
    writeFileSync(join(context, 'one.conf'), '1');
    writeFileSync(join(context, 'two.conf'), '2');
    on = await bench({ stateDir });
  });
  after(() => on.close());

  /** A build by hand, with steps that the SDK would not send. */
  async function build(name: string, recipe: object): Promise<{ path: string; done(): Promise<Status> }> {
    const { templateID, buildID } = (await (await on.api('POST', '/v3/templates', { name })).json()) as { templateID: string; buildID: string };
    const answer = await on.api('POST', `/v2/templates/${templateID}/builds/${buildID}`, { fromImage: 'debian:13', ...recipe });
    assert.deepEqual([answer.status, answer.headers.get('content-length'), await answer.text()], [202, '0', '']);
    const path = `/templates/${templateID}/builds/${buildID}`;
    let last: Status;
    return {
      path,
      async done() {
        await until('the build', async () => {
          last = (await (await on.api('GET', `${path}/status`)).json()) as Status;
          return last.status === 'ready' || last.status === 'error';
        });
        return last;
      },
    };
  }

  test('the SDK builds one: steps run in order, and a sandbox starts with what they left', async () => {
    const logs: string[] = [];
    const template = Template({ fileContextPath: context })
      .fromNodeImage('24-slim')
      .aptInstall(['git', 'postgresql-of-the-moon'])
      .setEnvs({ FROM_TEMPLATE: 'yes', BOTH: 'template' })
      .makeDir(['/workspace', '/sandbox-agent'])
      .copy('agent', '/sandbox-agent', { mode: 0o755 })
      .copy('*.conf', '/workspace/etc/')
      .copy('one.conf', '/workspace/renamed.conf')
      .setWorkdir('/workspace/app')
      .runCmd(['echo "$FROM_TEMPLATE by $USER in $(pwd)" > made', 'cat made'], { user: 'root' })
      .runCmd('sudo mkdir -p /usr/local/lib/mine && printf "#!/bin/sh\\necho own command\\n" > /usr/local/bin/own && chmod +x /usr/local/bin/own')
      .setUser('user');
    const built = await Template.build(template, 'project-one:v1', { ...on.sdk, tags: ['stable'], onBuildLogs: ({ level, message }) => void logs.push(`${level} ${message}`) });
    assert.deepEqual(built.tags.sort(), ['stable', 'v1']);
    const said = logs.join('\n');
    assert.match(said, /info \[base\] FROM node:24-slim: taken as this machine's own system/);
    assert.match(said, /warn .*postgresql-of-the-moon is not installed here/);
    assert.match(said, /yes by root in \/workspace\/app/);
    assert.ok(said.indexOf('[builder 1/') < said.indexOf('[builder 2/') && said.trim().endsWith('Build finished'));

    const sandbox = await Sandbox.create('project-one:v1', { ...on.sdk, envs: { BOTH: 'sandbox' } });
    const run = async (line: string) => (await sandbox.commands.run(line)).stdout;
    assert.equal(await run('pwd; cat made; echo $FROM_TEMPLATE $BOTH'), '/workspace/app\nyes by root in /workspace/app\nyes sandbox\n');
    assert.equal(await run('node /sandbox-agent/runner.mjs this; cat /sandbox-agent/link; own'), 'runs with this\nmoreown command\n');
    assert.equal(await run('cat /workspace/etc/one.conf /workspace/etc/two.conf /workspace/renamed.conf; ls -A /tmp'), '121');
    assert.match(await run('stat -c %a /sandbox-agent/runner.mjs'), /^755/);

    // What a sandbox changes stays its own.
    await sandbox.commands.run('echo changed > made');
    const other = await Sandbox.create('project-one:stable', on.sdk);
    assert.equal(await other.files.read('/workspace/app/made'), 'yes by root in /workspace/app\n');
    await Promise.all([sandbox.kill(), other.kill()]);
    assert.equal(await Template.exists('project-one', on.sdk), true);
    assert.equal(await Template.exists('project-none', on.sdk), false);
  });

  test('a template builds on another and takes its environment and its place over', async () => {
    await Template.build(Template().fromTemplate('project-one').runCmd('cat made > again; echo $FROM_TEMPLATE >> again'), 'project-two', on.sdk);
    const sandbox = await Sandbox.create('project-two', on.sdk);
    assert.equal((await sandbox.commands.run('cat again; echo $FROM_TEMPLATE')).stdout, 'yes by root in /workspace/app\nyes\nyes\n');
    await sandbox.kill();
  });

  test('what is shared stands in the place of what a build puts there, and is looked for when a sandbox wants it', async () => {
    const [agent, packages] = [join(temporaryFolder(), 'agent'), join(temporaryFolder(), 'packages')];
    mkdirSync(join(agent, 'node_modules'), { recursive: true });
    mkdirSync(packages);
    writeFileSync(join(agent, 'runner.mjs'), 'console.log("this machine has", process.version)\n');
    writeFileSync(join(packages, 'package.txt'), 'a package');
    let found = 0;
    let isThere = false;
    const share = {
      '/sandbox-agent': () => Promise.resolve(agent),
      '/sandbox-agent/node_modules': async () => {
        found += 1;
        if (!isThere) throw new Error('the packages cannot be fetched');
        return packages;
      },
    };
    const there = await bench({ share });
    try {
      // As a build at the vendor's would: npm installs, and files are written beside.
      const lines = ['mkdir -p /sandbox-agent && cd /sandbox-agent && npm init -y >/dev/null && npm install --save-exact nothing-of-the-kind@1.0.0', 'echo no > /sandbox-agent/runner.mjs', 'npm --version'];
      const logs: string[] = [];
      await Template.build(lines.reduce((all, line) => all.runCmd(line), Template().fromBaseImage()), 'agent', { ...there.sdk, onBuildLogs: ({ message }) => void logs.push(message) });
      assert.match(logs.join('\n'), /npm install in \/sandbox-agent is left out/);
      assert.match(logs.join('\n'), /\[stdout\]: \d+\.\d+\.\d+/);
      assert.equal(found, 0);
      assert.equal((await there.api('POST', '/v2/sandboxes', { templateID: 'agent' })).status, 503);
      isThere = true;
      const sandbox = await Sandbox.create('agent', there.sdk);
      const { stdout } = await sandbox.commands.run('node /sandbox-agent/runner.mjs; cat /sandbox-agent/node_modules/package.txt; touch /sandbox-agent/x 2>&1 | grep -c Read-only; echo "shared: $E2B_SHARED"');
      assert.equal(stdout, `this machine has ${process.version}\na package1\nshared: \n`);
      await sandbox.kill();
    } finally {
      await there.close();
    }
  });

  test('a start command runs in every sandbox, and its ready command is waited for', async () => {
    const serve = "sleep 0.3; touch /tmp/up; exec node -e \"require('http').createServer((q, r) => r.end(process.env.NAME)).listen(8080)\"";
    await Template.build(Template().fromBaseImage().setEnvs({ NAME: 'served' }).setStartCmd(serve, waitForFile('/tmp/up')), 'served', on.sdk);
    const made = await on.make({ templateID: 'served' });
    assert.equal((await on.to(made, '/files?path=/tmp/up')).status, 200);
    await until('the server', async () => (await on.to(made, '/', { port: 8080 })).status === 200);
    assert.equal(await (await on.to(made, '/', { port: 8080 })).text(), 'served');
    await on.api('DELETE', `/sandboxes/${made.sandboxID}`);
    assert.match(waitForPort(1).getCmd(), /ss /);
  });

  test('a step that fails ends the build, says which one it was, and the template stays as it was', async () => {
    const bad = Template({ fileContextPath: context }).fromBaseImage().runCmd('echo fine').runCmd('echo the reason >&2; exit 7');
    await assert.rejects(Template.build(bad, 'project-one:v1', on.sdk), (error: unknown) => error instanceof BuildError && /exit status 7: the reason/.test(error.message));
    const cases: [object[], string, RegExp][] = [
      [[{ type: 'RUN', args: ['true'] }, { type: 'RUN', args: ['no-such-command'] }], '2', /exit status 127/],
      [[{ type: 'COPY', args: ['a', '/a'], filesHash: 'abc123' }], '1', /were not uploaded/],
      [[{ type: 'USER', args: ['postgres'] }], '1', /'user' and 'root' only/],
      [[{ type: 'WORKDIR', args: ['/proc/none'] }], '1', /failed to create workdir/],
      [[{ type: 'ENV', args: ['A'] }], '1', /pairs/],
      [[{ type: 'RUN', args: [] }], '1', /requires an argument/],
    ];
    for (const [steps, step, message] of cases) {
      const { status, reason } = await (await build('bad', { steps })).done();
      assert.equal(status, 'error');
      assert.equal(reason?.step, step);
      assert.match(reason?.message ?? '', message);
      assert.ok((reason?.logEntries ?? []).length > 0);
    }
    const sandbox = await Sandbox.create('project-one', on.sdk);
    assert.equal(await sandbox.files.exists('/workspace/app/made'), true);
    await sandbox.kill();
    assert.equal((await on.api('POST', '/v2/sandboxes', { templateID: 'bad' })).status, 404);
  });

  test('what is no recipe, no name or no upload is refused', async () => {
    const { templateID, buildID } = (await (await on.api('POST', '/v3/templates', { name: 'refused' })).json()) as { templateID: string; buildID: string };
    const path = `/v2/templates/${templateID}/builds/${buildID}`;
    for (const recipe of [{}, { fromImage: 'a', fromTemplate: 'b' }, { fromImage: 'a', steps: [{ type: 'EAT', args: [] }] }, { fromImage: 'a', steps: [{ type: 'COPY', args: ['a', 'b'], filesHash: '../../x' }] }]) {
      assert.equal((await on.api('POST', path, recipe)).status, 400, JSON.stringify(recipe));
    }
    assert.equal((await on.api('POST', path, { fromTemplate: 'nothing-here' })).status, 404);
    for (const name of ['Ünmöglich', 'a:b:c', '../x', '']) assert.equal((await on.api('POST', '/v3/templates', { name })).status, 400, name);
    assert.equal((await on.api('POST', '/v3/templates', { name: 'refused', cpuCount: 3 })).status, 400);
    assert.equal((await on.api('POST', '/v3/templates', { name: 'base' })).status, 403);
    const { url, present } = (await (await on.api('GET', `/templates/${templateID}/files/abc`)).json()) as { url: string; present: boolean };
    assert.equal(present, false);
    assert.equal((await fetch(url.replace(/uploads\/[^/]+/, 'uploads/guessed'), { method: 'PUT', body: 'x' })).status, 403);
    assert.equal((await on.api('POST', path, { fromImage: 'debian' })).status, 202);
    assert.equal((await on.api('POST', path, { fromImage: 'debian' })).status, 400);
    assert.equal((await on.api('GET', `/templates/${templateID}/builds/none/status`)).status, 404);
  });

  test('a new build gives up the one before, and the log is read piece by piece', async () => {
    const first = await build('again', { steps: [{ type: 'RUN', args: ['echo started; sleep 1000'] }] });
    await until('its step', async () => ((await (await on.api('GET', `${first.path}/status`)).json()) as Status).logEntries.some(({ message }) => message.includes('started')));
    const second = await build('again', { steps: [{ type: 'RUN', args: ['seq 1 250'] }] });
    assert.match((await first.done()).reason?.message ?? '', /cancelled/);
    assert.equal((await second.done()).status, 'ready');
    const heard: string[] = [];
    for (;;) {
      const page = (await (await on.api('GET', `${second.path}/status?logsOffset=${heard.length}`)).json()) as Status;
      assert.ok(page.logEntries.length <= 100);
      if (page.logEntries.length === 0) break;
      heard.push(...page.logEntries.map(({ message }) => message));
    }
    assert.equal(heard.filter((message) => /^\[stdout\]: \d+$/.test(message)).length, 250);
    const { logs } = (await (await on.api('GET', `${second.path}/logs?limit=5`)).json()) as { logs: object[] };
    assert.equal(logs.length, 5);
  });

  test('templates outlive the emulator, and go when they are deleted', async () => {
    await on.close();
    on = await bench({ stateDir });
    const sandbox = await Sandbox.create('project-one:stable', on.sdk);
    assert.equal((await sandbox.commands.run('pwd; cat made; own')).stdout, '/workspace/app\nyes by root in /workspace/app\nown command\n');
    await sandbox.kill();
    const listed = (await (await on.api('GET', '/v2/templates')).json()) as { templateID: string; aliases: string[]; buildStatus: string }[];
    const mine = listed.find(({ aliases }) => aliases.includes('project-two'));
    assert.equal(mine?.buildStatus, 'ready');
    assert.equal((await on.api('DELETE', `/templates/${mine.templateID}`)).status, 204);
    assert.equal((await on.api('DELETE', `/templates/${mine.templateID}`)).status, 404);
    assert.equal((await on.api('GET', '/templates/aliases/project-two')).status, 404);
    assert.equal((await on.api('DELETE', '/templates/base')).status, 403);
    // The same files need no second upload.
    const logs: string[] = [];
    await Template.build(Template({ fileContextPath: context }).fromBaseImage().copy('agent', '/sandbox-agent', { mode: 0o755 }), 'third', { ...on.sdk, onBuildLogs: ({ message }) => void logs.push(message) });
    assert.ok(logs.some((message) => message.includes('already cached')));
  });
});
