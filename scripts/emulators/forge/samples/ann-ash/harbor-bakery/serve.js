// A small static server: what is in site/ under its own name, `/` for the first page, nothing else.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('site', import.meta.url));
const port = Number(process.env.PORT ?? 3000);
const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.txt': 'text/plain; charset=utf-8',
};

/** The file that an address means, or null when it leads out of the folder. */
function fileOf(path) {
  let name;
  try {
    name = decodeURIComponent(path);
  } catch {
    return null;
  }
  const file = normalize(join(root, name.endsWith('/') ? `${name}index.html` : name));
  return file.startsWith(root + sep) && !name.includes('\0') ? file : null;
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  for (const file of [fileOf(pathname), fileOf(`${pathname}.html`)]) {
    const found = file === null ? null : await stat(file).catch(() => null);
    if (!found?.isFile()) continue;
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-length': found.size, 'cache-control': 'no-cache' });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file).pipe(response);
    return;
  }
  response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' });
  response.end('<!doctype html><title>Not here</title><p>We have no such page. <a href="/">Back to the bakery</a>');
});

server.listen(port, () => console.log(`Harbor Bakery on http://localhost:${port}`));
