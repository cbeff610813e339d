// Stands inside a page that is being previewed, and speaks with the app around it: where it is, what went wrong, what is
// pointed at. When nothing is around it, it may be the session itself that looks: that is told what went wrong. It has no say in the page: nothing of it is seen until somebody points, and it knows nothing but the page.

import { label, meant, selector, wordsOf } from "./describe.ts";

/** Errors that are told of one page; one that fails in a loop says nothing new. */
const MOST_ERRORS = 8;
const LONGEST_ERROR = 300;

const app = document.currentScript?.dataset["app"] ?? "";
// Only in the app's own frame: a page in a frame of the page is not the preview.
if (app !== "" && parent === top) {
  if (parent === window) watch((message) => void fetch("/__vetka/report", { method: "POST", body: message, keepalive: true }).catch(() => undefined));
  else begin();
}

/** Tells what goes wrong on the page, each thing once. */
function watch(told: (message: string) => void): void {
  const known = new Set<string>();
  const wrong = (problem: unknown): void => {
    const message = (problem instanceof Error ? `${problem.name}: ${problem.message}` : typeof problem === "string" ? problem : "").trim().slice(0, LONGEST_ERROR);
    if (message === "" || known.has(message) || known.size >= MOST_ERRORS) return;
    known.add(message);
    told(message);
  };
  addEventListener("error", (event) => wrong(event.error instanceof Error ? event.error : event.message));
  addEventListener("unhandledrejection", (event) => wrong(event.reason));
  const complain = console.error.bind(console);
  console.error = (...said: unknown[]): void => {
    complain(...said);
    wrong(said.find((part) => part instanceof Error) ?? said.filter((part) => typeof part === "string" || typeof part === "number").join(" "));
  };
}

function begin(): void {
  const tell = (kind: string, more: object = {}): void => parent.postMessage({ vetka: "preview", kind, page: page(), ...more }, app);
  const page = (): string => location.pathname + location.search + location.hash;
  watch((message) => tell("error", { message }));

  // What changes its address without loading says so to nobody but itself.
  let last = page();
  const moved = (): void => {
    if (page() === last) return;
    last = page();
    tell("navigated", { title: document.title });
  };
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name].bind(history);
    history[name] = (...given: Parameters<History["pushState"]>): void => {
      original(...given);
      moved();
    };
  }
  addEventListener("popstate", moved);
  addEventListener("hashchange", moved);

  let leave: (() => void) | null = null;
  addEventListener("message", ({ origin, source, data }: MessageEvent<unknown>) => {
    if (origin !== app || source !== parent || typeof data !== "object" || data === null || !("vetka" in data) || data.vetka !== "app" || !("kind" in data)) return;
    if (data.kind === "reload") location.reload();
    leave?.();
    leave = null;
    if (data.kind !== "pick") return;
    leave = point((element) => {
      leave = null;
      if (element === null) tell("cancelled");
      else tell("picked", { selector: selector(element), label: label(element), text: wordsOf(element, 200), width: innerWidth });
    });
  });

  const ready = (): void => tell("ready", { title: document.title });
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", ready);
  else ready();
}

/** Lets somebody point at an element; null when they do not want to any more. Gives what ends it. */
function point(done: (element: Element | null) => void): () => void {
  const host = document.createElement("div");
  // Set one by one by script, which a page's policy about styles leaves alone.
  host.style.cssText = "all:initial;position:fixed;inset:0;z-index:2147483647;pointer-events:none";
  const box = document.createElement("div");
  box.style.cssText = "position:fixed;border:3px solid #e8543a;border-radius:6px;background:rgb(232 84 58 / 0.14);box-sizing:border-box;display:none";
  const tag = document.createElement("div");
  tag.style.cssText =
    "position:fixed;max-width:min(24rem,90vw);padding:4px 10px;border-radius:9px;background:#2c2018;color:#f5efe6;font:600 14px/1.4 system-ui,sans-serif;display:none";
  host.attachShadow({ mode: "closed" }).append(box, tag);
  document.documentElement.append(host);

  let at: Element | null = null;
  const show = (pointed: EventTarget | null): void => {
    at = pointed instanceof Element ? meant(pointed) : null;
    box.style.display = tag.style.display = at === null ? "none" : "block";
    if (at === null) return;
    const { left, top, width, height } = at.getBoundingClientRect();
    Object.assign(box.style, { left: `${left - 3}px`, top: `${top - 3}px`, width: `${width + 6}px`, height: `${height + 6}px` });
    tag.textContent = label(at);
    const above = top - 38;
    Object.assign(tag.style, { left: `${Math.max(4, Math.min(left, innerWidth - 200))}px`, top: `${above > 4 ? above : Math.min(top + height + 8, innerHeight - 40)}px` });
  };
  const over = new AbortController();
  const end = (): void => {
    over.abort();
    host.remove();
  };
  const finish = (element: Element | null): void => {
    end();
    done(element);
  };
  const options = { capture: true, signal: over.signal };
  const hold = (event: Event): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("pointermove", ({ target }) => show(target), options);
  addEventListener("focusin", ({ target }) => show(target), options);
  addEventListener("scroll", () => show(null), options);
  for (const name of ["pointerdown", "mousedown", "pointerup", "mouseup", "dblclick", "submit"]) addEventListener(name, hold, options);
  addEventListener("click", (event) => {
    hold(event);
    show(event.target);
    if (at !== null) finish(at);
  }, options);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    hold(event);
    if (event.key === "Escape") finish(null);
    else if (at !== null) finish(at);
  }, options);
  focus();
  return end;
}
