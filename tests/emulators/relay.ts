// A stand-in for the product in the emulators' own tests: takes deploys as the relay does, and serves what was
// published last, so that a new session can look at the live site.

import { createServer } from 'node:http';
import { close, listen } from '../../scripts/emulators/agents/http.ts';

export interface Deploy {
  message: string;
  token: string;
  files: Map<string, Buffer>;
}

export interface Relay {
  siteUrl: string;
  deployUrl: string;
  deploys: Deploy[];
  /** Answers the next deploys with these instead of taking them. */
  refuse: { status: number; body: object }[];
  close(): Promise<void>;
}

export async function startRelay(): Promise<Relay> {
  const deploys: Deploy[] = [];
  const refuse: Relay['refuse'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = (status: number, body: string | Buffer) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body);
    };
    if (request.method === 'POST' && request.url === '/api/agent/deploy') {
      const refusal = refuse.shift();
      if (refusal) return answer(refusal.status, JSON.stringify(refusal.body));
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { message: string; files: { path: string; contentBase64: string }[] };
      deploys.push({
        message: body.message,
        token: (request.headers.authorization ?? '').replace('Bearer ', ''),
        files: new Map(body.files.map(({ path, contentBase64 }) => [path, Buffer.from(contentBase64, 'base64')])),
      });
      return answer(201, JSON.stringify({ snapshotId: `snap${deploys.length}` }));
    }
    const path = (request.url ?? '/').replace(/^\//, '') || 'index.html';
    const file = deploys[deploys.length - 1]?.files.get(path);
    if (file) answer(200, file);
    else answer(404, '{"code":"not_found","message":"Nothing here yet."}');
  });
  const url = await listen(server, 0);
  const { port } = new URL(url);
  return {
    siteUrl: `http://anna.vetka.localhost:${port}/`,
    deployUrl: `http://vetka.localhost:${port}/api/agent/deploy`,
    deploys,
    refuse,
    close: () => close(server),
  };
}
