// The emulator's own door, which the real service does not have: faults, and a look inside for tests.

import { optionalBoolean } from './checks.ts';
import { parseFaults, type Faults } from './faults.ts';
import { param, type Route } from './http.ts';
import { statusPage } from './page.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { Templates } from './templates.ts';

export function controlRoutes(sandboxes: Sandboxes, templates: Templates, faults: Faults, unavailable: string | null): Route[] {
  return [
    {
      method: 'POST',
      path: '/_emulator/faults',
      endpoint: null,
      async handle(call) {
        const requests = parseFaults(await call.json());
        for (const fault of requests) faults.add(fault);
        return { status: 200, body: { requests } };
      },
    },
    {
      method: 'DELETE',
      path: '/_emulator/faults',
      endpoint: null,
      handle() {
        faults.clear();
        return { status: 200, body: { requests: [] } };
      },
    },
    {
      // The sandbox dies as it would of a lost machine: nobody asked for it and nobody is told.
      method: 'POST',
      path: '/_emulator/sandboxes/:sandbox/die',
      endpoint: null,
      async handle(call) {
        await sandboxes.find(param(call, 'sandbox')).box.kill();
        return { status: 200, body: {} };
      },
    },
    {
      // Every connection to the sandbox breaks, and nothing else happens to it.
      method: 'POST',
      path: '/_emulator/sandboxes/:sandbox/cut',
      endpoint: null,
      handle: (call) => ({ status: 200, body: { cut: sandboxes.cut(sandboxes.find(param(call, 'sandbox'))) } }),
    },
    {
      // It stands still, as one does that waits for its machine: who asks it something waits, and who listens hears nothing.
      method: 'POST',
      path: '/_emulator/sandboxes/:sandbox/hang',
      endpoint: null,
      async handle(call) {
        const { box } = sandboxes.find(param(call, 'sandbox'));
        if (optionalBoolean(await call.json(), 'over') === true) box.resume();
        else box.pause();
        return { status: 200, body: {} };
      },
    },
    {
      method: 'GET',
      path: '/_emulator/sandboxes',
      endpoint: null,
      handle: () => ({
        status: 200,
        body: { unavailable, sandboxes: sandboxes.all().map((sandbox) => ({ ...sandboxes.listed(sandbox), connections: sandbox.connections.size })) },
      }),
    },
    { method: 'GET', path: '/', endpoint: null, handle: () => ({ status: 200, body: statusPage(sandboxes, templates, unavailable) }) },
  ];
}
