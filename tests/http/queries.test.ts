/**
 * Every query that the workers put to the database finds its rows by an index. Reads the SQL out of the Rust sources and
 * asks SQLite how it would go about it, on the real migrations. What a conversation keeps in its own object is not here.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { root } from '../../scripts/stack/root.ts';

/** A Rust text that begins as SQL does. The second group is the name of its constant, when it has one. */
const STATEMENT = /(?:const (\w+): &str\s*=\s*)?"((?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH)\s(?:[^"\\]|\\.)*)"/gs;

interface Query {
  file: string;
  name: string | undefined;
  sql: string;
}

function queries(): Query[] {
  // The rules put no queries: what looks like one there is something that somebody says.
  return globSync('workers/*/src/**/*.rs', { cwd: root }).filter((file) => !file.startsWith('workers/domain/')).sort().flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    // A file that makes tables speaks to a Durable Object's own storage.
    if (source.includes('"CREATE TABLE')) return [];
    return [...source.matchAll(STATEMENT)].map(([, name, sql = '']) => ({ file, name, sql: sql.replace(/\\\n\s*/g, '') }));
  });
}

function database(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  const folder = join(root, 'd1-migrations');
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.sql')).sort()) {
    db.exec(readFileSync(join(folder, name), 'utf8'));
  }
  return db;
}

const all = queries();
const db = database();

function plan(sql: string): string[] {
  const parameters = new Set(sql.match(/\?\d+/g)).size;
  const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from({ length: parameters }, () => null));
  return rows.map((row) => String(row['detail']));
}

/** Indexes of a few rows only, such as sites that are being deleted: reading one whole is what it is for. */
const partial = new Set(
  db.prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%) WHERE %'").all().map((row) => String(row['name'])),
);

/** What a query makes for itself on the way is no table: it is as large as what was searched for. */
function made(steps: string[]): Set<string> {
  return new Set(steps.flatMap((step) => /^(?:CO-ROUTINE|MATERIALIZE) (.+)$/.exec(step)?.slice(1) ?? []));
}

function isTableScan(step: string, _at: number, steps: string[]): boolean {
  if (!step.startsWith('SCAN ') || step === 'SCAN CONSTANT ROW') return false;
  if (made(steps).has(step.slice('SCAN '.length))) return false;
  // A list that came as a parameter is no table.
  if (/^SCAN json_each VIRTUAL TABLE /.test(step)) return false;
  return !partial.has(/ USING (?:COVERING )?INDEX (\w+)/.exec(step)?.[1] ?? '');
}

describe('queries', () => {
  it('are found in the sources', () => {
    assert.ok(all.length >= 40, `only ${all.length}`);
    for (const worker of ['api', 'agent', 'deploy', 'hosting', 'openweb', 'teams', 'app', 'edge']) {
      assert.ok(all.some(({ file }) => file.startsWith(`workers/${worker}/`)), worker);
    }
  });

  it('have names', () => {
    assert.deepEqual(all.filter(({ name }) => name === undefined), []);
  });

  it('that would read a whole table are recognised', () => {
    assert.ok(plan("SELECT id FROM site WHERE build_log = ?1").some(isTableScan));
    assert.ok(plan('SELECT id FROM site ORDER BY domain').some(isTableScan), 'all of an index is all of a table');
    assert.ok(!plan('SELECT id FROM site WHERE domain = ?1').some(isTableScan));
    const within = (of: string): string => `WITH some AS (SELECT id FROM site WHERE ${of} LIMIT 5) SELECT count(*) FROM some`;
    assert.ok(!plan(within('domain = ?1')).some(isTableScan), 'a query reads what it has found itself');
    assert.ok(plan(within('build_log = ?1')).some(isTableScan), 'and is looked into');
  });

  it('read no whole table', () => {
    const scans = all.flatMap(({ file, name, sql }) => plan(sql).filter(isTableScan).map((step) => `${name} in ${file}: ${step}`));
    assert.deepEqual(scans, []);
  });
});
