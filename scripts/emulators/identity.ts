// Google in development, from the package `emulate`: its sign-in page lists a few people to pick from. No client is
// seeded, so any client id and any address to come back to will do. GitHub's people are in `forge/`.

import { createEmulator } from 'emulate';
import type { RunningEmulator } from './agents/index.ts';

/** People one can be. One of them has never shown that the address is theirs. */
const google = {
  users: [
    { email: 'ann@gmail.com', name: 'Ann Ash' },
    { email: 'ben@example.com', name: 'Ben Birch' },
    { email: 'unverified@example.com', name: 'Una Unverified', email_verified: false },
  ],
};

export async function startGoogleEmulator(): Promise<RunningEmulator> {
  return await createEmulator({ service: 'google', port: 0, seed: { google } });
}
