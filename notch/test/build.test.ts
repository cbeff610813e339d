// The build: every name the pages ask for is in the manifest, within budget, and nothing in it needs a looser policy.

import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Sizes, buildAssets } from "../build.ts";

let outDir = "";
let sizes: Sizes = {};
before(async () => {
  outDir = await mkdtemp(join(tmpdir(), "vetka-assets-"));
  ({ sizes } = await buildAssets({ outDir, minify: true }));
});
after(() => rm(outDir, { recursive: true, force: true }));

test("the manifest names what the pages load, and every file is there", async () => {
  const manifest: unknown = JSON.parse(await readFile(join(outDir, "assets/manifest.json"), "utf8"));
  assert.ok(typeof manifest === "object" && manifest !== null);
  const names = ["page.js", "hub.js", "setup.js", "connect.js", "settings.js", "inbox.js", "site.js", "sites.js", "builder.js", "unzip.js", "connect-frame.js", "playground.js", "reactions.js", "session.js", "preview.js", "teams.js", "project.js", "app.css", "builder.css", "settings.css", "inbox.css", "connect-frame.css", "session.css", "teams.css", "display.woff2", "favicon.svg", "favicon-news.svg", "openapi.json", "notch.js", "notch-overlay.js", "frame.js", "frame.css"];
  assert.deepEqual(Object.keys(manifest).sort(), names.sort());
  for (const url of Object.values(manifest)) assert.ok((await readFile(join(outDir, String(url)))).length > 0);
});

test("two builds at once leave one whole result, and old names stay for pages that are open", async () => {
  const old = join(outDir, "assets/hub-OLDNAME.js");
  await writeFile(old, "");
  await Promise.all([buildAssets({ outDir, minify: true }), buildAssets({ outDir, minify: true })]);
  const there = await readdir(join(outDir, "assets"));
  assert.ok(there.includes("hub-OLDNAME.js"));
  assert.deepEqual(there.filter((name) => /\.[0-9a-f-]{36}$/.test(name)), []);
  await utimes(old, new Date(0), new Date(0));
  await buildAssets({ outDir, minify: true });
  assert.ok(!(await readdir(join(outDir, "assets"))).includes("hub-OLDNAME.js"));
});

test("scripts stay within their budgets, compressed", () => {
  assert.ok((sizes["hub.js"] ?? Infinity) <= 15_000, `hub.js ${sizes["hub.js"]}`);
  assert.ok((sizes["notch.js"] ?? Infinity) <= 2_000, `notch.js ${sizes["notch.js"]}`);
  assert.ok((sizes["inbox.js"] ?? Infinity) <= 10_000, `inbox.js ${sizes["inbox.js"]}`);
  assert.ok((sizes["notch core"] ?? Infinity) <= 15_000, `notch core ${sizes["notch core"]}`);
  assert.ok((sizes["notch in all"] ?? Infinity) <= 30_000, `notch in all ${sizes["notch in all"]}`);
  assert.ok((sizes["session.js"] ?? Infinity) <= 40_000, `session.js ${sizes["session.js"]}`);
  assert.ok((sizes["preview.js"] ?? Infinity) <= 4_000, `preview.js ${sizes["preview.js"]}`);
  assert.ok((sizes["builder.js"] ?? Infinity) <= 60_000, `builder.js ${sizes["builder.js"]}`);
});

test("nothing is fetched from elsewhere and nothing writes markup", async () => {
  for (const file of await readdir(join(outDir, "assets"))) {
    if (!/\.(js|css)$/.test(file)) continue;
    const text = await readFile(join(outDir, "assets", file), "utf8");
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, file);
    assert.doesNotMatch(text, /url\(["']?(https?:)?\/\//, file);
  }
});
