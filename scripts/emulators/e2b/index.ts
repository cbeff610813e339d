// The e2b emulator: the vendor's control plane and the envd of its sandboxes, on one loopback port. Start
// reading at `machine.ts` and `view.ts` (what a sandbox is here), then `box.ts` (one that runs) and `inside/`
// (what runs in it), then `sandboxes.ts` and `build.ts` (what the vendor's API makes of it).
//
// A client tells the two apart as the vendor's SDK does when it is pointed at one address with E2B_API_URL and
// E2B_SANDBOX_URL: a request with `E2b-Sandbox-Id` goes to that sandbox, any other to the control plane.

import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENVD_PORT } from './box.ts';
import { Boxes, type Share } from './boxes.ts';
import { Builder } from './build.ts';
import { controlRoutes } from './control.ts';
import { Disks } from './disks.ts';
import { ApiError } from './errors.ts';
import { Faults } from './faults.ts';
import { Gateway, refuse, targetOf } from './gateway.ts';
import { close, controlPlane, listen } from './http.ts';
import type { Clock } from './ids.ts';
import { findMachine } from './machine.ts';
import { sandboxRoutes } from './sandbox-routes.ts';
import { Sandboxes } from './sandboxes.ts';
import { templateRoutes } from './template-routes.ts';
import { Templates } from './templates.ts';

export interface E2bEmulatorOptions {
  /** 0 picks a free one. */
  port?: number;
  /** Keeps templates between two runs; sandboxes end with the emulator. Without it nothing is kept. */
  stateDir?: string;
  /** A pause before each step of a template's build, in milliseconds; 350 lets a person watch. */
  stepMs?: number;
  /** Ports of this machine's loopback that sandboxes may reach, under the same numbers. Nothing else is in reach. */
  reachable?: readonly number[] | (() => readonly number[]);
  /**
   * Files and folders of this machine that every sandbox sees, read-only: path in the sandbox to path here. One that is
   * costly to come by is given as a function, which the first sandbox calls.
   */
  share?: Share;
  /** What a template's build reaches: nothing, or with `host` all that this machine reaches, to install packages. */
  buildNetwork?: 'none' | 'host';
  /** How many sandboxes may run at once. */
  limit?: number;
  /** How long the end of a process is remembered, in milliseconds. */
  keepEndedMs?: number;
  clock?: Clock;
}

export interface E2bEmulator {
  url: string;
  /** Why no sandbox can be started on this machine; null when they can. */
  unavailable: string | null;
  close(): Promise<void>;
}

export async function startE2bEmulator(options: E2bEmulatorOptions = {}): Promise<E2bEmulator> {
  const { port = 0, stateDir, stepMs = 350, reachable = [], share = {}, buildNetwork = 'none', limit = 20, keepEndedMs = 30_000, clock = Date.now } = options;
  const machine = await findMachine();
  const disks = new Disks(stateDir);
  const boxes = new Boxes({ machine, disks, share, reachable: typeof reachable === 'function' ? reachable : () => reachable, keepEndedMs });
  const templates = new Templates(disks, clock);
  if (boxes.unavailable === null) templates.addBase((root) => boxes.makeDisk(root));
  const sandboxes = new Sandboxes({ boxes, templates, clock, limit });
  const builder = new Builder({ templates, boxes, stepMs, network: buildNetwork });
  const faults = new Faults();
  const gateway = new Gateway(sandboxes);
  let url = '';
  const control = controlPlane(
    [...controlRoutes(sandboxes, templates, faults, boxes.unavailable), ...sandboxRoutes(sandboxes), ...templateRoutes(templates, builder, () => url)],
    faults,
  );

  const server = createServer((request, response) => {
    dispatch(request).catch((error: unknown) => {
      const known = error instanceof ApiError ? error : new ApiError(400, `the request cannot be passed on: ${String(error)}`);
      refuse(response, { status: known.status, body: known.body() });
    });

    async function dispatch(call: IncomingMessage): Promise<void> {
      const target = targetOf(call, sandboxes);
      if (target === null) await control(call, response);
      else if (typeof target === 'string') refuse(response, { status: 400, body: target });
      else {
        // A way to the sandboxes that is down is down for all of them.
        const fault = target.port === ENVD_PORT ? faults.take('envd') : null;
        if (fault?.delayMs) await sleep(fault.delayMs);
        if (fault?.status) refuse(response, { status: fault.status, body: { code: fault.status, message: fault.message ?? 'a fault asked for by the test' } });
        else await gateway.answer(call, response, target);
      }
    }
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refused = (): void => void socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    try {
      const target = targetOf(request, sandboxes);
      if (target === null || typeof target === 'string') refused();
      else gateway.upgrade(request, socket, head, target).catch(refused);
    } catch {
      refused();
    }
  });
  // Streams and uploads of sandboxes take as long as they take.
  server.requestTimeout = 0;
  try {
    url = await listen(server, port);
  } catch (error) {
    await sandboxes.close();
    await disks.close();
    throw error;
  }
  return {
    url,
    unavailable: boxes.unavailable,
    async close() {
      const closed = close(server);
      await builder.close();
      await sandboxes.close();
      await boxes.close();
      await closed;
      await disks.close();
    },
  };
}
