// Whose page the frame stands on. The server writes it into the page of the frame as JSON, in the attribute `data-site` of
// `<main id="notch">`, which is otherwise empty but for what is read when no script runs:
//
//   <link rel="stylesheet" href="{manifest: frame.css}">
//   <script type="module" src="{manifest: frame.js}"></script>
//   <main id="notch" data-site='{"domain":"maya.example","name":"Maya","url":"https://maya.example/","image":null,
//                                "origins":["https://maya.example","https://www.maya.example"],"generated":false}'>
//     <p>Notch needs scripts here. <a href="/sites/maya.example" target="_blank" rel="noopener">Open it in a tab</a></p>
//   </main>
//
// `origins` are exactly those that the page's frame-ancestors names.

import { type Json, list, object, text } from "../json.ts";
import { isOrigin } from "../handover.ts";

export interface Brief {
  domain: string;
  name: string;
  url: string;
  /** An address of ours, or null. */
  image: string | null;
}

export interface Site extends Brief {
  origins: string[];
}

/** A site in short, or null when it is none. */
export function brief(value: unknown): Brief | null {
  const from = object<Json>(value);
  if (from === null) return null;
  const domain = text(from, "domain");
  const url = text(from, "url");
  if (!/^https?:\/\//.test(url)) return null;
  return { domain, name: text(from, "name") || domain, url, image: ours(text(from, "image")) };
}

/** The site of this frame. */
export function readSite(written: string | undefined): Site | null {
  let value: unknown;
  try {
    value = JSON.parse(written ?? "");
  } catch {
    return null;
  }
  const site = brief(value);
  const origins = list(object<Json>(value) ?? {}, "origins", (item) => (typeof item === "string" && isOrigin(item) ? item : null));
  return site === null || site.domain === "" || origins.length === 0 ? null : { ...site, origins };
}

/** Pictures come from our own origin or not at all: the frame's policy would refuse them, and their hosts would learn of visits. */
function ours(address: string): string | null {
  const home = typeof location === "undefined" ? null : location.origin;
  return /^\/(?!\/)/.test(address) || (home !== null && address.startsWith(`${home}/`)) ? address : null;
}
