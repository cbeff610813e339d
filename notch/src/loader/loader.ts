// `/notch.js`: what stands on people's pages. A bar in a corner, a frame of our own origin in which everything of the visitor's
// happens, and the way between the two. The page is not to be trusted with the visitor, so this knows nothing of them: it
// hands over where it stands and what was pointed at, and shows what is public. It keeps nothing and asks nobody anything but
// for the frame and, once something is to be shown on the page itself, the overlay. It weighs two kilobytes, so it is terse.

import type { ToFrame, ToPage } from "../messages.ts";
import type * as Overlay from "../overlay/overlay.ts";
import { style } from "./style.ts";

/** The overlay's address under our origin, named by its content; `build.ts` puts it here. */
declare const OVERLAY: string;

const NAME = "vetka-notch";
/** How long the frame may stay silent before it is taken for blocked. */
const SILENT_MS = 5_000;

// A module has no current script.
const script = (document.currentScript ?? document.querySelector('[src$="/notch.js"]')) as HTMLScriptElement;
const home = new URL(script.src).origin;

function start(): void {
  const element = <K extends string>(tag: K, attributes: Record<string, string>, ...children: Element[]): K extends "iframe" ? HTMLIFrameElement : HTMLElement => {
    const made = document.createElementNS(`http://www.w3.org/${/^[ps]/.test(tag) ? "2000/svg" : "1999/xhtml"}`, tag);
    for (const name in attributes) made.setAttribute(name, attributes[name]!);
    made.append(...children);
    return made as never;
  };
  const button = (title: string, ...shapes: Element[]): HTMLElement => element("button", { title, tabindex: "-1" }, element("svg", {}, ...shapes));
  const path = (d: string, stroke = "#e8543a", width = "2.6"): HTMLElement => element("path", { d, stroke, "stroke-width": width });

  // The mark: a small branch whose twigs end in bud-dots, as `art/favicon.svg` has it. And a heart.
  const opener = button("Notch", path("M8 29C9 21 13 14 21 8M11 20 7 14m7 1c4 1 7 2 9 5", "#6b8c7d"), path("M23 6h.1M5 12h.1M25 22h.1", "#e8543a", "6"));
  const react = button("React", path("m16 27-9-10a6 6 0 0 1 9-7 6 6 0 0 1 9 7z"));
  const bar = element("div", { role: "toolbar", "aria-label": "Notch" }, opener, react);
  // The popover is for rising above whatever covers it.
  const host = element(NAME, { popover: "manual" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [sheet];
  root.append(bar);

  let frame: HTMLIFrameElement | undefined;
  let isReady: boolean | undefined;
  let isOpen = false;
  /** What the frame is told once it listens. */
  let waiting: ToFrame[] = [];
  let overlay: Promise<typeof Overlay> | undefined;

  const tell = (message: ToFrame): void => {
    if (isReady) frame!.contentWindow!.postMessage(message, home);
    else waiting.push(message);
  };
  // Where it may not be loaded, there is nothing on the page but the bar and the frame.
  const onPage = (act: (module: typeof Overlay) => void): unknown =>
    (overlay ??= import(home + OVERLAY).then((module: typeof Overlay) => (module.start({ host, bar, home, open, tell }), module))).then(act, () => {});
  const open = (wanted: boolean): void => {
    const was = isOpen;
    isOpen = wanted;
    load();
    opener.ariaExpanded = String(isOpen);
    // A frame that was silent for too long stays away, and what can be done without it stands in its place.
    const isShown = isOpen && isReady !== false;
    frame!.className = isShown ? "o" : "";
    frame!.tabIndex = +isShown - 1;
    if (isReady === false) onPage((module) => module.instead(isOpen));
    if (was !== isOpen) tell({ t: "size", open: isOpen });
    if (isShown) frame!.focus();
    else if (root.activeElement === frame) opener.focus();
  };
  const tellPage = (): void => tell({ t: "page", url: document.URL, title: document.title });
  const load = (): void => {
    // Pages that draw themselves anew may have thrown it out.
    if (!host.isConnected) document.documentElement.append(host);
    if (document.elementFromPoint(bar.offsetLeft + 24, bar.offsetTop + 24) !== host) host.togglePopover?.(true);
    if (frame) return;
    frame = element("iframe", { title: "Notch", tabindex: "-1", referrerpolicy: "strict-origin", src: `${home}/embed/${script.dataset["site"] ?? location.host}` });
    root.append(frame);
    tellPage();
    setTimeout(() => {
      if (!isReady) {
        isReady = false;
        open(isOpen);
      }
    }, SILENT_MS);
  };

  opener.tabIndex = 0;
  opener.ariaExpanded = "false";
  opener.onclick = () => open(!isOpen);
  react.onclick = () => {
    open(true);
    onPage((module) => module.pick());
  };
  // What is selected on the page stays selected.
  bar.onmousedown = (event) => event.preventDefault();
  bar.onkeydown = ({ key }) => {
    if (/rr|Home|End/.test(key)) {
      const [from, to] = react.tabIndex ? [opener, react] : [react, opener];
      from.tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
    }
    if (key === "Escape") open(false);
  };
  addEventListener("pointerdown", (event) => {
    if (isOpen && event.target !== host) open(false);
  });

  addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home) return;
    const message = event.data as ToPage;
    if (message.t === "ready") {
      isReady = true;
      waiting.forEach(tell);
      waiting = [];
      open(isOpen);
    } else if (message.t === "size") open(message.open);
    else if (overlay || message.t !== "stickers" || message.stickers[0]) onPage((module) => module.hear(event));
  });

  // Pages that change their address without loading. Their title follows a moment later.
  const { navigation = window } = window as { navigation?: EventTarget };
  navigation.addEventListener(navigation === window ? "popstate" : "currententrychange", () => setTimeout(tellPage, 300));

  const idle = (): unknown => (window.requestIdleCallback ?? setTimeout)(load);
  document.documentElement.append(host);
  if (document.readyState === "complete") idle();
  else addEventListener("load", idle);
}

// In a frame the page is part of something else: the builder's preview, or somebody's page that shows it.
if (top === window && !document.querySelector(NAME)) {
  let away: unknown;
  try {
    away = sessionStorage[NAME];
  } catch {
    // A page without storage.
  }
  if (!away) start();
}
