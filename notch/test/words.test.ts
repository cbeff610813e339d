// Formatters and small rules: numbers, times, codes, names, files, waiting, failures.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { failure } from "../src/api.ts";
import { backoff } from "../src/conversation/backoff.ts";
import { blocks, inline, soFar } from "../src/conversation/rich.ts";
import { LARGEST_BYTES, objection as fileObjection } from "../src/builder/uploads.ts";
import { readVersion, sentence } from "../src/builder/version.ts";
import { digitsOf, isWhole } from "../src/code.ts";
import { bytes, count, countdown, roughly, when } from "../src/format.ts";
import { objection, tidy } from "../src/label.ts";
import { wordsFor } from "../src/sign-in-words.ts";

test("numbers read as a person would say them", () => {
  assert.equal(count(1, "file", "files"), "1 file");
  assert.equal(count(0, "file", "files"), "0 files");
  assert.deepEqual([0, 1, 999, 1000, 48_300, 999_499, 999_500, 1_250_000].map(bytes), ["0 bytes", "1 byte", "999 bytes", "1 KB", "48 KB", "999 KB", "1.0 MB", "1.3 MB"]);
  assert.deepEqual([3_000, 18_000, 49_000, 60_000, 100_000, 290_000].map(roughly), ["a few seconds", "20 seconds", "50 seconds", "a minute", "2 minutes", "5 minutes"]);
  assert.deepEqual([-1, 0.2, 59, 60, 245].map(countdown), ["0 s", "1 s", "59 s", "1:00", "4:05"]);
});

test("times read from near to far", () => {
  const now = new Date("2026-11-21T10:00:00Z");
  const say = (at: string): string => when(new Date(at), now, "UTC");
  assert.equal(say("2026-11-21T09:59:30Z"), "just now");
  assert.equal(say("2026-11-21T09:58:59Z"), "1 minute ago");
  assert.equal(say("2026-11-21T09:00:01Z"), "59 minutes ago");
  assert.equal(say("2026-11-21T08:13:00Z"), "today at 08:13");
  assert.equal(say("2026-11-20T23:59:00Z"), "yesterday at 23:59");
  assert.equal(say("2026-11-03T07:05:00Z"), "3 November at 07:05");
  assert.equal(say("2025-11-21T10:00:00Z"), "21 November 2025 at 10:00");
  assert.equal(say("2026-11-21T10:05:00Z"), "just now", "a clock that runs ahead says nothing odd");
});

test("a code is found however it was pasted", () => {
  for (const typed of ["123456", " 123 456 ", "123-456", "Your code is 123456.", "Vetka: 123\u00a0456 (5 minutes)"]) assert.equal(digitsOf(typed), "123456", typed);
  assert.equal(digitsOf("12a3"), "123");
  assert.equal(digitsOf("1234567"), "123456");
  assert.ok(isWhole("012345"));
  assert.ok(!isWhole("12345"));
});

test("a name is tidied while it is typed, and objected to only when it is time", () => {
  assert.equal(tidy("My Café_No.1"), "my-cafe-no-1");
  assert.equal(tidy("x".repeat(80)).length, 63);
  assert.equal(objection("ab"), "");
  assert.equal(objection("my-"), "", "still typing");
  assert.equal(objection("my-bakery"), null);
  assert.match(objection("my!bakery") ?? "", /“!”/);
  assert.match(objection("-my") ?? "", /begin/);
  assert.match(objection("my--bakery") ?? "", /row/);
});

test("files are refused before they are sent, in words", () => {
  const file = (name: string, type: string, size = 10) => fileObjection({ name, type, size });
  assert.equal(file("a.png", "image/png"), null);
  assert.equal(file("a.md", ""), null);
  assert.equal(file("a.pdf", "application/pdf", LARGEST_BYTES), null);
  assert.match(file("a.pdf", "application/pdf", LARGEST_BYTES + 1) ?? "", /20 MB/);
  assert.match(file("a.svg", "image/svg+xml") ?? "", /Only pictures/);
  assert.match(file("a.html", "text/html") ?? "", /Only pictures/);
  assert.match(file("a.png", "image/png", 0) ?? "", /empty/);
});

test("tries come soon at first, then every ten seconds, never all at once", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map((attempt) => backoff(attempt, 0)), [500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  assert.equal(backoff(0, 1), 400);
});

describe("the markup of the agent's words", () => {
  test("knows paragraphs, lists, headings and their inside", () => {
    assert.deepEqual(blocks("Hello\nthere\n\n- one\n- **two**\n\n1. first\n# Title\nend").map(({ kind, lines }) => `${kind} ${lines.length}`),
      ["paragraph 2", "bullets 2", "numbers 1", "heading 1", "paragraph 1"]);
    assert.deepEqual(inline("a **b** *c* `d`"), [{ kind: "text", text: "a " }, { kind: "strong", text: "b" }, { kind: "text", text: " " }, { kind: "em", text: "c" }, { kind: "text", text: " " }, { kind: "text", text: "d" }]);
    assert.deepEqual(inline("2 * 3 * 4"), [{ kind: "text", text: "2 * 3 * 4" }]);
  });

  test("links go to the web and nowhere else", () => {
    assert.deepEqual(inline("[x](javascript:alert(1))").filter(({ kind }) => kind === "link"), []);
    assert.deepEqual(inline("see http://a.test/b."), [{ kind: "text", text: "see " }, { kind: "link", text: "http://a.test/b", href: "http://a.test/b" }, { kind: "text", text: "." }]);
  });

  test("half-written stars are not shown", () => {
    assert.equal(soFar("warm **col"), "warm col");
    assert.equal(soFar("warm **colours** an"), "warm **colours** an");
    assert.equal(soFar("warm *"), "warm ");
  });
});

test("a failure is a sentence, whatever it was", () => {
  assert.match(failure(0, null, null).message, /online/);
  assert.match(failure(500, "<html>", null).message, /not your fault/);
  assert.equal(failure(409, { code: "taken", message: "Somebody has it." }, null).message, "Somebody has it.");
  assert.equal(failure(429, null, "17").retryAfter, 17);
  assert.equal(failure(429, null, "soon").retryAfter, null);
});

test("signing in fails in our words, not in the wire's", () => {
  const words = (status: number, code: string, retry: string | null = null): string => wordsFor(failure(status, { code, message: "Invalid OTP" }, retry));
  assert.match(words(400, "INVALID_OTP"), /not right/);
  assert.match(words(400, "OTP_EXPIRED"), /too old/);
  assert.match(words(403, "TOO_MANY_ATTEMPTS"), /stopped working/);
  assert.match(words(429, "", "42"), /Wait 42 seconds and/);
  assert.match(words(429, "", "150"), /Wait 3 minutes and/);
  assert.match(words(500, "WHATEVER"), /just now/);
  for (const code of ["INVALID_EMAIL", "INVALID_OTP", "OTP_EXPIRED", "TOO_MANY_ATTEMPTS"]) assert.doesNotMatch(words(400, code), /OTP|!/, code);
});

test("a code of another browser is told kindly, as the server says it", () => {
  const message = "A code works only in the browser that asked for it. Use it there, or ask for a new one here.";
  assert.equal(wordsFor(failure(400, { code: "INVALID_OTP", message }, null)), message);
});

test("a version always has a sentence", () => {
  const version = (more: object) => readVersion({ id: "s", createdAt: "2026-11-21T10:00:00Z", status: "success", ...more });
  const read = (more: object): string => {
    const one = version(more);
    assert.ok(one);
    return sentence(one);
  };
  assert.equal(read({ message: " Made it green " }), "Made it green");
  assert.equal(read({}), "A new version");
  assert.equal(read({ restoredFrom: "a" }), "An earlier version, brought back");
  assert.equal(version({ previewUrl: "javascript:1" })?.previewUrl, null);
  assert.equal(readVersion({}), null);
});
