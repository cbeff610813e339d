// What the tests use of the runner.

export interface Job {
  prompt: string;
  resume: string | undefined;
  history: string | undefined;
  cwd: string;
  system: string;
  model: string;
  maxBudgetUsd: number;
  maxTurns: number;
  log: string;
}
export function parseJob(text: string): Job;
export function refusal(asked: { tool: string; path: string; cwd: string; readable?: readonly string[] }): string | null;
export function line(message: object, options?: { secrets?: readonly string[]; limit?: number }): string;
