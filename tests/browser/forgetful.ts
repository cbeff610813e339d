/**
 * A way to the web on which the cookies of Notch's frame are lost, for browsers that do not keep them (Safari 18.5 to 26.1 keeps
 * no partitioned cookie): a proxy that takes them out of what the app answers. The browser itself stays as it is.
 */
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface Forgetful {
  /** For `--proxy-server`. */
  address: string;
  /** The cookies that were lost, by name. */
  lost: string[];
  close: () => Promise<void>;
}

export async function forgetful(): Promise<Forgetful> {
  const lost: string[] = [];
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url ?? '', 'http://nowhere.localhost');
    const passed = request({ host: '127.0.0.1', port: url.port || 80, path: url.pathname + url.search, method: asked.method, headers: asked.headers }, (response) => {
      const cookies = response.headers['set-cookie'] ?? [];
      const kept = cookies.filter((cookie) => !cookie.startsWith('__Host-notch-'));
      for (const cookie of cookies) if (!kept.includes(cookie)) lost.push(cookie.split('=')[0] ?? '');
      const headers = { ...response.headers };
      delete headers['set-cookie'];
      answer.writeHead(response.statusCode ?? 502, kept.length > 0 ? { ...headers, 'set-cookie': kept } : headers);
      response.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  // Sockets go through as they are.
  server.on('connect', (asked, socket, head) => {
    const through = connect(Number(asked.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      through.write(head);
      through.pipe(socket).pipe(through);
    });
    through.on('error', () => socket.destroy());
    socket.on('error', () => through.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
