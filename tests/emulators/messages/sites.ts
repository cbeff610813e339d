// Two small repositories of the kinds that people have: pages with a stylesheet, and components.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const PLAIN: Readonly<Record<string, string>> = {
  'index.html': `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Rye &amp; Salt</title>
  <link rel="stylesheet" href="css/style.css">
</head>
<body>
  <header>
    <nav>
      <ul>
        <li><a href="index.html">Home</a></li>
        <li><a href="about.html">About</a></li>
      </ul>
    </nav>
  </header>
  <main>
    <h1>
      Welcome to Rye &amp; Salt
    </h1>
    <p>We bake from <strong>Tuesday</strong> to Sunday. On Monday we sleep.</p>
    <a class="button" href="/book">Book a table</a>
    <h2>Our products</h2>
    <ul class="products">
      <li><strong>Sourdough</strong></li>
      <li><strong>Baguette</strong></li>
    </ul>
    <h2>Opening hours</h2>
    <ul>
      <li>Tuesday to Friday, 8 to 17</li>
      <li>Monday closed</li>
    </ul>
  </main>
  <footer><p>Rye &amp; Salt, since 1998</p></footer>
</body>
</html>
`,
  'about.html': `<!doctype html>
<html lang="en">
<head><title>About us</title><link rel="stylesheet" href="css/style.css"></head>
<body>
  <h1>About us</h1>
  <p>Rye &amp; Salt is a small bakery.</p>
  <a class="button" href="/book">Book a table</a>
</body>
</html>
`,
  'css/style.css': `:root {
  --accent: #1d4ed8;
  --paper: #ffffff;
}
body { background: var(--paper); color: #222222; }
h1 { color: var(--accent); font-size: 2.5rem; }
.button { background: var(--accent); color: #fff; padding: 1rem; }
.button:hover { background: #1e3a8a; }
`,
  'server/secret.html': '<h1>Only for the developers</h1>\n<p>Nightly build</p>\n',
  'README.md': '# Rye & Salt\n\nThe website.\n\n## Features\n\n- Fast\n- Small\n',
};

export const COMPONENTS: Readonly<Record<string, string>> = {
  'src/content.ts': `export const hero = {
  title: 'Bicycles for the city',
  lead: "Light, quiet and made to last.",
};

export const services = [
  'Repairs',
  'Rental',
];
`,
  'src/pages/Home.tsx': `import { hero, services } from '../content';

export function Home() {
  return (
    <main className="home">
      <h1 className="headline">{hero.title}</h1>
      <p>{hero.lead}</p>
      <ul>{services.map((service) => <li key={service}>{service}</li>)}</ul>
      <Link to="/contact" onClick={() => track('contact')}>Write to us</Link>
      <button type="submit">Send &amp; wait</button>
    </main>
  );
}
`,
  'src/pages/About.tsx': `export function About() {
  return <main><h1>Who we are</h1><p>Three people and a dog.</p></main>;
}
`,
  'src/styles.css': `:root { --button-bg: #334155; --text: #111827; }
button { background-color: var(--button-bg); color: white; }
button:focus { outline: 2px solid var(--button-bg); }
`,
  'package.json': '{ "name": "bicycles", "private": true }\n',
};

const GIT_ENV = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };

/** Runs git in a folder, with no configuration but the folder's own. */
export function git(folder: string, ...words: string[]): string {
  return execFileSync('git', words, { cwd: folder, encoding: 'utf8', env: GIT_ENV });
}

/** Writes a site into a folder as a git repository with one commit. */
export function layOut(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  git(folder, 'init', '-q', '-b', 'main');
  git(folder, 'config', 'user.name', 'A tester');
  git(folder, 'config', 'user.email', 'tester@example.com');
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', 'Begin');
}
