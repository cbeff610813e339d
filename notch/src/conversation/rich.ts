// The little markup that an agent's words carry: paragraphs, lists, headings, bold, slanted, links. Read into a tree by
// pure functions; drawn with elements and text nodes only.

import { h } from "../dom.ts";
import { webAddress } from "./address.ts";

export type Inline = { kind: "text" | "strong" | "em"; text: string } | { kind: "link"; text: string; href: string };
export type Block = { kind: "paragraph" | "heading"; lines: Inline[][] } | { kind: "bullets" | "numbers"; lines: Inline[][] };

const INLINE = /\*\*(?<strong>[^*\n]+)\*\*|(?<![\w*])\*(?<em>[^*\s][^*\n]*)\*(?![\w*])|`(?<code>[^`\n]+)`|\[(?<label>[^\]\n]+)\]\((?<target>[^)\s]+)\)|(?<bare>https?:\/\/[^\s<>"”)]+[^\s<>"”).,;:])/g;

export function inline(line: string): Inline[] {
  const parts: Inline[] = [];
  let from = 0;
  for (const found of line.matchAll(INLINE)) {
    const { strong, em, code, label, target, bare } = found.groups ?? {};
    if (found.index > from) parts.push({ kind: "text", text: line.slice(from, found.index) });
    from = found.index + found[0].length;
    const href = webAddress(target ?? bare ?? "");
    if (strong !== undefined) parts.push({ kind: "strong", text: strong });
    else if (em !== undefined) parts.push({ kind: "em", text: em });
    else if (code !== undefined) parts.push({ kind: "text", text: code });
    else if (href !== null) parts.push({ kind: "link", text: label ?? bare ?? href, href });
    else parts.push({ kind: "text", text: found[0] });
  }
  if (from < line.length) parts.push({ kind: "text", text: line.slice(from) });
  return parts;
}

export function blocks(text: string): Block[] {
  const out: Block[] = [];
  let open = false;
  for (const line of text.split("\n")) {
    const item = /^\s*(?:(?<bullet>[-*•])|\d+[.)])\s+(?<rest>.+)$/.exec(line);
    const heading = /^#{1,6}\s+(?<rest>.+)$/.exec(line);
    if (line.trim() === "") {
      open = false;
      continue;
    }
    const kind = item !== null ? (item.groups?.["bullet"] === undefined ? "numbers" : "bullets") : heading !== null ? "heading" : "paragraph";
    const words = inline((item ?? heading)?.groups?.["rest"] ?? line.trim());
    const last = out.at(-1);
    if (last !== undefined && last.kind === kind && kind !== "heading" && (open || kind !== "paragraph")) last.lines.push(words);
    else out.push({ kind, lines: [words] });
    open = true;
  }
  return out;
}

/** A text that is still being written, without the stars whose partners have not come yet. */
export function soFar(text: string): string {
  const start = text.lastIndexOf("\n") + 1;
  const line = text.slice(start);
  if (line.split("**").length % 2 === 1) return text.replace(/\*$/, "");
  const at = start + line.lastIndexOf("**");
  return text.slice(0, at) + text.slice(at + 2);
}

/** Elements for a text. */
export function draw(text: string): HTMLElement[] {
  return blocks(text).map((block) => {
    if (block.kind === "bullets" || block.kind === "numbers") {
      return h(block.kind === "bullets" ? "ul" : "ol", {}, ...block.lines.map((line) => h("li", {}, ...line.map(drawInline))));
    }
    const words = block.lines.flatMap((line, index) => [...(index > 0 ? [h("br")] : []), ...line.map(drawInline)]);
    return block.kind === "heading" ? h("p", {}, h("strong", {}, ...words)) : h("p", {}, ...words);
  });
}

function drawInline(part: Inline): Node {
  switch (part.kind) {
    case "text":
      return document.createTextNode(part.text);
    case "link":
      return h("a", { href: part.href, target: "_blank", rel: "noopener" }, part.text);
    default:
      return h(part.kind, {}, part.text);
  }
}
