// The first program of a sandbox. It runs in the sandbox's own namespaces, as the sandbox's own user, and holds
// the two socket pairs to the outside: file descriptor 3 lets the emulator in, 4 leads out to the few ports
// that the sandbox may reach. When the emulator goes, the pipe of its lines ends and the sandbox ends with it.

import { createServer, Socket, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { envd } from './envd.ts';
import { READY, type Change, type Setup } from './setup.ts';
import { dialLoopback, join, serveTunnels, Tunnels } from './tunnel.ts';

const [INWARD, OUTWARD] = [3, 4];

const outside = new Tunnels(new Socket({ fd: OUTWARD }));
const relays = new Map<number, Server>();

/** Makes the outside's `ports`, and no others, answer on this loopback. */
function reach(ports: readonly number[]): void {
  for (const [port, relay] of relays) {
    if (ports.includes(port)) continue;
    relay.close();
    relays.delete(port);
  }
  for (const port of ports) {
    if (relays.has(port)) continue;
    const relay = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      outside.open(port).then(
        (stream) => join(socket, stream),
        () => socket.resetAndDestroy(),
      );
    });
    // A program of the sandbox may have been quicker to take the port; then that is what answers there.
    relay.on('error', () => relays.delete(port));
    relay.listen(port, '127.0.0.1');
    relays.set(port, relay);
  }
}

async function start(setup: Setup): Promise<void> {
  reach(setup.reachable);
  const server = envd(setup);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(setup.envdPort, '127.0.0.1', resolve);
  });
  serveTunnels(new Socket({ fd: INWARD }), dialLoopback);
  process.stdout.write(`${READY}\n`);
}

let started = false;
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message: unknown = JSON.parse(line);
  if (started) return reach((message as Change).reachable);
  started = true;
  void start(message as Setup);
});
lines.once('close', () => process.exit(0));
