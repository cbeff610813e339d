// Text is readable in both schemes: the ratio of WCAG 2.2 (1.4.3 and 1.4.11), computed from the tokens themselves.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../css/colors.css", import.meta.url), "utf8");
const [lightCss = "", darkCss = ""] = css.split("@media (prefers-color-scheme: dark)");
const colours = (part: string): Map<string, string> => new Map([...part.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = "", value = ""]) => [name, value]));
const light = colours(lightCss);
const schemes = { light, dark: new Map([...light, ...colours(darkCss)]) };

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function ratio(one: string, other: string): number {
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

const GROUNDS = ["page", "paper", "tint", "sunk", "sage-tint"];
const TEXTS = ["text", "quiet", "link", "sage-text"];

for (const [scheme, tokens] of Object.entries(schemes)) {
  const colour = (name: string): string => tokens.get(name) ?? assert.fail(`no --${name}`);

  test(`${scheme}: every text on every ground reaches 4.5`, () => {
    for (const text of TEXTS) for (const ground of GROUNDS) {
      const reached = ratio(colour(text), colour(ground));
      assert.ok(reached >= 4.5, `--${text} on --${ground}: ${reached.toFixed(2)}`);
    }
    for (const [text, ground] of [["on-coral", "coral"], ["page", "text"]] as const) {
      const reached = ratio(colour(text), colour(ground));
      assert.ok(reached >= 4.5, `--${text} on --${ground}: ${reached.toFixed(2)}`);
    }
  });

  test(`${scheme}: edges of fields and the ring of focus reach 3`, () => {
    for (const [line, ground] of [["edge", "paper"], ["edge", "page"], ["coral", "page"], ["coral", "paper"]] as const) {
      const reached = ratio(colour(line), colour(ground));
      assert.ok(reached >= 3, `--${line} on --${ground}: ${reached.toFixed(2)}`);
    }
  });
}
