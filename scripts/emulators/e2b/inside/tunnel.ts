// The only way in or out of a sandbox's network: connections carried over a socket pair that its processes
// inherit nothing of. Each connection is one HTTP/2 CONNECT stream, so that a slow one holds no other back.
// Both ends use this file: the emulator dials into the sandbox, and the sandbox dials the few ports outside
// that it may reach.

import { connect as connectHttp2, constants, createServer, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';

const WINDOW = 1024 * 1024;
/** Megabytes that one session may hold; Node's own 10 would refuse connections under a burst of downloads. */
const SESSION_MEMORY = 256;

/** A port nobody listens on. */
export class PortClosed extends Error {
  readonly port: number;
  constructor(port: number) {
    super(`nothing listens on port ${port}`);
    this.port = port;
  }
}

/** Connects to a port of this side's loopback, whichever family it listens on. */
export async function dialLoopback(port: number): Promise<Socket> {
  for (const host of ['127.0.0.1', '::1']) {
    const socket = connectTcp({ host, port, allowHalfOpen: true });
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (open) return socket;
  }
  throw new PortClosed(port);
}

/** Joins two connections: what one says the other hears, to the end, and when one breaks so does the other. */
export function join(left: Duplex, right: Duplex): void {
  for (const [from, to] of [[left, right], [right, left]] as const) {
    from.on('error', () => to.destroy());
    from.once('close', () => {
      // One that was ended in good order may have said more than the other has passed on yet.
      if (!from.readableEnded || to.writableFinished) to.destroy();
      else to.once('finish', () => to.destroy());
    });
    from.pipe(to);
  }
}

/**
 * A tunnel as a plain connection, which may be written to as a socket is. An HTTP/2 stream may not: several
 * writes held back together, one of them a string in latin1 as an HTTP request's head is, arrive garbled (Node
 * 24). What comes through here are bytes only.
 */
class Tunnel extends Duplex {
  readonly #stream: ClientHttp2Stream;

  constructor(stream: ClientHttp2Stream) {
    super({ allowHalfOpen: true, decodeStrings: true });
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause();
    });
    stream.on('end', () => this.push(null));
    stream.on('error', (error) => this.destroy(error));
    // The other side's end closes the stream, and with it this; unless both sides have ended it was cut.
    stream.on('close', () => {
      if (!this.readableEnded && !stream.readableEnded) this.destroy(new Error('the connection was cut'));
      else if (!this.writableFinished) this.destroy();
    });
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#stream.destroyed) return done(new Error('the connection is closed'));
    this.#stream.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#stream.destroyed) return done();
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.destroy();
    done(error);
  }
}

/** Answers the tunnels that the other end opens through `carrier`, as far as `dial` lets it. */
export function serveTunnels(carrier: Duplex, dial: (port: number) => Promise<Duplex>): void {
  const server = createServer({ maxSessionMemory: SESSION_MEMORY, settings: { initialWindowSize: WINDOW } });
  server.on('session', (session) => session.on('error', () => session.destroy()));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const port = Number(/:(\d{1,5})$/.exec(headers[':authority'] ?? '')?.[1]);
    if (headers[':method'] !== 'CONNECT' || !(port > 0 && port < 65_536)) {
      stream.respond({ ':status': 400 }, { endStream: true });
      return;
    }
    dial(port).then(
      (socket) => {
        if (stream.destroyed) return void socket.destroy();
        stream.respond({ ':status': 200 });
        join(stream, socket);
      },
      () => {
        if (!stream.destroyed) stream.respond({ ':status': 502 }, { endStream: true });
      },
    );
  });
  server.emit('connection', carrier);
}

/** The end of a carrier from which connections are opened. */
export class Tunnels {
  readonly #session: ClientHttp2Session;

  constructor(carrier: Duplex) {
    this.#session = connectHttp2('http://tunnel', {
      createConnection: () => carrier,
      maxSessionMemory: SESSION_MEMORY,
      settings: { initialWindowSize: WINDOW, enablePush: false },
    });
    this.#session.on('error', () => this.#session.destroy());
  }

  /** A connection to `port` of the other end's loopback. Fails with `PortClosed` when nothing listens there. */
  open(port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      if (this.#session.destroyed || this.#session.closed) return reject(new Error('the tunnel is closed'));
      const stream = this.#session.request({ ':method': 'CONNECT', ':authority': `127.0.0.1:${port}` });
      stream.once('response', (headers) => {
        if (headers[':status'] === constants.HTTP_STATUS_OK) return resolve(new Tunnel(stream));
        stream.destroy();
        reject(new PortClosed(port));
      });
      stream.once('error', reject);
      stream.once('close', () => reject(new Error('the tunnel is closed')));
    });
  }

  close(): void {
    this.#session.destroy();
  }
}
