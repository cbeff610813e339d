/** The inside of a session's sandbox, for tests: what runs there, what it holds, and commands of a hostile program's. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { basic, envelope, frames } from '../emulators/e2b-harness.ts';
import type { TestStack } from './harness.ts';

interface Process {
  config: { cmd: string; args: string[]; envs: Record<string, string> };
}

export class Inside {
  readonly #url: string;
  readonly #headers: Record<string, string>;

  private constructor(url: string, headers: Record<string, string>) {
    this.#url = url;
    this.#headers = headers;
  }

  static async of(stack: TestStack, sessionId: string): Promise<Inside> {
    const row = await (await stack.db()).prepare('SELECT sandbox_id FROM work_session WHERE id = ?1').bind(sessionId).first<{ sandbox_id: string }>();
    assert.ok(row?.sandbox_id, 'the session has no sandbox');
    const url = stack.addresses.sandboxes;
    const found = await fetch(`${url}/sandboxes/${row.sandbox_id}`, { headers: { 'x-api-key': 'e2b_local' } });
    const { envdAccessToken } = (await found.json()) as { envdAccessToken: string };
    return new Inside(url, { 'e2b-sandbox-id': row.sandbox_id, 'e2b-sandbox-port': '49983', 'x-access-token': envdAccessToken });
  }

  async processes(): Promise<Process[]> {
    const asked = await fetch(`${this.#url}/process.Process/List`, {
      method: 'POST', headers: { ...this.#headers, 'content-type': 'application/json' }, body: '{}',
    });
    return ((await asked.json()) as { processes?: Process[] }).processes ?? [];
  }

  /** The session's token, which the agent's program has while it works. */
  async token(): Promise<string> {
    for (let tries = 0; tries < 300; tries++) {
      const tokens = (await this.processes()).map(({ config }) => config.envs['ANTHROPIC_API_KEY']);
      const token = tokens.find((token) => token !== undefined);
      if (token !== undefined) return token;
      await sleep(100);
    }
    assert.fail('no program with a token runs in the sandbox');
  }

  /** Runs a line of bash, and gives what it printed. */
  async bash(line: string): Promise<string> {
    const response = await fetch(`${this.#url}/process.Process/Start`, {
      method: 'POST',
      headers: { ...this.#headers, 'content-type': 'application/connect+json', authorization: basic('user') },
      body: envelope({ process: { cmd: '/bin/bash', args: ['-l', '-c', line] }, stdin: false }),
    });
    let said = '';
    for await (const { message } of frames(response)) {
      for (const name of ['stdout', 'stderr'] as const) said += Buffer.from(message.event?.data?.[name] ?? '', 'base64').toString();
    }
    return said;
  }
}
