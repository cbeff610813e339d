/**
 * What the api, the openweb and the teams worker ask of the outside, on its way there. Names under .localhost are this machine, which the
 * system's resolver need not know; a test may play the rest of the web.
 */
import type { LookupFunction } from 'node:net';
import { Request, Response, fetch as passOn } from 'miniflare';
import { Agent, fetch } from 'undici';

/** Plays the web for what is asked over https. */
export type OpenWeb = (request: Request) => Response | Promise<Response>;

const lookup: LookupFunction = (hostname, options, callback) => {
  void hostname;
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
const loopback = new Agent({ connect: { lookup } });

/** Headers of one connection, which are not for the next. */
const own = ['connection', 'content-length', 'host', 'keep-alive', 'transfer-encoding'];
/** And of an encoding that is undone on the way back. */
const undone = [...own, 'content-encoding'];

export function outbound(openWeb?: OpenWeb): (request: Request) => Promise<Response> {
  return async (request) => {
    const url = new URL(request.url);
    if (openWeb !== undefined && url.protocol === 'https:') return await openWeb(request);
    // Both ends of a socket are Miniflare's own.
    if (request.headers.get('upgrade') === 'websocket') return await passOn(url, { headers: socketHeaders(request), redirect: 'manual' });
    const headers = [...request.headers].filter(([name]) => !own.includes(name));
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    const answer = await fetch(url, {
      method: request.method,
      headers,
      body,
      // The worker follows, or does not.
      redirect: 'manual',
      ...(url.hostname.endsWith('.localhost') ? { dispatcher: loopback } : {}),
    });
    const kept = [...answer.headers].filter(([name]) => !undone.includes(name));
    return new Response(answer.body, { status: answer.status, headers: kept });
  };
}

/** What the client of sockets says by itself is not said twice. */
function socketHeaders(request: Request): [string, string][] {
  const made = ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-extensions', 'content-length', 'host', 'connection'];
  return [...request.headers].filter(([name]) => !made.includes(name));
}
