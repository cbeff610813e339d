// Small things that several parts of the frame show in the same way.

import { draw } from "../drawing.ts";
import { drawingOf, isSignal, says } from "../signals.ts";
import { when } from "../format.ts";
import { own } from "./protect.ts";
import type { Brief } from "./site.ts";
import { site, tellPage, url } from "./state.ts";
import { h } from "./ui.ts";

/** A site's picture, or the first letter of its name. */
export function face({ name, image }: { name: string; image?: string | null }, kind = ""): HTMLElement {
  if (image != null) return h("img", { class: `face ${kind}`, src: image, alt: "", width: 40, height: 40, loading: "lazy" });
  return h("span", { class: `face ${kind}`, "aria-hidden": "true" }, [...name.trim()][0]?.toUpperCase() ?? "·");
}

/** A link out of the frame. What strangers wrote is not vouched for. */
export function out(href: string, props: { class?: string }, ...children: (Node | string)[]): HTMLElement {
  return h("a", { ...props, href: /^https?:/.test(href) || href.startsWith("/") ? href : "", target: "_blank", rel: "noopener nofollow ugc" }, ...children);
}

/** The signal of that name, drawn, in its chip. */
export const chip = (name: string, kind = ""): HTMLElement => h("span", { class: `chip ${kind}` }, isSignal(name) ? draw(drawingOf(name)) : null);

export const labelOf = (name: string): string => (isSignal(name) ? says(name) : "");

/** A moment, however it is written on the wire. */
export function moment(value: unknown): Date | null {
  const date = new Date(typeof value === "number" || typeof value === "string" ? value : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

export function ago(value: unknown): HTMLElement | null {
  const date = moment(value);
  return date === null ? null : h("time", { datetime: date.toISOString() }, when(date, new Date()));
}

export function siteRow(site: Brief, ...after: (Node | null)[]): HTMLElement {
  return h("li", { class: "row" }, face(site), h("div", { class: "grow" }, out(site.url, { class: "strong" }, site.name), h("span", { class: "quiet" }, site.domain)), ...after);
}

/** The ways out, which are there for everybody. */
export function ways(): HTMLElement {
  return h("p", { class: "ways" },
    out("/", {}, "Made with Vetka"),
    // The page's name without its query, which may say things about the visitor.
    h("a", { href: () => `/report?url=${encodeURIComponent((url.value ?? site.url).split("?")[0] ?? "")}`, target: "_blank", rel: "noopener" }, "Report this page"),
    h("button", { onclick: () => tellPage({ t: "away" }) }, "Hide Notch here"));
}

/** A question before something that cannot be unsaid. What it asks for is done by a press of its own, with all of it in view. */
export function sure(question: string, no: string, back: () => void, yes: string, act: () => unknown): HTMLElement {
  const region: HTMLElement = h("div", { class: "ask", role: "group", "aria-label": question },
    h("p", {}, question),
    h("div", { class: "ends" }, h("button", { class: "quietly", onclick: back }, no), h("button", { class: "main", onclick: own(() => region, act) }, yes)));
  return region;
}
