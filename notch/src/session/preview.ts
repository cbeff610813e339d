// The preview of a session: its page in a frame, at the width of a device, and what the page says of itself. What comes from
// the frame is a stranger's word: it is taken from that frame and its origin only, and read like anything from outside.

import { ask } from "../api.ts";
import { webAddress } from "../conversation/address.ts";
import { Stage } from "../conversation/stage.ts";
import { need, say, textButton } from "../dom.ts";
import { object, text } from "../json.ts";
import { type Pin, readPin } from "./frames.ts";

/** A page that was asked to load again and says nothing by then is fetched anew. */
const READY_WITHIN_MS = 8_000;

const WIDTHS = { phone: 390, tablet: 820, desktop: 1024 } as const;
type Device = keyof typeof WIDTHS;

export interface PreviewTold {
  /** Whether something can be pointed at just now; says why when not. */
  mayPoint: () => boolean;
  picked: (pin: Pin) => void;
  /** The page reported a problem. */
  problem: (message: string, page: string) => void;
  /** Another page shows, or the same one anew. */
  moved: () => void;
}

export class Preview {
  #api: string;
  #origin: string;
  #told: PreviewTold;
  #stage = need("stage", HTMLElement);
  #bar = need("preview-bar", HTMLElement);
  #place = need("place", HTMLElement);
  #point = need("point", HTMLButtonElement);
  #trouble = need("preview-trouble", HTMLElement);
  #shown: Stage;
  #device: Device = "desktop";
  #wanted = false;
  #fetching = false;
  #ready = false;
  #picking = false;
  #deadline = 0;

  constructor(api: string, origin: string, project: string, told: PreviewTold) {
    this.#api = api;
    this.#origin = origin;
    this.#told = told;
    this.#shown = new Stage(this.#stage, `Preview of ${project}`, () => this.#came());
    window.addEventListener("message", (event) => this.#hear(event));
    need("reload", HTMLButtonElement).addEventListener("click", () => this.reload());
    need("open-preview", HTMLButtonElement).addEventListener("click", () => void this.#openAside());
    this.#point.addEventListener("click", () => (this.#picking ? this.cancel() : this.#pick()));
    for (const device of ["phone", "tablet", "desktop"] as const) {
      need(`as-${device}`, HTMLButtonElement).addEventListener("click", () => this.#as(device));
    }
    new ResizeObserver(() => this.#fit()).observe(this.#stage);
  }

  /** The page that shows: its path. */
  get page(): string {
    return this.#place.textContent || "/";
  }

  get picking(): boolean {
    return this.#picking;
  }

  /** Whether there is something to show, and what is being done meanwhile. */
  want(yes: boolean, work: string | null): void {
    if (yes && !this.#wanted) {
      this.#wanted = true;
      void this.#fetch();
    } else if (!yes && this.#wanted) {
      this.#wanted = false;
      this.cancel();
      this.#shown.clear();
    }
    this.#bar.hidden = this.#shown.frame === null;
    this.#shown.say(this.#picking ? "Choose what you mean. Esc leaves it." : work);
  }

  /** Loads the page anew, where it is. */
  reload(): void {
    if (!this.#wanted) return;
    this.#stopPicking();
    if (!this.#ready) {
      void this.#fetch();
      return;
    }
    this.#ready = false;
    this.#tell("reload");
    clearTimeout(this.#deadline);
    this.#deadline = window.setTimeout(() => {
      if (!this.#ready) void this.#fetch();
    }, READY_WITHIN_MS);
  }

  cancel(): void {
    if (!this.#picking) return;
    this.#tell("cancel");
    this.#stopPicking();
  }

  #pick(): void {
    if (!this.#ready || !this.#told.mayPoint()) return;
    this.#picking = true;
    this.#point.setAttribute("aria-pressed", "true");
    this.#tell("pick");
    this.#shown.frame?.focus();
    this.#told.moved();
  }

  #stopPicking(): void {
    this.#picking = false;
    this.#point.setAttribute("aria-pressed", "false");
    this.#told.moved();
  }

  /** An address to come in by is good once, so each time it is a new one. */
  async #fetch(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    const answer = await ask(`${this.#api}/preview`, { method: "POST", body: {} });
    this.#fetching = false;
    if (!this.#wanted) return;
    const url = answer.ok ? this.#ours(answer.body) : null;
    this.#trouble.hidden = url !== null;
    if (url !== null) this.#shown.load(url);
    else this.#say(answer.ok ? "The preview has an address that is not ours, so it is not shown." : answer.message);
  }

  /** The address, at the page that was looked at last, when it is one of the preview's own. */
  #ours(body: unknown): string | null {
    const address = webAddress(text(object(body) ?? {}, "url"));
    if (address === null) return null;
    const url = new URL(address);
    const page = this.#place.textContent ?? "";
    if (page !== "" && url.searchParams.has("to")) url.searchParams.set("to", page);
    return url.origin === this.#origin ? url.href : null;
  }

  #say(words: string): void {
    this.#trouble.replaceChildren(words, " ", textButton("Try again", () => void this.#fetch()));
  }

  /** The tab is opened at once, while the browser still knows that somebody wanted it. */
  async #openAside(): Promise<void> {
    const tab = window.open("", "_blank");
    const answer = await ask(`${this.#api}/preview`, { method: "POST", body: {} });
    const url = answer.ok ? this.#ours(answer.body) : null;
    if (url !== null && tab !== null) tab.location.href = url;
    else tab?.close();
  }

  #came(): void {
    this.#trouble.hidden = true;
    this.#fit();
    this.#told.moved();
  }

  #tell(kind: "pick" | "cancel" | "reload"): void {
    this.#shown.frame?.contentWindow?.postMessage({ vetka: "app", kind }, this.#origin);
  }

  #hear(event: MessageEvent<unknown>): void {
    const frames = [...this.#stage.querySelectorAll("iframe")];
    if (event.origin !== this.#origin || !frames.some((frame) => frame.contentWindow === event.source)) return;
    const from = object(event.data);
    if (from === null || from["vetka"] !== "preview") return;
    const page = text(from, "page", "/").slice(0, 200);
    switch (from["kind"]) {
      case "ready":
        clearTimeout(this.#deadline);
        this.#ready = true;
        this.#at(page);
        this.#stopPicking();
        return;
      case "navigated":
        this.#at(page);
        return;
      case "error": {
        const message = text(from, "message").slice(0, 300);
        if (message !== "") this.#told.problem(message, page);
        return;
      }
      case "picked": {
        if (!this.#picking) return;
        this.#stopPicking();
        const pin = readPin({ ...from, page, note: "" });
        if (pin !== null) this.#told.picked(pin);
        return;
      }
      case "cancelled":
        this.#stopPicking();
        this.#point.focus();
    }
  }

  #at(page: string): void {
    say(this.#place, page);
    this.#point.setAttribute("aria-disabled", "false");
  }

  #as(device: Device): void {
    this.#device = device;
    for (const other of ["phone", "tablet", "desktop"] as const) need(`as-${other}`, HTMLElement).setAttribute("aria-pressed", String(other === device));
    this.#fit();
  }

  /** A device that is wider than there is room is shown smaller, not narrower; on a phone the page is as on that phone. */
  #fit(): void {
    const { clientWidth: room, clientHeight: height } = this.#stage;
    const bare = window.matchMedia("(max-width: 59.99rem)").matches;
    const width = bare ? room : this.#device === "desktop" ? Math.max(room, WIDTHS.desktop) : WIDTHS[this.#device];
    const scale = room === 0 ? 1 : Math.min(1, room / width);
    this.#stage.style.setProperty("--frame-width", `${width}px`);
    this.#stage.style.setProperty("--frame-height", `${Math.round(height / scale)}px`);
    this.#stage.style.setProperty("--frame-scale", String(scale));
  }
}
