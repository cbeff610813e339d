/**
 * What the api, the openweb and the teams worker ask of the outside, on its way there. Names under .localhost are this machine, which the
 * system's resolver need not know; a test may play the rest of the web.
 */
import type { LookupFunction } from 'node:net';
import { Request, Response } from 'miniflare';
import { Agent, fetch } from 'undici';

/** Plays the web for what is asked over https. */
export type OpenWeb = (request: Request) => Response | Promise<Response>;

const lookup: LookupFunction = (hostname, options, callback) => {
  void hostname;
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
const loopback = new Agent({ connect: { lookup } });

/** Headers of one connection, which are not for the next, and of an encoding that is undone on the way. */
const own = ['connection', 'content-encoding', 'content-length', 'host', 'keep-alive', 'transfer-encoding'];

export function outbound(openWeb?: OpenWeb): (request: Request) => Promise<Response> {
  return async (request) => {
    const url = new URL(request.url);
    if (openWeb !== undefined && url.protocol === 'https:') return await openWeb(request);
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
    const kept = [...answer.headers].filter(([name]) => !own.includes(name));
    return new Response(answer.body, { status: answer.status, headers: kept });
  };
}
