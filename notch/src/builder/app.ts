// The builder at work: frames come in, the talk is reduced, the parts are shown. Owns the order in which things happen;
// each part owns how it looks.

import { backoff } from "../conversation/backoff.ts";
import { connectionWords } from "../conversation/connection-words.ts";
import { Connection } from "../conversation/connection.ts";
import { Notify } from "../conversation/notify.ts";
import { Outbox, messageId } from "../conversation/outbox.ts";
import { Scroller } from "../conversation/scroller.ts";
import { Tabs } from "../conversation/tabs.ts";
import { h, need, say } from "../dom.ts";
import { clock, roughly } from "../format.ts";
import { toast } from "../toast.ts";
import { Composer } from "./composer.ts";
import { type Frame, type Outcome, readAttachment, readFrame } from "./frames.ts";
import { Preview } from "./preview.ts";
import { wireDrop } from "./publish/drop.ts";
import { Publish } from "./publish/panel.ts";
import { entriesOf, isSite } from "./publish/pick.ts";
import type { Published } from "./publish/send.ts";
import { fetchSession, type Session } from "./session.ts";
import { type Talk, type Turn, SILENCE, has, phase, reduce, running, usual } from "./talk.ts";
import { Timeline, opening } from "./timeline.ts";
import { type Version, called } from "./version.ts";
import { Versions } from "./versions.ts";

/** Of a very long conversation only the end is replayed with all its steps; what was said before comes without. */
const FULL_REPLAY = 1_500;
/** A message that the log does not show by then did not get through. */
const ECHO_WITHIN_MS = 12_000;
/** A loss shorter than this is nobody's business. */
const LOSS_SHOWN_AFTER_MS = 1_500;

const ENDINGS: Record<Outcome, string> = { done: "Finished", stopped: "Stopped", failed: "Not finished" };

export class Builder {
  #root = need("builder", HTMLElement);
  #domain = this.#root.dataset["domain"] ?? "";
  #talk: Talk = SILENCE;
  #known = false;
  #caughtUp = false;
  #looking: Version | null = null;
  #signedOut = false;
  #longLost = false;
  #lossTimer = 0;
  #echoTimer = 0;
  #drawTimer = 0;
  #agent = "";
  #conversationId = "";
  #loading = need("loading", HTMLElement);
  #stop = need("stop", HTMLButtonElement);
  #notify = new Notify();
  #outbox = new Outbox(localStorage, readAttachment, () => this.#draw());
  #composer = new Composer((text, attachments) => {
    this.#outbox.add(messageId(), text, attachments);
    this.#scroller.toEnd();
    this.#pump();
  }, (transfer) => {
    // A folder, an archive or a page is no picture for a message, wherever it is dropped.
    const entries = entriesOf(transfer);
    if (!isSite(entries)) return false;
    this.#publish.drop(entries);
    return true;
  });
  #scroller = new Scroller(need("talk", HTMLElement));
  #tabs = new Tabs(this.#root, ["chat", "preview", "versions"], (tab) => {
    if (tab === "versions") void this.#versions.refresh();
    if (tab === "chat" && this.#scroller.follows) this.#scroller.toEnd();
  });
  #preview = new Preview(this.#domain, this.#root.dataset["liveUrl"] ?? null);
  #versions = new Versions(this.#domain, {
    look: (version) => this.#lookAt(version),
    restored: (version) => {
      this.#lookAt(null);
      this.#publish.wentLive(version.id);
      toast(version.draft ? `Live. Visitors see it now: ${called(version)}` : `Restored. Visitors see this version again: ${called(version)}`);
      this.#others?.postMessage("versions");
    },
    told: (words, undo) => {
      toast(words, undo);
      this.#others?.postMessage("versions");
    },
    changed: (live) => {
      if (live?.previewUrl != null && this.#looking === null) this.#preview.show(live.previewUrl);
    },
  });
  /** The person's other tabs with this builder, which know nothing of a draft or a name by themselves. */
  #others = "BroadcastChannel" in window ? new BroadcastChannel(`vetka:${this.#domain}`) : null;
  #publish = new Publish(this.#domain, {
    open: () => {
      this.#tabs.open("versions");
      need("publish", HTMLElement).scrollIntoView({ block: "nearest" });
    },
    working: () => running(this.#talk) !== null,
    live: () => this.#versions.live?.id ?? null,
    published: (published) => void this.#published(published),
    undone: () => {
      toast("Undone. Visitors see the version from before again.");
      void this.#versions.refresh();
      this.#others?.postMessage("versions");
    },
    toast,
  });
  #timeline = new Timeline(need("timeline", HTMLElement), {
    unqueue: (turn) => this.#connection.send({ type: "unqueue", turn }),
    retry: (clientId) => {
      this.#outbox.retry(clientId);
      this.#pump();
    },
    discard: (clientId) => this.#outbox.remove(clientId),
    askAgain: (turn) => this.#askAgain(turn),
    see: (snapshotId, url) => this.#see(snapshotId, url),
  });
  #connection = new Connection({
    address: () => this.#address(),
    read: readFrame,
    onFrame: (frame) => this.#take(frame),
    onLink: () => this.#linked(),
    onDoubt: () => void this.#doubt(),
  });

  /** A version of the person's own is there: the preview shows it, and what can be done with it stands over it. */
  async #published({ snapshotId, previewUrl, live, warnings }: Published): Promise<void> {
    this.#others?.postMessage("versions");
    this.#lookAt(null);
    await this.#versions.refresh();
    const version = this.#versions.byId(snapshotId);
    if (live) {
      if (previewUrl !== null) this.#preview.show(previewUrl);
      if (warnings.length > 0) return;
      toast("Published. Visitors see it now.");
      this.#tabs.open("preview");
    } else if (version !== null) {
      toast("Your draft is ready. Visitors do not see it.");
      this.#lookAt(version);
    }
  }

  async start(): Promise<void> {
    wireDrop(this.#root, (transfer) => this.#publish.drop(entriesOf(transfer)));
    this.#others?.addEventListener("message", () => void this.#versions.refresh());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.#versions.refresh();
    });
    this.#stop.addEventListener("click", () => this.#connection.send({ type: "stop" }));
    void this.#versions.refresh();
    const session = await this.#session();
    if (session === null) return;
    this.#conversationId = session.conversationId;
    this.#outbox.keepAs(`vetka:${session.conversationId}:unsent`);
    this.#composer.keepAs(`vetka:${session.conversationId}:draft`);
    const from = Math.max(0, session.lastSeq - FULL_REPLAY);
    for (const frame of session.messages) {
      if (frame.seq !== null && frame.seq <= from) this.#talk = reduce(this.#talk, frame);
    }
    if (this.#talk.lastSeq < from) this.#talk = { ...this.#talk, lastSeq: from };
    this.#connection.start();
  }

  /** Asks until there is an answer; null when the answer is that there is nothing here for us. */
  async #session(): Promise<Session | null> {
    for (let attempt = 0; ; attempt += 1) {
      const { session, answer } = await fetchSession();
      if (session !== null) {
        this.#longLost = false;
        this.#agent = session.agent;
        this.#draw();
        return session;
      }
      if (!answer.ok && answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
        this.#refused(answer.status, answer.message);
        return null;
      }
      this.#longLost = attempt > 0;
      this.#draw();
      const wait = !answer.ok && answer.retryAfter !== null ? answer.retryAfter * 1000 : backoff(attempt, Math.random());
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  #refused(status: number, message: string): void {
    if (status === 401) this.#signedOut = true;
    else say(this.#loading, message);
    this.#connection.end();
    this.#draw();
  }

  async #doubt(): Promise<void> {
    const { answer } = await fetchSession();
    if (!answer.ok && (answer.status === 401 || answer.status === 403 || answer.status === 404)) this.#refused(answer.status, answer.message);
  }

  #address(): string {
    const url = new URL("/ws", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("after", String(this.#talk.lastSeq));
    url.searchParams.set("conversation", this.#conversationId);
    return url.href;
  }

  #linked(): void {
    clearTimeout(this.#lossTimer);
    const { link } = this.#connection;
    if (link === "open") {
      this.#longLost = false;
    } else {
      this.#caughtUp = false;
      clearTimeout(this.#echoTimer);
      this.#outbox.interrupted();
      this.#lossTimer = window.setTimeout(() => {
        this.#longLost = true;
        this.#draw();
      }, link === "offline" ? 0 : LOSS_SHOWN_AFTER_MS);
    }
    this.#draw();
  }

  #take(frame: Frame): void {
    const before = this.#talk;
    this.#talk = reduce(before, frame);
    if (frame.type === "session_status" && frame.replayed !== null) this.#arrive();
    else if (this.#caughtUp && (frame.seq === null || frame.seq > before.lastSeq)) this.#tell(frame);
    if (frame.type === "chat_message" && frame.clientId !== null) {
      clearTimeout(this.#echoTimer);
      this.#outbox.arrived(frame.clientId);
      this.#pump();
    }
    this.#draw();
  }

  /** The replay is over: what is in the log is no longer to be sent, what is not goes now. */
  #arrive(): void {
    const again = this.#known;
    this.#known = true;
    this.#caughtUp = true;
    for (const { clientId } of this.#outbox.items) if (has(this.#talk, clientId)) this.#outbox.arrived(clientId);
    if (again || this.#talk.preview?.snapshotId !== this.#root.dataset["live"]) void this.#versions.refresh();
    this.#pump();
  }

  /** What is worth telling beyond the conversation itself. */
  #tell(frame: Frame): void {
    if (frame.type === "preview_updated") {
      this.#lookAt(null);
      this.#preview.show(frame.url);
      this.#tabs.news("preview", true);
      void this.#versions.refresh();
    } else if (frame.type === "agent_status" && frame.state === "started" && frame.phase !== "thinking") {
      this.#notify.speak(frame.text);
    } else if (frame.type === "chat_message" && frame.role === "assistant") {
      this.#notify.speak(frame.text);
    } else if (frame.type === "error" && frame.seq === null) {
      clearTimeout(this.#echoTimer);
      if (this.#outbox.items.some((item) => item.state === "sending")) this.#outbox.refuse(frame.message);
      else toast(frame.message);
      this.#pump();
    } else if (frame.type === "session_status" && frame.status === "idle" && frame.outcome !== null) {
      const turn = this.#talk.turns.find((other) => other.number === frame.turn);
      if (turn?.ran === true) {
        this.#notify.finished(ENDINGS[frame.outcome]);
        this.#notify.speak(ENDINGS[frame.outcome]);
      }
      if (this.#agent === "") void this.#learnAgent();
    }
  }

  async #learnAgent(): Promise<void> {
    const { session } = await fetchSession();
    if (session === null) return;
    this.#agent = session.agent;
    this.#draw();
  }

  #pump(): void {
    if (!this.#caughtUp || this.#connection.link !== "open") return;
    const item = this.#outbox.next();
    if (item === null) return;
    const { clientId, text, attachments } = item;
    if (!this.#connection.send({ type: "chat_message", text, clientId, attachments: attachments.map(({ id }) => id) })) {
      this.#outbox.interrupted();
      return;
    }
    clearTimeout(this.#echoTimer);
    this.#echoTimer = window.setTimeout(() => {
      this.#outbox.refuse("No answer came, so this may not have been sent.");
      this.#pump();
    }, ECHO_WITHIN_MS);
  }

  #askAgain(turn: Turn): void {
    const said = turn.entries.find((entry) => entry.kind === "said" && entry.role === "user");
    if (said?.kind !== "said") return;
    this.#outbox.add(messageId(), said.text, said.attachments);
    this.#scroller.toEnd();
    this.#pump();
  }

  #see(snapshotId: string, url: string): void {
    const version = this.#versions.byId(snapshotId);
    if (version !== null) {
      this.#lookAt(version);
      return;
    }
    this.#preview.show(url);
    this.#tabs.open("preview");
  }

  /** Shows a version without making it live; null goes back to the live one. */
  #lookAt(version: Version | null): void {
    const other = version !== null && !version.live;
    this.#looking = other ? version : null;
    this.#versions.markLookedAt(other ? version.id : null);
    if (version !== null) {
      if (version.previewUrl !== null) this.#preview.show(version.previewUrl);
      this.#tabs.open("preview");
    }
    if (!other) {
      this.#preview.lookingAt(null);
      return;
    }
    const restore = h("button", { type: "button", class: "text-button" }, version.draft ? "Go live" : "Restore it");
    restore.addEventListener("click", () => {
      this.#tabs.open("versions");
      this.#versions.askToRestore(version.id);
    });
    const back = h("button", { type: "button", class: "text-button" }, "Back to the live one");
    back.addEventListener("click", () => {
      this.#lookAt(null);
      void this.#versions.refresh();
    });
    const words = version.draft
      ? "This is a draft. Visitors do not see it."
      : `You are looking at the version of ${clock(new Date(version.createdAt), new Date())}. Visitors see another one.`;
    this.#preview.lookingAt(words, restore, this.#versions.live !== null && back);
  }

  /** Many frames at once are one drawing. A timer, because animation frames stop in a tab that nobody sees. */
  #draw(): void {
    if (this.#drawTimer !== 0) return;
    this.#drawTimer = window.setTimeout(() => {
      this.#drawTimer = 0;
      this.#drawNow();
    }, 16);
  }

  #drawNow(): void {
    const turn = running(this.#talk);
    const empty = this.#talk.turns.length === 0 && this.#outbox.items.length === 0;
    this.#scroller.follows = !empty;
    this.#scroller.around(() => this.#timeline.show(this.#talk, this.#outbox.items));
    this.#loading.hidden = this.#known || !empty || this.#signedOut;
    opening(need("opening", HTMLElement), this.#known && empty, (words) => this.#composer.suggest(words));
    this.#stop.hidden = turn === null;
    const stopping = turn?.status === "stopping";
    this.#stop.setAttribute("aria-disabled", String(stopping));
    say(need("agent", HTMLElement), stopping ? "Stopping" : this.#agent);
    this.#preview.working(turn === null ? null : phase(turn), this.#howLong());
    this.#publish.agentChanged();
    this.#drawLink();
  }

  #howLong(): string {
    const took = usual(this.#talk);
    return took === null ? "A first version usually takes a few minutes." : `Here it usually takes about ${roughly(took)}.`;
  }

  #drawLink(): void {
    const place = need("connection", HTMLElement);
    if (this.#signedOut) {
      const back = `/?sign-in&next=${encodeURIComponent(location.pathname)}`;
      connectionWords(place, "You are signed out. What you wrote is kept. ", h("a", { href: back }, "Sign in again"));
    } else if (!this.#longLost) {
      connectionWords(place, "", null);
    } else if (this.#connection.link === "offline" || !navigator.onLine) {
      connectionWords(place, "You are offline. What you write is kept, and sent when you are back.", null);
    } else {
      const now = h("button", { type: "button", class: "text-button", onclick: () => this.#connection.now() }, "Try now");
      connectionWords(place, "The connection was lost. Trying again.", this.#known ? now : null);
    }
  }
}
