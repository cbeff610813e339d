// A stand-in for the product in the emulators' own tests: takes deploys as the relay does, and serves what was
// published last, so that a new session can look at the live site.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { close, listen } from '../../scripts/emulators/agents/http.ts';

export interface Deploy {
  message: string;
  token: string;
  files: Map<string, Buffer>;
}

interface Listing {
  message: string;
  files: { path: string; sha256: string; size: number }[];
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
  const begun: Listing[] = [];
  const blobs = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = (status: number, body: string | Buffer) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body);
    };
    const [, uploads, id, rest] = /^(\/api\/agent\/deploy\/uploads)(?:\/(\d+)\/(.+))?$/.exec(request.url ?? '') ?? [];
    if (uploads !== undefined && id === undefined && request.method === 'POST') {
      const refusal = refuse.shift();
      if (refusal) return answer(refusal.status, JSON.stringify(refusal.body));
      begun.push(JSON.parse(Buffer.concat(chunks).toString()) as Listing);
      const missing = new Set(begun.at(-1)?.files.map(({ sha256 }) => sha256).filter((sha256) => !blobs.has(sha256)));
      return answer(201, JSON.stringify({ uploadId: String(begun.length - 1), missing: [...missing] }));
    }
    const [, sha256] = /^blobs\/([0-9a-f]{64})$/.exec(rest ?? '') ?? [];
    if (sha256 !== undefined && request.method === 'PUT') {
      const bytes = Buffer.concat(chunks);
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) return answer(422, '{"code":"hash_mismatch"}');
      blobs.set(sha256, bytes);
      response.writeHead(204);
      return response.end();
    }
    const listing = begun[Number(id)];
    if (listing && rest === 'commit' && request.method === 'POST') {
      deploys.push({
        message: listing.message,
        token: (request.headers.authorization ?? '').replace('Bearer ', ''),
        files: new Map(listing.files.map((file) => [file.path, blobs.get(file.sha256) ?? Buffer.from('lost')])),
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
