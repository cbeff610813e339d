/**
 * What the hosting worker answers, as a table: stored files, request, answer. Cloudflare's own static-assets worker is
 * asked the same. Where it is not meant to agree, its answer stands beside ours with the reason.
 *
 * An answer is written as its status and what matters with it: `200 about.html` (that file's bytes), `307 /about` (where
 * to). A file's bytes are its own name, so that it can be told apart.
 */

/** A request and its answer. */
export interface Case {
  /** `/path`, or `HEAD /path`. */
  ask: string;
  headers?: Record<string, string>;
  is: string;
  /** Headers of the answer; `null` for one that is not there. */
  has?: Record<string, string | null>;
  /** What Cloudflare's worker answers where it differs, and why we do. */
  cloudflare?: { is: string; has?: Record<string, string | null>; because: string };
}

export interface Group {
  title: string;
  /** Names of files. */
  files: string[];
  /** Files whose content matters. */
  texts?: Record<string, string>;
  /** What Cloudflare's worker is set to. Sites have the setting from the start, by whether they have a 404.html. */
  cloudflare: { not_found_handling: '404-page' | 'single-page-application' };
  cases: Case[];
}

/** Rows of which only request and answer are to be said. */
const rows = (table: [ask: string, is: string][]): Case[] => table.map(([ask, is]) => ({ ask, is }));

const straight = 'What is not there is said at once. Cloudflare sends the visitor to another spelling of the same nothing first.';
const notice = 'A site without a 404.html shows our notice, in words.';
const types = 'Text says its charset, or a browser would guess one.';

export const groups: Group[] = [
  {
    title: 'One address for every page',
    files: [
      'index.html', 'about.html', 'blog/index.html', 'blog/post.html', 'both.html', 'both/index.html', 'style.css', 'raw', 'v1.2.html',
      '404.html', 'docs/404.html', 'docs/sub/index.html', 'a b.html', 'x[1].html', 'é.html', '@ann.html', 'a+b.html',
    ],
    cloudflare: { not_found_handling: '404-page' },
    cases: [
      ...rows([
        ['/', '200 index.html'],
        ['/index', '307 /'],
        ['/index.html', '307 /'],
        ['/about', '200 about.html'],
        ['/about/', '307 /about'],
        ['/about.html', '307 /about'],
        ['/about/index', '307 /about'],
        ['/about/index.html', '307 /about'],
        ['/blog', '307 /blog/'],
        ['/blog/', '200 blog/index.html'],
        ['/blog.html', '307 /blog/'],
        ['/blog/index', '307 /blog/'],
        ['/blog/index.html', '307 /blog/'],
        ['/blog/post', '200 blog/post.html'],
        ['/blog/post/', '307 /blog/post'],
        ['/both', '200 both.html'],
        ['/both/', '200 both/index.html'],
        ['/both.html', '307 /both'],
        ['/both/index', '307 /both/'],
        ['/both/index.html', '307 /both/'],
        ['/style.css', '200 style.css'],
        ['/raw', '200 raw'],
        ['/style.css/', '404 404.html'],
        ['/raw/', '404 404.html'],
        ['/v1.2', '200 v1.2.html'],
        ['/about?x=1', '200 about.html'],
        ['/about.html?x=1&y=%20', '307 /about?x=1&y=%20'],
        ['/a%20b', '200 a b.html'],
        ['/x[1]', '307 /x%5B1%5D'],
        ['/x%5B1%5D', '200 x[1].html'],
        ['/%C3%A9', '200 é.html'],
        ['/%c3%a9', '307 /%C3%A9'],
        ['//about', '307 /about'],
        ['/blog//post', '307 /blog/post'],
        ['/blog%2Fpost', '307 /blog/post'],
        ['/blog/../about', '200 about.html'],
        ['/%2e%2e/about', '200 about.html'],
        ['/About', '404 404.html'],
        ['/404', '200 404.html'],
        ['/404.html', '307 /404'],
        ['/nope', '404 404.html'],
        ['/docs/nope', '404 docs/404.html'],
        ['/docs/sub/x/y', '404 docs/404.html'],
        ['/docs/sub/', '200 docs/sub/index.html'],
        ['HEAD /about', '200'],
        ['HEAD /about.html', '307 /about'],
        ['HEAD /nope', '404'],
        ['POST /about', '405'],
      ]),
      {
        ask: 'PUT /nope',
        is: '404 404.html',
        cloudflare: { is: '405', because: 'There is nothing that another method would show. Cloudflare answers for the page that says so.' },
      },
      { ask: '/%', is: '404 404.html', cloudflare: { is: '307 /%25', because: straight } },
      ...(['@ann', 'a+b'] as const).flatMap((name): Case[] => {
        const encoded = `/${encodeURIComponent(name)}`;
        const because =
          'RFC 3986 lets these characters stand in a path, and links are written with them. Cloudflare sends each such link around once.';
        return [
          { ask: `/${name}`, is: `200 ${name}.html`, cloudflare: { is: `307 ${encoded}`, because } },
          { ask: encoded, is: `307 /${name}`, cloudflare: { is: `200 ${name}.html`, because } },
        ];
      }),
    ],
  },
  {
    title: 'A site that finds its own way',
    files: ['index.html', 'logo.png'],
    cloudflare: { not_found_handling: 'single-page-application' },
    cases: [
      ...rows([
        ['/', '200 index.html'],
        ['/users/7', '200 index.html'],
        ['/users/7/', '200 index.html'],
        ['/release/v1.2', '200 index.html'],
        ['/logo.png', '200 logo.png'],
      ]),
      ...['/missing.css', '/blog/cat.JPG', '/.env', '/.well-known/security.txt'].map((ask): Case => ({
        ask,
        is: '404',
        cloudflare: {
          is: '200 index.html',
          because: `Only what looks like a page gets one: a page in place of a script or of a well-known file breaks whoever asked for it. ${notice}`,
        },
      })),
    ],
  },
  {
    title: 'What a file is',
    files: [
      '404.html', 'index.html', 'a.css', 'a.js', 'a.mjs', 'a.txt', 'a.csv', 'a.md', 'a.json', 'a.xml', 'a.svg', 'a.webmanifest', 'a.png', 'a.woff2',
      'a.wasm', 'a.pdf',
    ],
    cloudflare: { not_found_handling: '404-page' },
    cases: [
      ...Object.entries({
        '/': 'text/html; charset=utf-8',
        '/a.css': 'text/css; charset=utf-8',
        '/a.js': 'text/javascript; charset=utf-8',
        '/a.mjs': 'text/javascript; charset=utf-8',
        '/a.txt': 'text/plain; charset=utf-8',
        '/a.csv': 'text/csv; charset=utf-8',
        '/a.md': 'text/markdown; charset=utf-8',
        '/a.png': 'image/png',
        '/a.woff2': 'font/woff2',
        '/a.wasm': 'application/wasm',
        '/a.pdf': 'application/pdf',
      }).map(([ask, type]): Case => ({
        ask: `HEAD ${ask}`,
        is: '200',
        has: { 'content-type': type },
      })),
      ...Object.entries({ json: 'application/json', xml: 'application/xml', svg: 'image/svg+xml', webmanifest: 'application/manifest+json' }).map(
        ([ending, type]): Case => ({
          ask: `HEAD /a.${ending}`,
          is: '200',
          has: { 'content-type': `${type}; charset=utf-8` },
          cloudflare: { is: '200', has: { 'content-type': type }, because: types },
        }),
      ),
    ],
  },
  {
    title: 'Redirects',
    files: ['404.html', 'index.html', 'about.html', 'new.html', 'target.html', 'app/shell.html', 'app/main.js'],
    texts: {
      _redirects: `# where things went
/old /new
/qs /new?keep=1 301
/frag /new#sec 301 # why
/ext https://ext.example/base 301
/about /new 302
/rw /target 200
/rwhtml /target.html 200
/rwnope /missing 200
/trail/ /new
/blog/old/* /blog/new/:splat
/m/:y/:slug /posts/:slug-:y
/p/:a/x/* /q/:a/:splat
/ext2/* https://ext.example/:splat
/sub/:id.html /s/:id 308
/see /new 303
/same /new 307
/find/* /search?q=:splat
/loop /new
/loop /target
/new.html /new 301
/target /target.html 301
/bad http://ext.example/
/worse //ext.example/
/to/:host https://:host/
/only?id=1 /new
/forced /new 301!
/app/* /app/shell.html 200
`,
    },
    cloudflare: { not_found_handling: '404-page' },
    cases: [
      ...rows([
        ['/old', '302 /new'],
        ['/old?z=1', '302 /new?z=1'],
        ['/old/', '404 404.html'],
        ['/OLD', '404 404.html'],
        ['/old%20', '404 404.html'],
        ['HEAD /old', '302 /new'],
        ['/qs?z=2', '301 /new?keep=1'],
        ['/frag', '301 /new#sec'],
        ['/ext?z=3', '301 https://ext.example/base?z=3'],
        ['/about', '302 /new'],
        ['/rw', '200 target.html'],
        ['/rwnope', '404 404.html'],
        ['/trail', '404 404.html'],
        ['/trail/', '302 /new'],
        ['/blog/old/a/b?q=1', '302 /blog/new/a/b?q=1'],
        ['/blog/old/', '302 /blog/new/'],
        ['/blog/old', '404 404.html'],
        ['/blog/old///x', '302 /blog/new/x'],
        ['/blog/old/a%20b', '302 /blog/new/a%20b'],
        ['/m/2024/hi', '302 /posts/hi-2024'],
        ['/m/2024/hi/', '404 404.html'],
        ['/p/1/x/2/3', '302 /q/1/2/3'],
        ['/ext2//evil.example/x', '302 https://ext.example//evil.example/x'],
        ['/sub/7.html', '308 /s/7'],
        ['/see', '303 /new'],
        ['/same', '307 /new'],
        ['/loop', '302 /new'],
        ['/new.html', '301 /new'],
        ['/bad', '404 404.html'],
        ['/_redirects', '404 404.html'],
        ['/_headers', '404 404.html'],
      ]),
      {
        ask: '/to/evil.example',
        is: '404 404.html',
        cloudflare: {
          is: '302 https://evil.example/',
          because: 'Only the file says which host a visitor is sent to. A link to one site would else be a link to any.',
        },
      },
      {
        ask: '/rwhtml',
        is: '200 target.html',
        cloudflare: { is: '307 /target', because: 'Whoever rewrites to a page wants it at this address. Cloudflare sends the visitor to the other.' },
      },
      {
        ask: '/target',
        is: '200 target.html',
        cloudflare: { is: '301 /target.html', because: 'A rule that leads to where the visitor is sent back from is left out. Cloudflare’s visitor goes round in circles.' },
      },
      {
        ask: '/only',
        is: '404 404.html',
        cloudflare: { is: '302 /new', because: 'A rule with a condition on the query is left out with a warning. Cloudflare leaves out the condition and redirects everybody.' },
      },
      {
        ask: '/forced',
        is: '301 /new',
        cloudflare: { is: '404 404.html', because: 'Netlify’s exclamation mark asks for what always holds here: redirects come before files.' },
      },
      ...['/app/main.js', '/app/users/7'].map((ask): Case => ({
        ask,
        is: ask.endsWith('.js') ? '200 app/main.js' : '200 app/shell.html',
        cloudflare: {
          is: '307 /app/shell',
          because: 'A page for everything below a folder answers where there is no file, as on Netlify. Cloudflare hides the page’s own scripts behind it.',
        },
      })),
      {
        ask: '/worse',
        is: '404 404.html',
        cloudflare: { is: '302 http://ext.example/', because: 'Two slashes reach another site without saying so. The line is left out, and the warning asks to write the address out.' },
      },
    ],
  },
];
