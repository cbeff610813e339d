// Publishing files of one's own: what is read, what is left out, what is refused, and a sending that survives whatever
// happens to it on the way.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type Answer, failure } from "../src/api.ts";
import { type Entry, Unreadable, fromEntries, fromFiles, isSite } from "../src/builder/publish/pick.ts";
import { type Chosen, MAX_FILES, MAX_FILE_BYTES, accept, arrange, check, isSource, offers, withoutTop } from "../src/builder/publish/rules.ts";
import { type Door, Sending, type State } from "../src/builder/publish/send.ts";

const chosen = (...paths: string[]): Chosen[] => paths.map((path) => ({ path, blob: new Blob([path]) }));
const paths = (files: readonly Chosen[]): string[] => files.map(({ path }) => path);
const code = (names: readonly string[]): string | null => check(names.map((path) => ({ path, size: 1 })))?.code ?? null;

/** A dropped file or folder; a folder gives two of its entries at a time, as browsers give a hundred. */
function entry(name: string, inside?: Record<string, unknown>): Entry {
  if (inside === undefined) return { name, isFile: true, isDirectory: false, file: (done) => done(new File([name], name)) };
  const children = Object.entries(inside).map(([name, more]) => entry(name, more === null ? undefined : (more as Record<string, unknown>)));
  return { name, isFile: false, isDirectory: true, createReader: () => ({ readEntries: (done) => done(children.splice(0, 2)) }) };
}

describe("what is read", () => {
  test("a folder with all that is in it, without what is no part of a site", async () => {
    const dropped = entry("my site", {
      "index.html": null, ".DS_Store": null, "._index.html": null, ".env": null, ".env.local": null,
      img: { "a.png": null, "b.png": null, "c.png": null, "Thumbs.db": null }, node_modules: { left: { "index.js": null } }, ".git": { HEAD: null },
      ".well-known": { "security.txt": null },
    });
    const { files, leftOut } = await fromEntries([dropped]);
    assert.deepEqual(paths(arrange(files)), [".well-known/security.txt", "img/a.png", "img/b.png", "img/c.png", "index.html"]);
    assert.deepEqual(leftOut.map(({ name }) => name).sort(), [
      "._…", "my site/.DS_Store", "my site/.env", "my site/.env.local", "my site/.git/", "my site/img/Thumbs.db", "my site/node_modules/",
    ]);
    assert.ok(withoutTop(leftOut, files).some(({ name }) => name === "node_modules/"), "named as they stand in the folder");
    assert.match(leftOut.find(({ name }) => name.endsWith(".env"))?.why ?? "", /passwords/);
  });

  test("packages are not walked through", async () => {
    let walked = false;
    const packages: Entry = { name: "node_modules", isFile: false, isDirectory: true, createReader: () => ({ readEntries: () => { walked = true; } }) };
    const site: Entry = { name: "site", isFile: false, isDirectory: true, createReader: () => {
      const children = [packages];
      return { readEntries: (done) => done(children.splice(0)) };
    } };
    await fromEntries([site]);
    assert.ok(!walked);
  });

  test("a folder that was itself called node_modules is looked at all the same, and one that cannot be read says so", async () => {
    assert.equal((await fromEntries([entry("node_modules", { "index.html": null })])).files.length, 1);
    const shut: Entry = { name: "shut", isFile: true, isDirectory: false, file: (_done, failed) => failed(new Error("no")) };
    await assert.rejects(fromEntries([shut]), (error: unknown) => error instanceof Unreadable && /“shut” could not be read/.test(error.message));
  });

  test("a walk ends when it is given up", async () => {
    await assert.rejects(fromEntries([entry("a", { b: null })], AbortSignal.abort()));
  });

  test("a field for folders says the same", () => {
    const file = (path: string): File => Object.defineProperty(new File(["x"], path.split("/").at(-1) ?? ""), "webkitRelativePath", { value: path });
    const { files, leftOut } = fromFiles([file("site/index.html"), file("site/node_modules/a/b.js"), file("site/node_modules/c.js"), file("site/.DS_Store")]);
    assert.deepEqual(paths(arrange(files)), ["index.html"]);
    assert.deepEqual(leftOut.map(({ name }) => name), ["site/.DS_Store", "site/node_modules/"]);
  });

  test("what is meant for the web is told from what is meant for a message", () => {
    assert.ok(isSite([entry("site", {})]) && isSite([entry("a.zip")]) && isSite([entry("index.html")]));
    assert.ok(!isSite([entry("photo.jpg"), entry("notes.txt")]) && !isSite([]));
  });
});

describe("what it would be on the site", () => {
  test("folders around everything fall away, however many", () => {
    assert.deepEqual(paths(arrange(chosen("a/b/index.html", "a/b/c/d.css"))), ["c/d.css", "index.html"]);
    assert.deepEqual(paths(arrange(chosen("site/index.html", "site2/index.html"))), ["site/index.html", "site2/index.html"]);
    assert.deepEqual(paths(arrange(chosen("index.html", "a/b.css"))), ["a/b.css", "index.html"]);
    assert.deepEqual(arrange([]), []);
  });

  test("names are written as links are typed", () => {
    assert.deepEqual(paths(arrange(chosen("index.html", "cafe\u0301.html"))), ["caf\u00e9.html", "index.html"]);
  });

  test("the rules are those of the server", () => {
    const table = JSON.parse(readFileSync(new URL("../../tests/conformance/names.json", import.meta.url), "utf8")) as { names: string[]; code: string | null }[];
    assert.ok(table.length > 30);
    for (const { names, code: expected } of table) assert.equal(code(names), expected, JSON.stringify(names).slice(0, 120));
  });

  test("limits hold at their edge, in words", () => {
    const many = ["index.html", ...Array.from({ length: MAX_FILES }, (_, at) => `f${at}`)];
    assert.equal(code(many.slice(0, MAX_FILES)), null);
    assert.equal(code(many), "too_many_files");
    const sized = (size: number) => check([{ path: "index.html", size: 1 }, { path: "film.mp4", size }]);
    assert.equal(sized(MAX_FILE_BYTES), null);
    assert.equal(sized(MAX_FILE_BYTES + 1)?.sentence, "The file “film.mp4” is too large. A file can have 25 MB.");
    const heavy = Array.from({ length: 21 }, (_, at) => ({ path: at === 0 ? "index.html" : `f${at}`, size: MAX_FILE_BYTES }));
    assert.equal(check(heavy.slice(0, 20)), null);
    assert.equal(check(heavy)?.code, "too_large");
    assert.equal(check([{ path: "index.html", size: 1 }, { path: "a\u202eb", size: 1 }])?.sentence, "The file “a\\u{202e}b” has an invisible control character in its name.");
  });

  test("a home page that is missing is looked for", () => {
    assert.deepEqual(offers(["package.json", "dist/index.html", "dist/docs/index.html", "src/a.ts"]), [{ kind: "folder", folder: "dist/" }]);
    assert.deepEqual(offers(["home.html", "style.css"]), [{ kind: "home", path: "home.html" }]);
    assert.deepEqual(offers(["a.html", "b.html"]), []);
    assert.ok(isSource(["package.json"]) && !isSource(["index.html"]));
    assert.deepEqual(paths(accept(chosen("package.json", "dist/index.html", "dist/a.css"), { kind: "folder", folder: "dist/" })), ["index.html", "a.css"]);
    assert.deepEqual(paths(accept(chosen("home.html", "a.css"), { kind: "home", path: "home.html" })), ["home.html", "a.css", "index.html"]);
  });
});

const sha = (content: string): string => createHash("sha256").update(content).digest("hex");
const ok = (body: unknown, status = 200): Answer => ({ ok: true, status, body });
const lost = (): Answer => failure(0, null, null);
const refusal = (status: number, code: string, more: object = {}): Answer => failure(status, { code, message: `no: ${code}`, ...more }, null);

/** A server of the second protocol, and a network that can fail. */
class Server implements Door {
  stored = new Set<string>();
  begun: { files: { path: string; sha256: string; size: number }[]; live: boolean; message?: string }[] = [];
  puts: string[] = [];
  waits: number[] = [];
  permits = 0;
  dropped = 0;
  commits = 0;
  atOnce = 0;
  mostAtOnce = 0;
  /** What goes wrong: asked before each step, an answer stands in for the real one. */
  trouble: (step: string) => Answer | null | Promise<Answer | null> = () => null;

  permit = async (): Promise<Answer> => {
    const wrong = await this.trouble("permit");
    if (wrong !== null) return wrong;
    this.permits += 1;
    return ok({ token: `t${this.permits}`, uploadUrl: "https://app.test/uploads", expiresAt: "" }, 201);
  };

  ask: Door["ask"] = async (method, url, token, body, signal) => {
    signal?.throwIfAborted();
    assert.equal(token, `t${this.permits}`);
    if (method === "DELETE") {
      this.dropped += 1;
      return ok(null, 204);
    }
    const step = url.endsWith("/commit") ? "commit" : "begin";
    const wrong = await this.trouble(step);
    if (wrong !== null) return wrong;
    if (step === "begin") {
      const asked = body as (typeof this.begun)[number];
      this.begun.push(asked);
      return ok({ uploadId: "u1", missing: this.missing(), expiresAt: "" }, this.begun.length === 1 ? 201 : 200);
    }
    this.commits += 1;
    const missing = this.missing();
    if (missing.length > 0) return refusal(409, "blobs_missing", { missing });
    const live = this.begun.at(-1)?.live ?? false;
    return ok({ snapshotId: "u1", url: "https://site.test/", previewUrl: "https://v--u1.site.test/", live, warnings: [{ file: "_redirects", line: 3, message: "Odd." }] }, 201);
  };

  put: Door["put"] = async (url, token, blob, sent, signal) => {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    try {
      const hash = url.split("/").at(-1) ?? "";
      await Promise.resolve();
      signal.throwIfAborted();
      if (token !== `t${this.permits}`) return refusal(401, "token_invalid");
      sent(Math.floor(blob.size / 2));
      const wrong = await this.trouble(`put ${hash}`);
      if (wrong !== null) return wrong;
      this.puts.push(hash);
      this.stored.add(hash);
      sent(blob.size);
      return ok(null, 204);
    } finally {
      this.atOnce -= 1;
    }
  };

  hash = async (blob: Blob): Promise<string> => sha(await blob.text());
  wait = async (ms: number, signal: AbortSignal): Promise<void> => {
    this.waits.push(ms);
    await Promise.resolve();
    signal.throwIfAborted();
  };

  missing(): string[] {
    const wanted = new Set(this.begun.at(-1)?.files.map(({ sha256 }) => sha256));
    return [...wanted].filter((hash) => !this.stored.has(hash));
  }
}

function sending(server: Server, files: readonly Chosen[], wish = { message: "", live: true }): { sending: Sending; states: State[]; last: () => State | undefined } {
  const states: State[] = [];
  return { sending: new Sending(server, files, wish, (state) => states.push(state)), states, last: () => states.at(-1) };
}

const site = chosen("index.html", "a.css", "b.css", "c.css", "d.css", "e.css");

describe("sending", () => {
  test("hashes, begins, sends each blob once and a few at a time, commits", async () => {
    const server = new Server();
    const twice = [...site, { path: "copy.css", blob: site[1]?.blob ?? new Blob() }];
    const run = sending(server, twice, { message: "A new menu", live: true });
    await run.sending.start();
    assert.deepEqual(server.puts.sort(), site.map(({ path }) => sha(path)).sort());
    assert.deepEqual(server.begun[0]?.files.map(({ path, sha256, size }) => [path, sha256, size])[6], ["copy.css", sha("a.css"), 5]);
    assert.equal(server.begun[0]?.message, "A new menu");
    assert.ok(server.mostAtOnce > 1 && server.mostAtOnce <= 4, `${server.mostAtOnce} at once`);
    const done = run.last();
    assert.ok(done?.at === "done" && done.published.live && done.published.warnings.length === 1);
    // Progress never goes back while nothing is lost, and ends at the whole.
    const bytes = run.states.flatMap((state) => (state.at === "sending" ? [state.bytes] : []));
    assert.deepEqual(bytes, [...bytes].sort((a, b) => a - b));
    const end = run.states.findLast((state) => state.at === "sending");
    assert.ok(end?.at === "sending" && end.bytes === end.ofBytes && end.files === end.ofFiles);
    assert.deepEqual([...new Set(run.states.map(({ at }) => at))], ["hashing", "sending", "finishing", "done"]);
  });

  test("what the site has is not sent again, and a draft says that it is one", async () => {
    const server = new Server();
    for (const { path } of site.slice(0, 5)) server.stored.add(sha(path));
    const run = sending(server, site, { message: "", live: false });
    await run.sending.start();
    assert.deepEqual(server.puts, [sha("e.css")]);
    assert.deepEqual([server.begun[0]?.live, server.begun[0]?.message], [false, undefined]);
    const first = run.states.find((state) => state.at === "sending");
    assert.ok(first?.at === "sending" && first.there === 5 && first.ofFiles === 1);
    assert.ok(run.last()?.at === "done");
  });

  test("losses are waited out, longer each time, at every step", async () => {
    const server = new Server();
    const left: Record<string, number> = { permit: 1, begin: 2, [`put ${sha("b.css")}`]: 2, commit: 1 };
    server.trouble = (step) => ((left[step] ?? 0) > 0 && left[step]!-- > 0 ? lost() : null);
    const run = sending(server, site);
    await run.sending.start();
    assert.ok(run.last()?.at === "done");
    assert.equal(server.waits.length, 6);
    assert.equal(server.puts.length, site.length);
    assert.ok(run.states.some((state) => state.at === "sending" && state.lost) && run.states.some((state) => state.at === "finishing" && state.lost));
  });

  test("a server that asks to wait is waited for as long as it says", async () => {
    const server = new Server();
    let busy = true;
    server.trouble = (step) => {
      const wrong = step === "begin" && busy ? failure(503, { code: "try_again", message: "Later." }, "60") : null;
      busy = busy && step !== "begin";
      return wrong;
    };
    const run = sending(server, site);
    await run.sending.start();
    assert.deepEqual(server.waits, [60_000]);
    assert.ok(run.last()?.at === "done");
  });

  test("after many losses a person is asked, and going on sends only the rest", async () => {
    const server = new Server();
    let down = false;
    server.trouble = (step) => {
      if (step.startsWith("put") && server.puts.length >= 3) down = true;
      return down ? lost() : null;
    };
    const run = sending(server, site);
    await run.sending.start();
    const failed = run.last();
    assert.ok(failed?.at === "failed" && failed.again && /connection was lost/.test(failed.message));
    const sent = server.puts.length;
    server.trouble = () => null;
    await run.sending.start();
    assert.ok(run.last()?.at === "done");
    assert.equal(server.puts.length, site.length);
    assert.ok(sent >= 3 && server.begun.length === 2);
    assert.equal(run.states.filter((state) => state.at === "hashing").length, site.length, "hashed once");
  });

  test("a token that ran out is renewed, by whichever file meets it", async () => {
    const server = new Server();
    let over = false;
    server.trouble = (step) => {
      if (step.startsWith("put") && !over) {
        over = true;
        return refusal(401, "token_expired");
      }
      return null;
    };
    const run = sending(server, site);
    await run.sending.start();
    assert.ok(run.last()?.at === "done");
    assert.ok(server.permits >= 2);
  });

  test("what turns out to be missing at the end is sent then", async () => {
    const server = new Server();
    let once = true;
    server.trouble = (step) => {
      if (step === "commit" && once) {
        once = false;
        server.stored.delete(sha("c.css"));
      }
      return null;
    };
    const run = sending(server, site);
    await run.sending.start();
    assert.ok(run.last()?.at === "done");
    assert.equal(server.puts.filter((hash) => hash === sha("c.css")).length, 2);
  });

  test("an upload that was given up meanwhile is begun anew", async () => {
    const server = new Server();
    let once = true;
    server.trouble = (step) => {
      const wrong = step === "commit" && once ? refusal(409, "upload_over") : null;
      once = once && step !== "commit";
      return wrong;
    };
    const run = sending(server, site);
    await run.sending.start();
    assert.ok(run.last()?.at === "done");
    assert.equal(server.begun.length, 2);
  });

  test("a file that changed under way ends all, with its name; one that is gone as well", async () => {
    const server = new Server();
    server.trouble = (step) => (step === `put ${sha("d.css")}` ? refusal(422, "hash_mismatch") : null);
    const run = sending(server, site);
    await run.sending.start();
    const failed = run.last();
    assert.ok(failed?.at === "failed" && !failed.again && /“d.css” changed/.test(failed.message));

    const gone = new Server();
    gone.hash = async (blob) => (blob === site[2]?.blob ? await Promise.reject(new Error("NotReadableError")) : sha(await blob.text()));
    const other = sending(gone, site);
    await other.sending.start();
    const state = other.last();
    assert.ok(state?.at === "failed" && !state.again && /“b.css” cannot be read/.test(state.message));
    assert.equal(gone.begun.length, 0);
  });

  test("a refusal is said in the server's words, and nothing is sent", async () => {
    const server = new Server();
    server.trouble = (step) => (step === "begin" ? refusal(422, "index_missing") : null);
    const run = sending(server, site);
    await run.sending.start();
    assert.deepEqual(run.last(), { at: "failed", message: "no: index_missing", again: false });
    assert.deepEqual([server.puts, server.commits], [[], 0]);
  });

  test("cancelling ends it at once and lets go of what was sent", async () => {
    const server = new Server();
    const run = sending(server, site);
    server.trouble = (step) => {
      if (step.startsWith("put")) run.sending.cancel();
      return null;
    };
    await run.sending.start();
    assert.deepEqual(run.last(), { at: "cancelled" });
    assert.deepEqual([server.commits, server.dropped], [0, 1]);
    assert.ok(server.puts.length <= 4);
    // And it stays cancelled.
    await run.sending.start();
    run.sending.cancel();
    assert.equal(run.states.filter(({ at }) => at === "cancelled").length, 1);
  });

  test("losing one file does not send the others twice", async () => {
    const server = new Server();
    const left = new Map(site.map(({ path }) => [`put ${sha(path)}`, 1]));
    server.trouble = (step) => {
      const times = left.get(step) ?? 0;
      left.set(step, times - 1);
      return times > 0 ? lost() : null;
    };
    const run = sending(server, site.slice(0, 4));
    await run.sending.start();
    assert.ok(run.last()?.at === "done");
    assert.deepEqual(server.puts.length, 4);
  });
});
