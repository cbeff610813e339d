// Finding words again after the page around them has changed.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Quote, fold, locate, squeeze } from "../src/overlay/quote.ts";

const VOCABULARY = "the a small branch whose twigs end in buds stands by water and nobody knows how long it has been there before rain came again".split(" ");

/** Numbers that are the same on every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const take = <T>(from: readonly T[], next: () => number): T => from[Math.floor(next() * from.length)] as T;
const sentence = (next: () => number, words: number): string => Array.from({ length: words }, () => take(VOCABULARY, next)).join(" ");

/** The quote of `words[from..to]`, as the overlay describes it. */
function quoteOf(words: readonly string[], from: number, to: number): Quote {
  const before = words.slice(0, from).join(" ");
  return { exact: words.slice(from, to).join(" "), prefix: before.slice(-40), suffix: words.slice(to).join(" ").slice(0, 40), start: before.length + (from > 0 ? 1 : 0) };
}

/** Where the n-th word begins in the text without white space. */
const at = (words: readonly string[], n: number): number => squeeze(words.slice(0, n).join("")).length;

/** Finds a quote in words, telling positions as the overlay does. */
function found(words: readonly string[], quote: Quote): string | null {
  const text = squeeze(words.join(" "));
  const starts: number[] = [];
  for (const [n, word] of words.entries()) for (let i = 0; i < word.length; i++) starts.push(at(words, n) + n + i);
  const span = locate(text, quote, (place) => starts[place] ?? 0);
  return span === null ? null : `${span.from}-${span.to}`;
}

const span = (words: readonly string[], from: number, to: number): string => `${at(words, from)}-${at(words, to)}`;

describe("a quote", () => {
  it("is found wherever it was taken from, also among its own likes", () => {
    const next = chance(1);
    for (let run = 0; run < 300; run++) {
      const words = sentence(next, 120).split(" ");
      const from = Math.floor(next() * 110);
      const to = from + 1 + Math.floor(next() * 8);
      assert.equal(found(words, quoteOf(words, from, to)), span(words, from, Math.min(to, words.length)), words.slice(from, to).join(" "));
    }
  });

  it("is found after text was put in, taken out or moved elsewhere", () => {
    const next = chance(2);
    for (let run = 0; run < 300; run++) {
      const words = sentence(next, 150).split(" ");
      const from = 40 + Math.floor(next() * 60);
      const to = from + 4 + Math.floor(next() * 8);
      const quote = quoteOf(words, from, to);
      const put = sentence(next, 1 + Math.floor(next() * 30)).split(" ");
      const cut = Math.floor(next() * 10);
      // Not next to the quote: what stands around it tells it from its likes.
      const changed = [...put, ...words.slice(cut, from), ...words.slice(from, to), ...words.slice(to, 140), ...put];
      const moved = put.length + from - cut;
      assert.equal(found(changed, quote), span(changed, moved, moved + to - from));
    }
  });

  it("is found when its own middle was edited, by what stands around it", () => {
    const next = chance(3);
    for (let run = 0; run < 200; run++) {
      const words = [...sentence(next, 60).split(" "), ...Array.from({ length: 14 }, (_, n) => `word${run}n${n}`), ...sentence(next, 60).split(" ")];
      const quote = quoteOf(words, 62, 72);
      const changed = [...words];
      changed.splice(66, 1 + Math.floor(next() * 3), "something", "else");
      const to = 72 + changed.length - words.length;
      assert.equal(found(changed, quote), span(changed, 62, to));
    }
  });

  it("is found in whatever lines and elements its words are broken", () => {
    const quote: Quote = { exact: "Bread is baked\n  at five", prefix: "Opening hours", suffix: "Come in", start: 14 };
    const text = "OpeninghoursBreadisbakedatfiveComein";
    assert.deepEqual(locate(text, quote, (place) => place), { from: 12, to: 30 });
  });

  it("that is gone is nowhere", () => {
    const next = chance(4);
    for (let run = 0; run < 200; run++) {
      const words = sentence(next, 100).split(" ");
      const quote: Quote = { exact: `gone${run} entirely and for good`, prefix: "nothing of this", suffix: "is left there", start: 20 };
      assert.equal(found(words, quote), null);
    }
    assert.equal(locate("abc", { exact: "", prefix: "a", suffix: "c", start: 0 }, () => 0), null);
  });

  it("of one short word is not taken for the same word elsewhere", () => {
    assert.equal(locate("somethingelseentirelywithawordinit", { exact: "word", prefix: "never here", suffix: "not that", start: 3 }, () => 0), null);
  });

  it("of several that are alike is the one nearest to where it was", () => {
    const text = "xrowy".repeat(50);
    for (const n of [0, 7, 49]) {
      const got = locate(text, { exact: "row", prefix: "x", suffix: "y", start: n * 5 + 1 }, (place) => place);
      assert.equal(got?.from, n * 5 + 1);
    }
  });

  it("whose middle was edited is found by its surroundings among many that are alike", () => {
    const texts = Array.from({ length: 300 }, (_, n) => squeeze(`In house ${n} somebody bakes ${n === 217 ? "cakes and breads" : `bread of the kind number ${n}`}, and nobody hurries. `));
    const text = texts.join("");
    const quote: Quote = { exact: "bread of the kind number 217", prefix: "In house 217 somebody bakes ", suffix: ", and nobody hurries.", start: null };
    const got = locate(text, quote, (place) => place);
    assert.equal(got === null ? null : text.slice(got.from, got.to), "cakesandbreads");
  });

  it("never takes long, whatever the page says", () => {
    const text = "ab".repeat(200_000);
    const begun = performance.now();
    locate(text, { exact: "ab", prefix: "ab".repeat(20), suffix: "ab".repeat(20), start: 5 }, () => 0);
    locate(text, { exact: "ab".repeat(40), prefix: "c".repeat(30), suffix: "ab".repeat(20), start: 5 }, () => 0);
    locate(text, { exact: `${"ab".repeat(20)}x${"ab".repeat(20)}`, prefix: "ab".repeat(16), suffix: "ab".repeat(16), start: 5 }, () => 0);
    assert.ok(performance.now() - begun < 200, `${performance.now() - begun} ms`);
  });

  it("is told with its white space folded", () => assert.equal(fold("  a\n\t b  "), "a b"));
});
