// Builds what the pages load: scripts, styles, fonts and drawings, named by their content; and the API's document. Owns build/public and
// nothing else; the worker reads manifest.json to know the names.
//
// Run by hand: node notch/build.ts [outDir]

import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, type Metafile, build } from "esbuild";
import { document, makeTypes } from "../scripts/types.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const packages = join(here, "../node_modules/@fontsource-variable");

/** `unzip` is loaded by the builder when somebody brings an archive, and by nobody else. */
const scripts = ["page", "hub", "setup", "connect", "sites", "site", "builder", "settings", "inbox", "unzip", "connect-frame", "playground", "reactions", "teams/teams", "teams/project", "session"];
const styles = ["app", "builder", "settings", "inbox", "connect-frame", "teams", "session"];
const drawings = ["favicon.svg", "favicon-news.svg"];

/** The latin file of the headings, which pages preload: text in the wrong face there moves the page most. */
const displayFace = "bricolage-grotesque-latin-wght-normal";

/** Files of earlier builds stay this long: a page that is open still asks for the names it came with. */
const KEEP_MS = 60 * 60_000;

/** Gzipped bytes of each built file, by its name in the manifest; and of what belongs together in Notch. */
export type Sizes = Record<string, number>;

export interface AssetOptions {
  /** `build/public`: what the ASSETS binding serves. */
  outDir: string;
  minify: boolean;
}

const shared = {
  absWorkingDir: here,
  bundle: true,
  // Modules are read as UTF-8, whatever else is said of them.
  charset: "utf8",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  logLevel: "warning",
} satisfies BuildOptions;

/** Builds everything; `sizes` are what the budgets are held against. */
export async function buildAssets({ outDir, minify }: AssetOptions): Promise<{ sizes: Sizes }> {
  const assets = join(outDir, "assets");
  await mkdir(assets, { recursive: true });

  await makeTypes();
  const { metafile, outputFiles } = await build({
    write: false,
    absWorkingDir: here,
    entryPoints: [...scripts.map((name) => `src/${name}.ts`), ...styles.map((name) => `css/${name}.css`)],
    outdir: assets,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    publicPath: "/assets/",
    loader: { ".woff2": "file" },
    bundle: true,
    format: "esm",
    target: ["es2022", "chrome111", "firefox113", "safari16.4"],
    minify,
    sourcemap: false,
    metafile: true,
    logLevel: "warning",
  });

  const frame = await buildFrame(assets, minify);

  const files = new Map<string, Uint8Array | string>([...outputFiles.map(({ path, contents }) => [basename(path), contents] as const), ...frame.files]);
  const manifest: Record<string, string> = {};
  for (const [output, { entryPoint }] of Object.entries({ ...metafile.outputs, ...frame.named })) {
    const file = basename(output);
    if (entryPoint !== undefined) {
      manifest[`${basename(entryPoint, extname(entryPoint))}${extname(file)}`] = `/assets/${file}`;
    } else if (file.startsWith(displayFace)) {
      manifest["display.woff2"] = `/assets/${file}`;
    }
  }
  const add = (name: string, bytes: Uint8Array | string): string => {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase();
    const file = `${basename(name, extname(name))}-${hash}${extname(name)}`;
    files.set(file, bytes);
    return (manifest[name] = `/assets/${file}`);
  };
  for (const name of drawings) add(name, await readFile(join(here, "art", name)));
  const overlay = add("notch-overlay.js", await buildAlone("src/overlay/overlay.ts", "esm", {}, minify));
  add("notch.js", await buildAlone("src/loader/loader.ts", "iife", { OVERLAY: JSON.stringify(overlay) }, minify));
  // Previews of sessions load it beside whatever is theirs, from their own host, and in whatever encoding their pages have.
  add("preview.js", await buildAlone("src/session/inside.ts", "iife", {}, minify, "ascii"));
  // Kept indented for reviews, served without.
  add("openapi.json", JSON.stringify(JSON.parse(await readFile(document, "utf8"))));

  // The faces are under the Open Font License, which asks to travel with them.
  const licences = await Promise.all((await readdir(packages)).sort().map((name) => readFile(join(packages, name, "LICENSE"), "utf8")));
  files.set("fonts-license.txt", licences.join("\n\n"));
  files.set("code-license.txt", await readFile(join(here, "../node_modules/@zip.js/zip.js/LICENSE"), "utf8"));
  for (const [name, bytes] of files) await put(join(assets, name), bytes);
  await put(join(outDir, "_headers"), headers());
  // Last, so that whoever reads it finds everything it names.
  await put(join(assets, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await sweep(assets, new Set([...files.keys(), "manifest.json"]));

  const sizes: Sizes = {};
  const gz = (file: string): number => gzipSync(files.get(file) ?? "", { level: 9 }).length;
  for (const [name, url] of Object.entries(manifest)) sizes[name] = gz(basename(url));
  const sum = (names: readonly string[]): number => names.reduce((sum, name) => sum + gz(name), 0);
  sizes["notch core"] = gz(frame.core);
  sizes["notch in all"] = sum([...frame.files.keys(), ...["notch.js", "notch-overlay.js"].map((name) => basename(manifest[name] ?? ""))]);
  return { sizes };
}

/** One file that loads nothing else at once. Sites load Notch with a plain script tag, which modules are not. */
async function buildAlone(entry: string, format: "iife" | "esm", define: Record<string, string>, minify: boolean, charset: "utf8" | "ascii" = "utf8"): Promise<Uint8Array | string> {
  // Modules are strict as they are; saying so once more in a plain script costs what the loader has not got.
  const { outputFiles } = await build({ ...shared, charset, write: false, entryPoints: [entry], format, define, minify, tsconfigRaw: {} });
  return outputFiles[0]?.contents ?? "";
}

/**
 * The frame: what it needs at once, and the panels, which are fetched when the first of them is shown. The panels hold on to
 * `frame.ts`, so all that is needed at once comes to lie in one chunk, and of the entry there is left but a line that loads that;
 * pages name the chunk instead, and are spared the way there.
 */
async function buildFrame(outdir: string, minify: boolean): Promise<{ files: Map<string, Uint8Array>; named: Metafile["outputs"]; core: string }> {
  const { metafile: { outputs }, outputFiles } = await build({
    ...shared,
    write: false,
    entryPoints: ["src/frame/frame.ts", "css/frame.css"],
    outdir,
    entryNames: "[name]-[hash]",
    chunkNames: "frame-[name]-[hash]",
    splitting: true,
    format: "esm",
    minify,
    metafile: true,
  });
  const entry = (source: string): string => Object.keys(outputs).find((output) => outputs[output]?.entryPoint === source) ?? "";
  const [line, css] = [entry("src/frame/frame.ts"), entry("css/frame.css")];
  const [chunk, ...more] = outputs[line]?.imports ?? [];
  if (chunk === undefined || more.length > 0 || (outputs[line]?.bytes ?? 0) > 300) throw new Error("the frame is not one chunk any more: src/frame/panels.ts has to import frame.ts");
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  files.delete(basename(line));
  return { files, named: { [css]: outputs[css]!, [chunk.path]: { ...outputs[chunk.path]!, entryPoint: "src/frame/frame.ts" } }, core: basename(chunk.path) };
}

/** Writes a file so that nobody ever reads half of it, also when two builds run at once. */
async function put(path: string, bytes: Uint8Array | string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await writeFile(aside, bytes);
  await rename(aside, path);
}

async function sweep(folder: string, wanted: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    if (wanted.has(name)) continue;
    const written = await stat(join(folder, name)).then(({ mtimeMs }) => mtimeMs, () => Infinity);
    if (Date.now() - written > KEEP_MS) await rm(join(folder, name), { force: true });
  }
}

/** A name that holds a hash of its content never changes its meaning; those that hold none are asked for again. */
function headers(): string {
  return [
    "/assets/*",
    "  Cache-Control: public, max-age=31536000, immutable",
    "  X-Content-Type-Options: nosniff",
    "/assets/manifest.json",
    "  ! Cache-Control",
    "  Cache-Control: no-cache",
    ...["fonts", "code"].flatMap((what) => [`/assets/${what}-license.txt`, "  ! Cache-Control", "  Cache-Control: no-cache"]),
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outDir = process.argv[2] ?? join(here, "../build/public");
  const { sizes } = await buildAssets({ outDir, minify: true });
  for (const [name, size] of Object.entries(sizes)) console.log(`${name.padEnd(20)} ${(size / 1000).toFixed(1)} KB gz`);
  console.log(`in ${relative(process.cwd(), outDir)}`);
}
