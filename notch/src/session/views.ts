// Pictures of the preview: a page before and after a change, and what somebody points at. One that cannot be had leaves no hole.

import { h } from "../dom.ts";
import type { View } from "./frames.ts";

/** The address of a picture of this page's session. */
export const pictureAddress = (name: string): string => `${location.pathname.replace(/\/$/, "")}/pictures/${encodeURIComponent(name)}`;

/** What people call a page. */
export const pageName = (page: string): string => (page === "/" ? "The first page" : `The page ${page}`);

/** The page before and after, side by side; a press shows one as large as it is. */
export function beforeAndAfter({ page, before, after }: View): HTMLElement {
  const one = (name: string, word: "before" | "after"): HTMLElement => {
    const address = pictureAddress(name);
    const link = h("a", { class: "view", href: address, target: "_blank" },
      picture(address, `${pageName(page)} ${word}`, () => link.remove()), h("span", { "aria-hidden": "true" }, word === "before" ? "Before" : "After"));
    return link;
  };
  return h("div", { class: "views" }, before !== null && one(before, "before"), one(after, "after"));
}

/** A small picture of what is pointed at; its words stand beside it. */
export const place = (name: string): HTMLElement => {
  const image = picture(pictureAddress(name), "", () => image.remove());
  image.classList.add("pin-picture");
  return image;
};

function picture(src: string, alt: string, failed: () => void): HTMLImageElement {
  const image = h("img", { src, alt, loading: "lazy" });
  image.addEventListener("error", failed);
  return image;
}
