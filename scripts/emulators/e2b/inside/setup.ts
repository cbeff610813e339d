// What the emulator tells a sandbox about itself. It comes over a pipe, line by line, and never through the
// environment or a command line.

/** The first line that a sandbox is sent. */
export interface Setup {
  /** Where envd listens in the sandbox's own network. */
  envdPort: number;
  /** The token that calls must carry; null for an unsecured sandbox. */
  token: string | null;
  path: string;
  /** The template's environment and then the sandbox's own; the last one wins. */
  envs: Record<string, string>;
  /** Who a call acts as that does not say. */
  user: string;
  /** Empty means the user's home. */
  workdir: string;
  /** How long the end of a process is remembered. */
  keepEndedMs: number;
  /** Ports of the outside's loopback that the sandbox may reach under the same numbers. */
  reachable: number[];
}

/** Any later line. */
export interface Change {
  reachable: number[];
}

/** The one line that a sandbox answers, once it can be used. */
export const READY = 'ready';
