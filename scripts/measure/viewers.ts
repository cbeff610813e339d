/**
 * Many browsers that look on, in a thread of their own and down to the bytes, so that what is measured is the server.
 * Told to begin, a thread opens its sockets and says so; told to end, it says what each heard and when.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

export interface Seats {
  port: number;
  host: string;
  origin: string;
  /** The last number that they saw. */
  after: number;
  /** One for each socket. */
  cookies: string[];
}

export interface Heard {
  /** The frame, as it came. */
  data: string;
  /** Milliseconds since 1970, as precise as the clock. */
  at: number;
}

export const now = (): number => performance.timeOrigin + performance.now();

class Viewer {
  readonly #socket: Socket;
  readonly #chunks: { bytes: Buffer; at: number }[] = [];
  readonly open: Promise<void>;

  constructor({ port, host, origin, after }: Seats, cookie: string) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.open = new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.once('data', (bytes) => {
        if (!bytes.toString('latin1').startsWith('HTTP/1.1 101')) reject(new Error(`a viewer was not let in: ${bytes.toString('latin1').slice(0, 300)}`));
        const rest = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
        if (rest.length > 0) this.#chunks.push({ bytes: rest, at: now() });
        this.#socket.on('data', (bytes) => void this.#chunks.push({ bytes, at: now() }));
        resolve();
      });
    });
    this.#socket.write(
      `GET /ws?after=${after} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The frames, each with the time at which its last byte came. The server's are not masked and not compressed. */
  heard(): Heard[] {
    const heard: Heard[] = [];
    let rest = Buffer.alloc(0);
    for (const { bytes, at } of this.#chunks) {
      rest = Buffer.concat([rest, bytes]);
      for (;;) {
        const short = (rest[1] ?? 0) & 127;
        const from = short === 126 ? 4 : short === 127 ? 10 : 2;
        if (rest.length < from) break;
        const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
        if (rest.length < from + length) break;
        heard.push({ data: rest.toString('utf8', from, from + length), at });
        rest = rest.subarray(from + length);
      }
    }
    return heard;
  }
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  const seats = workerData as Seats;
  const viewers = seats.cookies.map((cookie) => new Viewer(seats, cookie));
  await Promise.all(viewers.map(async ({ open }) => await open));
  port.postMessage('open');
  port.once('message', () => {
    port.postMessage(viewers.map((viewer) => viewer.heard()));
    for (const viewer of viewers) viewer.close();
    port.close();
  });
}
