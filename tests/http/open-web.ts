/** The rest of the web, played by a test: websites over https, at names that the stack's resolver knows. */
import { Response } from 'miniflare';
import type { OpenWeb } from '../../scripts/stack/outbound.ts';
import type { Records, WebEmulator } from '../../scripts/emulators/web.ts';

type Answer = Response | (() => Response | Promise<Response>);

export interface Visit {
  url: string;
  headers: Record<string, string>;
}

/** An address on the public internet. */
const PUBLIC = '93.184.215.14';

export const html = (body: string | ReadableStream<Uint8Array>, init: { status?: number; headers?: Record<string, string> } = {}): Response =>
  new Response(body, { ...init, headers: { 'content-type': 'text/html; charset=utf-8', ...init.headers } });
export const redirect = (location: string, status = 302): Response => new Response(null, { status, headers: { location } });

export class Websites {
  readonly visits: Visit[] = [];
  readonly #sites = new Map<string, Answer>();
  #resolver: WebEmulator | undefined;

  readonly openWeb: OpenWeb = async (request) => {
    const url = new URL(request.url);
    this.visits.push({ url: url.href, headers: Object.fromEntries(request.headers) });
    const answer = this.#sites.get(url.href) ?? this.#sites.get(url.host);
    if (answer === undefined) return new Response('nobody is here', { status: 404 });
    return typeof answer === 'function' ? await answer() : answer.clone();
  };

  /** Whom to tell about names. */
  use(resolver: WebEmulator): void {
    this.#resolver = resolver;
  }

  /** What is at a host, or at one whole address; a string is its first page. */
  put(where: string, answer: Answer | string): void {
    this.#sites.set(where, typeof answer === 'string' ? html(answer) : answer);
  }

  /** What the resolver says about a name; without anything else, a public address. */
  name(name: string, records: Records | null = { A: [PUBLIC] }): void {
    this.#resolver?.tell(name, records);
  }

  /** A website at a public address. */
  site(host: string, answer: Answer | string): void {
    this.name(host);
    this.put(host, answer);
  }

  visitsTo(host: string): Visit[] {
    return this.visits.filter(({ url }) => new URL(url).hostname === host);
  }
}

/** A body that goes on for as long as somebody reads it, or until it is told to end: nobody else lets go of it here. */
export class Endless {
  /** Bytes so far. */
  sent = 0;
  #ended = false;

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        this.sent += 65_536;
        if (this.#ended) controller.close();
        else controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
  }

  end(): void {
    this.#ended = true;
  }
}
