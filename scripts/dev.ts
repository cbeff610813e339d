/** Runs the whole product on this machine, and ends all of it on SIGINT or SIGTERM. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAssets } from '../notch/build.ts';
import { buildWorkers } from './stack/build.ts';
import { root } from './stack/root.ts';
import { devVars, stripEnvironment } from './stack/settings.ts';
import { startStack } from './stack/stack.ts';
import { watch } from './stack/watch.ts';

const USAGE = `Usage: scripts/dev [options]

  --port N           where the app answers (8787)
  --state DIR        where data is kept between runs (.state)
  --fresh            begin with empty data
  --watch            rebuild and reload when a source changes
  --ready-file FILE  write the addresses there as JSON when all is up
`;

const environment = stripEnvironment();
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function fail(message: string): never {
  say(message);
  process.exit(1);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '8787' },
        state: { type: 'string', default: '.state' },
        fresh: { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        'ready-file': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) fail('--port wants a number from 0 to 65535.');
    return { ...values, port };
  } catch (error) {
    fail(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

const asked = options();
if (asked.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// Asked to stop while still starting: finish the step, then end everything that has been started.
let stopAsked = false;
let stop = (): void => void (stopAsked = true);
const listen = (): void => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => stop());
  }
};
listen();

try {
  await buildAssets({ outDir: resolve(root, 'build/public'), minify: true });
  await buildWorkers({ say, env: environment });
  if (stopAsked) process.exit(0);
  const stateDir = resolve(root, asked.state);
  const stack = await startStack({ port: asked.port, stateDir, fresh: asked.fresh, settings: devVars(), say });
  // Miniflare has put a hook on the same signals that ends this process before the emulators have kept their state.
  listen();
  const stopWatching = asked.watch ? watch({ stack, say, env: environment }) : () => undefined;
  stop = () => {
    stop = () => undefined;
    stopWatching();
    void stack.close().then(() => process.exit(0));
  };
  if (stopAsked) stop();
  else {
    const ready = JSON.stringify(stack.addresses);
    if (asked['ready-file']) writeFileSync(asked['ready-file'], ready);
    process.stdout.write(`ready ${ready}\n`);
    say(`\nOpen ${stack.addresses.app} and sign in with any address: the code is at ${stack.addresses.inbox}.\nCtrl-C ends all of it. What is made is kept in ${asked.state}.`);
  }
} catch (error) {
  fail(message(error));
}
