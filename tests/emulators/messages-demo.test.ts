// The demo model at work, with the agent's tools stood in for: what it understands, what it changes and what it leaves
// alone, what it says, and what it does when a tool fails.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, test } from 'node:test';
import { demoModel } from '../../scripts/emulators/messages/demo/mind.ts';
import { readRequest } from '../../scripts/emulators/messages/request.ts';
import { about, commits, contentOf, lastCommit, say, type Talk } from './messages/hands.ts';
import { COMPONENTS, git, PLAIN } from './messages/sites.ts';

const talks: Talk[] = [];
after(() => talks.forEach(({ folder }) => rmSync(folder, { recursive: true, force: true })));

function talkAbout(files: Readonly<Record<string, string>>, system?: string): Talk {
  const talk = about(files, system);
  talks.push(talk);
  return talk;
}

/** The lines that a wish added and took away, on fresh ground. */
function changed(files: Readonly<Record<string, string>>, words: string, system?: string): { said: string; lines: string[]; talk: Talk } {
  const talk = talkAbout(files, system);
  const said = say(talk, words);
  assert.equal(git(talk.folder, 'status', '--porcelain'), '', 'everything that was changed is committed');
  const lines = git(talk.folder, 'diff', '-U0', `HEAD~${commits(talk)}`).split('\n').filter((line) => /^(?:\+(?!\+\+ )|-(?!-- ))/.test(line)).map((line) => line.replace(/^(.)\s*/, '$1'));
  return { said, lines, talk };
}

/** A message about something that was pointed at, as `workers/domain/src/team/prompt.rs` puts it. */
function pinned(words: string, selector: string, text: string): string {
  return `${words}\n\nThey pointed at these places in the preview:\n1. the text; on the page "/"; selector ${JSON.stringify(selector)}; which says ${JSON.stringify(text)}; the preview was 390 pixels wide\n`;
}

const CHANGES: readonly [site: Readonly<Record<string, string>>, words: string, lines: string[]][] = [
  [PLAIN, 'Change the headline on the home page to "Fresh bread every morning"', ['-Welcome to Rye &amp; Salt', '+Fresh bread every morning']],
  [PLAIN, 'change the title on the about page to Bread & people', ['-<h1>About us</h1>', '+<h1>Bread &amp; people</h1>']],
  [PLAIN, 'I would like a friendlier headline on the home page', ['-Welcome to Rye &amp; Salt', '+Hello, it is lovely to see you at Rye &amp; Salt!']],
  [PLAIN, 'Could you make the headline shorter, please?', ['-Welcome to Rye &amp; Salt', '+Welcome to Rye']],
  [COMPONENTS, 'change the headline to "It\'s your city"', ["-title: 'Bicycles for the city',", "+title: 'It\\'s your city',"]],
  [COMPONENTS, 'change the headline on the about page to {us}', ['-return <main><h1>Who we are</h1><p>Three people and a dog.</p></main>;', '+return <main><h1>&#123;us&#125;</h1><p>Three people and a dog.</p></main>;']],
  [PLAIN, 'Make the buttons green', ['-.button { background: var(--accent); color: #fff; padding: 1rem; }', '-.button:hover { background: #1e3a8a; }', '+.button { background: #1d7d3e; color: #fff; padding: 1rem; }', '+.button:hover { background: #00652b; }']],
  [PLAIN, 'make the background light yellow', ['---paper: #ffffff;', '+--paper: #faecad;']],
  [PLAIN, 'make the links purple', ['+a { color: #6d37ae; }']],
  [COMPONENTS, 'the buttons should be #00ff00', ['-:root { --button-bg: #334155; --text: #111827; }', '+:root { --button-bg: #00ff00; --text: #111827; }']],
  [PLAIN, 'Make the heading bigger', ['-h1 { color: var(--accent); font-size: 2.5rem; }', '+h1 { color: var(--accent); font-size: 3.125rem; }']],
  [PLAIN, "replace 'On Monday we sleep.' with 'Monday is for sleeping.'", ['-<p>We bake from <strong>Tuesday</strong> to Sunday. On Monday we sleep.</p>', '+<p>We bake from <strong>Tuesday</strong> to Sunday. Monday is for sleeping.</p>']],
  [PLAIN, 'rename "About" to "Our story"', ['-<head><title>About us</title><link rel="stylesheet" href="css/style.css"></head>', '-<h1>About us</h1>', '-<li><a href="about.html">About</a></li>', '+<head><title>Our story us</title><link rel="stylesheet" href="css/style.css"></head>', '+<h1>Our story us</h1>', '+<li><a href="about.html">Our story</a></li>']],
  [PLAIN, 'Add Rye bread to the list of products', ['+<li><strong>Rye bread</strong></li>']],
  [PLAIN, 'add "Saturday, 9 to 13" to the opening hours', ['+<li>Saturday, 9 to 13</li>']],
  [PLAIN, 'remove Baguette from the list', ['-<li><strong>Baguette</strong></li>']],
  [COMPONENTS, 'add Lessons to the list of services', ["+'Lessons',"]],
  [COMPONENTS, 'remove Rental from the services', ["-'Rental',"]],
  [PLAIN, 'add "Cheap" to the features', ['+- Cheap']],
  [COMPONENTS, 'change the "Write to us" link to /hello', ["-<Link to=\"/contact\" onClick={() => track('contact')}>Write to us</Link>", "+<Link to=\"/hello\" onClick={() => track('contact')}>Write to us</Link>"]],
  [PLAIN, 'make the about link go to /about-us', ['-<li><a href="about.html">About</a></li>', '+<li><a href="/about-us">About</a></li>']],
  [PLAIN, pinned("Change this to 'Reserve'", 'main > a.button', 'Book a table'), ['-<a class="button" href="/book">Book a table</a>', '+<a class="button" href="/book">Reserve</a>']],
  [PLAIN, pinned('make this green', 'main > h1', 'Welcome to Rye & Salt'), ['-h1 { color: var(--accent); font-size: 2.5rem; }', '+h1 { color: #1d7d3e; font-size: 2.5rem; }']],
  [PLAIN, pinned('Remove this, please', 'footer > p', 'Rye & Salt, since 1998'), ['-<footer><p>Rye &amp; Salt, since 1998</p></footer>', '+<footer></footer>']],
];

for (const [site, words, lines] of CHANGES) {
  test(`"${words.replace(/\s+/g, ' ')}" changes that and nothing else`, () => {
    const { said, lines: found, talk } = changed(site, words);
    assert.deepEqual(found.toSorted(), lines.toSorted());
    assert.equal(commits(talk), 1);
    assert.match(said, /^One thing first: I am the demo model[\s\S]*\n\nDone\. /);
    assert.doesNotMatch(said.replace(/“[^”]*”/g, ''), /[<>{}]|\.(?:html|css|tsx?)\b|--\w/, 'people see neither code nor paths');
  });
}

test('several wishes in one message are one commit, and what was not understood is admitted', () => {
  const { said, lines, talk } = changed(PLAIN, 'Hi! Please change the headline to "Hi", make the heading bigger and the buttons green. Also add Croissant to the products. Sing a song.');
  assert.equal(lines.filter((line) => line.startsWith('+')).length, 5);
  assert.equal(commits(talk), 1);
  assert.deepEqual(lastCommit(talk), { message: 'Change the headline on the home page, and 3 more', files: ['css/style.css', 'index.html'] });
  assert.match(said, /did not understand “Sing a song”/);
});

test('a renamed name is renamed in what people read, and not in addresses', () => {
  const site = { 'index.html': '<img src="acme.png" alt="Acme logo">\n<a href="https://acme.example/Acme">Acme</a>\n<p class="Acme">Call Acme, not Acmeville.</p>\n' };
  const { talk } = changed(site, "Rename 'Acme' with 'Apex'");
  assert.equal(contentOf(talk, 'index.html'), '<img src="acme.png" alt="Apex logo">\n<a href="https://acme.example/Acme">Apex</a>\n<p class="Acme">Call Apex, not Acmeville.</p>\n');
});

test('of several equal elements, the one that was meant is changed', () => {
  const site = { 'index.html': '<ul>\n<li>One</li>\n<li>One</li>\n</ul>\n<h2>Second</h2>\n<ul id="second">\n<li>One</li>\n<li>One</li>\n</ul>\n' };
  const { talk } = changed(site, 'add Two to the second list');
  assert.equal(contentOf(talk, 'index.html'), '<ul>\n<li>One</li>\n<li>One</li>\n</ul>\n<h2>Second</h2>\n<ul id="second">\n<li>One</li>\n<li>One</li>\n<li>Two</li>\n</ul>\n');
});

test('what it writes cannot break the page', () => {
  const { talk } = changed(PLAIN, 'Change the headline to "<script>alert(1)</script>"');
  assert.match(contentOf(talk, 'index.html'), /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  const quote = changed(PLAIN, 'change the "Book a table" link to https://example.com/?a="onclick=x');
  assert.doesNotMatch(contentOf(quote.talk, 'index.html'), /"onclick/);
});

for (const words of ['Sing a song about bread', 'thanks!', 'hello', 'undo that', 'what can you do?', 'Make a dog', '']) {
  test(`"${words}" is answered in words and changes nothing`, () => {
    const talk = talkAbout(PLAIN);
    const said = say(talk, words || pinned('', 'p', 'x'));
    assert.deepEqual([talk.calls, commits(talk)], [[], 0]);
    assert.match(said, /demo model/);
  });
}

test('what is not there is said, and nothing is changed', () => {
  for (const words of ['replace "Nonsense" with "Sense"', 'change the headline on the shop page to X', 'remove Ciabatta from the products', 'change the "Nowhere" link to /x', 'add Tea to the list of drinks']) {
    const { said, lines } = changed(PLAIN, words);
    assert.match(said, /could not find/, words);
    assert.deepEqual(lines, []);
  }
});

const ONLY = 'You work on a website.\nOnly change files that match these patterns:\n- `css/**`\n- *.md\nExplain yourself in plain words.';

test('files outside of the allowed patterns are left alone, and it says so', () => {
  const { said, lines } = changed(PLAIN, 'Change the headline on the home page to "X" and make the buttons green', ONLY);
  assert.match(said, /only in a part of the project that I may not change/);
  assert.ok(lines.length > 0 && lines.every((line) => line.includes('.button')));
  const named = changed(PLAIN, "replace 'Nightly build' with 'x'", 'You may modify only these files: *.html, !server/**');
  assert.match(named.said, /may not change/);
});

test('a later turn knows what was said before', () => {
  const talk = talkAbout(PLAIN);
  say(talk, 'Make the buttons green');
  const second = say(talk, 'and now make them red');
  assert.match(second, /The buttons are red now/);
  assert.doesNotMatch(second, /One thing first/);
  assert.match(say(talk, 'What did you change so far?'), /buttons are green now[\s\S]*buttons are red now/);
  say(talk, 'Change the headline to "Bread, every day"');
  assert.match(say(talk, 'make it shorter'), /now says “Bread”/);
});

test('an edit that fails is tried again after another look', () => {
  const talk = talkAbout(PLAIN);
  let failures = 0;
  talk.spoil = (name) => (name === 'Edit' && failures++ === 0 ? { text: '<tool_use_error>File has been modified since read.</tool_use_error>', isError: true } : undefined);
  assert.match(say(talk, 'Change the headline to "X"'), /now says “X”/);
  const names = talk.calls.map(({ name }) => name).join(' ');
  assert.match(names, /Edit Read Edit Bash$/);
});

test('an edit that always fails is given up after three tries, in words, and nothing is committed', () => {
  const talk = talkAbout(PLAIN);
  talk.spoil = (name) => (name === 'Edit' ? { text: '<tool_use_error>No.</tool_use_error>', isError: true } : undefined);
  assert.match(say(talk, 'Make the buttons green'), /did not work/);
  assert.equal(talk.calls.filter(({ name }) => name === 'Edit').length, 3);
  assert.equal(commits(talk), 0);
});

test('a commit that fails is tried once more, then said', () => {
  const talk = talkAbout(PLAIN);
  talk.spoil = (name) => (name === 'Bash' ? { text: 'Exit code 1\nlocked', isError: true } : undefined);
  assert.match(say(talk, 'Make the buttons green'), /could not record it/);
  assert.equal(talk.calls.filter(({ name }) => name === 'Bash').length, 2);
});

test('a repository that knows nobody gets a name for the commit', () => {
  const talk = talkAbout(PLAIN);
  git(talk.folder, 'config', '--unset', 'user.name');
  git(talk.folder, 'config', '--unset', 'user.email');
  git(talk.folder, 'config', 'user.useConfigOnly', 'true');
  assert.match(say(talk, 'Make the buttons green'), /Done\./);
  assert.equal(git(talk.folder, 'log', '-1', '--format=%an').trim(), 'Demo model');
});

test('only what it changed is committed', () => {
  const talk = talkAbout(PLAIN);
  git(talk.folder, 'rm', '-q', '--cached', 'README.md');
  say(talk, 'Make the buttons green');
  assert.deepEqual(lastCommit(talk).files, ['css/style.css']);
});

test('calls that somebody else put into the conversation do not confuse it', () => {
  const talk = talkAbout(PLAIN);
  let strangers = 0;
  talk.spoil = (name) => {
    if (name === 'Read' && strangers++ === 0) {
      talk.messages.splice(-1, 0, { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_stranger', name: 'Teleport', input: {} }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_stranger', content: 'No such tool', is_error: true }] });
    }
    return undefined;
  };
  assert.match(say(talk, 'Make the buttons green'), /The buttons are green now/);
});

test('a history in front of the wish is not taken for the wish', () => {
  const talk = talkAbout(PLAIN);
  const said = say(talk, '<conversation_so_far>\nPerson: make the buttons red\nAgent: I am the demo model. Done.\n</conversation_so_far>\n\nmake the heading bigger');
  assert.match(said, /^I will look[\s\S]*The headline is bigger now/);
  assert.doesNotMatch(contentOf(talk, 'css/style.css'), /#c22826/);
});

test('white space at the ends of lines, which the agent program drops, does not make it go round in circles', () => {
  const site = { 'index.html': '<h1>  \n   A title   \n  </h1>\n<ul>\n  <li>One</li>   \n</ul>\n' };
  const { talk, said } = changed(site, 'Change the headline to "B" and add Two to the list of b. Remove One from the list');
  assert.match(said, /now says “B”[\s\S]*“Two” is now[\s\S]*“One” is gone/);
  assert.equal(talk.calls.filter(({ name }) => name === 'Edit').length, 3);
});

test('a conversation full of calls that it did not make ends in words', () => {
  const talk = talkAbout(PLAIN);
  talk.messages.push({ role: 'user', content: 'Make the buttons green' });
  for (let at = 0; at < 9; at += 1) {
    talk.messages.push({ role: 'assistant', content: [{ type: 'tool_use', id: `toolu_x${at}`, name: 'Read', input: { file_path: `/x${at}` } }] });
    talk.messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: `toolu_x${at}`, content: 'no', is_error: true }] });
  }
  const [block] = demoModel(readRequest({ model: 'claude-sonnet-5', max_tokens: 1000, messages: talk.messages, tools: ['Grep', 'Read', 'Edit'].map((name) => ({ name })) }));
  assert.ok(block?.type === 'text' && block.text.includes('so I stopped'));
});
