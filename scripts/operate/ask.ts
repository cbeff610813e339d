/** One HTTP request to an installation, to the local stack, or to an edge that is not in DNS. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

export interface Answer {
  status: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Connect here instead of where the address leads, as `http://127.0.0.1:8080`. */
  edge?: string | undefined;
}

/** Names under .localhost are this machine, which the system's resolver need not know. */
const here: LookupFunction = (_hostname, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

export async function ask(address: string, { method = 'GET', headers = {}, body, edge }: Asking = {}): Promise<Answer> {
  const meant = new URL(address);
  const url = edge === undefined ? meant : new URL(meant.pathname + meant.search, edge);
  const make = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return await new Promise((resolve, reject) => {
    const request = make(url, {
      method,
      headers: { host: meant.host, 'user-agent': 'vetka-operator', ...headers, ...(method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(body ?? '')) }) },
      servername: meant.hostname,
      timeout: 15_000,
      ...(url.hostname.endsWith('.localhost') ? { lookup: here } : {}),
    }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk.slice(0, Math.max(0, 8_000_000 - text.length))));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 15 seconds')));
    request.on('error', reject);
    request.end(body);
  });
}
