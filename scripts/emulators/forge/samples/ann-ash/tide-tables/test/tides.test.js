import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, tidesOf } from '../lib/tides.js';

const harbour = { offsetMinutes: 0, rangeMetres: 3 };

test('high and low water take turns, about six hours apart', () => {
  const tides = tidesOf(harbour, '2026-05-01');
  assert.ok(tides.length === 3 || tides.length === 4);
  for (const [index, { kind }] of tides.slice(1).entries()) assert.notEqual(kind, tides[index].kind);
});

test('high water is higher by the range', () => {
  const tides = tidesOf(harbour, '2026-05-01');
  const [high, low] = ['high', 'low'].map((kind) => tides.find((tide) => tide.kind === kind).metres);
  assert.equal(Number((high - low).toFixed(1)), 3);
});

test('a time of day has two digits on both sides', () => {
  assert.equal(clock(65.9), '01:05');
});

test('what is no date is refused', () => {
  assert.throws(() => tidesOf(harbour, 'yesterday'), /not a date/);
});
