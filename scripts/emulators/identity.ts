// Google and GitHub in development, from the package `emulate`: their sign-in pages list a few people to pick from.
// No client is seeded, so any client id and any address to come back to will do.

import { createEmulator } from 'emulate';
import type { RunningEmulator } from './agents/index.ts';

/** People one can be. At Google one of them has never shown that the address is theirs. */
const google = {
  users: [
    { email: 'ann@gmail.com', name: 'Ann Ash' },
    { email: 'ben@example.com', name: 'Ben Birch' },
    { email: 'unverified@example.com', name: 'Una Unverified', email_verified: false },
  ],
};
const github = {
  users: [
    { login: 'ann-ash', name: 'Ann Ash', email: 'ann@gmail.com' },
    { login: 'cleo-cedar', name: 'Cleo Cedar', email: 'cleo@example.com' },
  ],
  repos: [
    { owner: 'ann-ash', name: 'harbor-bakery', description: 'The website of the bakery at the harbour', auto_init: true },
    { owner: 'ann-ash', name: 'tide-tables', private: true, auto_init: true },
  ],
};

export interface Identity {
  google: RunningEmulator;
  github: RunningEmulator;
}

export async function startIdentityEmulators(): Promise<Identity> {
  const first = await createEmulator({ service: 'google', port: 0, seed: { google } });
  try {
    return { google: first, github: await createEmulator({ service: 'github', port: 0, seed: { github } }) };
  } catch (error) {
    await first.close();
    throw error;
  }
}
