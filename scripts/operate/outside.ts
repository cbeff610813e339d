/** What somebody far away sees of a host: whether its name leads anywhere, and whether a certificate covers it. */
import { lookup } from 'node:dns/promises';
import { connect } from 'node:tls';
import { look, ok, type Finding } from './finding.ts';

/** How the outside is asked, where it is not the whole internet. */
export interface Outside {
  /** Resolves to where a name leads; rejects when it leads nowhere. */
  resolve?: (host: string) => Promise<unknown>;
  port?: number;
  /** Authorities that are believed instead of the system's. */
  ca?: string;
  /** How long an answer is waited for, in milliseconds. */
  patience?: number;
}

/** Looks at one host. */
export async function seenFromOutside(host: string, { resolve = lookup, port = 443, ca, patience = 10_000 }: Outside = {}): Promise<Finding[]> {
  const named = await look(`${host} has no address`, 'Run scripts/deploy. A new name, or new name servers, take a while to be known.', async () => {
    await resolve(host);
    return ok(`${host} has an address`);
  });
  // Without an address there is nobody to ask for a certificate, and one thing to do.
  if (named.some(({ state }) => state === 'missing')) return named;
  const covered = await look(`no TLS at ${host}`, 'The certificate is not issued yet, or covers another level: see SSL/TLS, Edge Certificates, in the dashboard.', async () => {
    await handshake(host, port, ca, patience);
    return ok(`the certificate covers ${host}`);
  });
  return [...named, ...covered];
}

async function handshake(host: string, port: number, ca: string | undefined, patience: number): Promise<void> {
  await new Promise<void>((done, fail) => {
    const socket = connect({ host, port, servername: host, ...(ca === undefined ? {} : { ca }) }, () => {
      clearTimeout(over);
      socket.destroy();
      done();
    });
    const over = setTimeout(() => socket.destroy(new Error(`no answer within ${patience / 1000} seconds`)), patience);
    socket.on('error', (error) => {
      clearTimeout(over);
      fail(error);
    });
  });
}
