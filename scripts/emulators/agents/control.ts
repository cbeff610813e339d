// The emulator's own door, which the real service does not have: faults, and a look inside for tests.

import { parseFaults, type Faults } from './faults.ts';
import { param, type Route } from './http.ts';
import type { Registry } from './registry.ts';

export function controlRoutes(registry: Registry, faults: Faults): Route[] {
  return [
    {
      method: 'POST',
      path: '/_emulator/sessions/:session/faults',
      endpoint: 'control',
      beta: false,
      async handle(call) {
        const { live, turns } = registry.find(param(call, 'session'));
        const asked = parseFaults(await call.json());
        live.setFaults(asked.session);
        for (const fault of asked.requests) faults.add(fault, live.id);
        turns.faultsChanged();
        return { faults: live.faults };
      },
    },
    {
      method: 'DELETE',
      path: '/_emulator/sessions/:session/faults',
      endpoint: 'control',
      beta: false,
      handle(call) {
        const { live } = registry.find(param(call, 'session'));
        live.record.faults = {};
        live.save();
        return { faults: {} };
      },
    },
    {
      method: 'POST',
      path: '/_emulator/faults',
      endpoint: 'control',
      beta: false,
      async handle(call) {
        const asked = parseFaults(await call.json());
        faults.forNextSession(asked.session);
        for (const fault of asked.requests) faults.add(fault, null);
        return { nextSession: asked.session, requests: asked.requests };
      },
    },
    {
      method: 'DELETE',
      path: '/_emulator/faults',
      endpoint: 'control',
      beta: false,
      handle() {
        faults.clear();
        return { requests: [] };
      },
    },
    {
      method: 'GET',
      path: '/_emulator/sessions',
      endpoint: 'control',
      beta: false,
      handle: () => ({
        sessions: registry.all().map(({ live: { record } }) => ({
          id: record.session.id,
          status: record.session.status,
          blocked: record.blocked,
          queued: record.queued.length,
          metadata: record.session.metadata,
        })),
      }),
    },
  ];
}
