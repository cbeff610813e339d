// A session at work: frames come in, the talk is reduced, the parts are shown. Owns the order in which things happen; each
// part owns how it looks.

import { ask } from "../api.ts";
import { connectionWords } from "../conversation/connection-words.ts";
import { Connection } from "../conversation/connection.ts";
import { Field } from "../conversation/field.ts";
import { Notify } from "../conversation/notify.ts";
import { Outbox, messageId } from "../conversation/outbox.ts";
import { Scroller } from "../conversation/scroller.ts";
import { Tabs } from "../conversation/tabs.ts";
import { h, need, say } from "../dom.ts";
import { list, object, text } from "../json.ts";
import { toast } from "../toast.ts";
import { Ending } from "./ending.ts";
import { type Frame, type Kept, type TurnOutcome, type WaitingPin, readFrame, readKept } from "./frames.ts";
import { Meters, moneyWords, timeWords } from "./meters.ts";
import { Notices } from "./notices.ts";
import { showOutcome } from "./outcome.ts";
import { Pins, pointing } from "./pins.ts";
import { Preview } from "./preview.ts";
import { type Talk, type Turn, SILENCE, doing, has, isOver, reduce, running } from "./talk.ts";
import { Timeline } from "./timeline.ts";
import { MOST, Tray } from "./tray.ts";
import { Waiting } from "./waiting.ts";
import { hindrance } from "./words.ts";

/** A message that the log does not show by then did not get through. */
const ECHO_WITHIN_MS = 12_000;
/** A loss shorter than this is nobody's business. */
const LOSS_SHOWN_AFTER_MS = 1_500;
const TICK_MS = 1_000;

/** Codes of refusals that are about a pin, not about a message. */
const OF_PINS = ["tray_full", "not_your_pin"];

const ENDINGS: Record<TurnOutcome, string> = { done: "Finished", stopped: "Stopped", failed: "Not finished" };

export class SessionPage {
  #root = need("session", HTMLElement);
  #id = this.#root.dataset["session"] ?? "";
  #org = this.#root.dataset["org"] ?? "";
  #api = `/api/v1/sessions/${this.#id}`;
  #talk: Talk = SILENCE;
  #known = false;
  #caughtUp = false;
  #signedOut = false;
  /** Why this is not for whoever looks any more. */
  #gone = "";
  #longLost = false;
  #over = false;
  #lossTimer = 0;
  #echoTimer = 0;
  #drawTimer = 0;
  #spokenPhase = "";
  #problem: { number: number; message: string; page: string } | null = null;
  #problems = 0;
  #extending = false;
  #loading = need("loading", HTMLElement);
  #stop = need("stop", HTMLButtonElement);
  #notify = new Notify();
  #meters = new Meters();
  #waiting = [need("waiting-steps", HTMLElement), need("preview-waiting", HTMLElement)].map((place) => new Waiting(place));
  #viewer = this.#root.dataset["viewer"] ?? "";
  #outbox = new Outbox<string>(localStorage, pinId, () => this.#draw());
  #tray = new Tray(localStorage, {
    viewer: this.#viewer,
    send: (frame) => this.#caughtUp && this.#connection.send({ ...frame, sessionId: this.#id }),
    changed: () => this.#draw(),
  });
  #pins = new Pins({
    isOwn: (pin) => this.#tray.isOwn(pin),
    note: (id, words) => this.#tray.note(id, words),
    remove: (id) => {
      if (!this.#tray.remove(id)) toast("There is no connection just now, so this stays until it is back.");
      this.#draw();
    },
  });
  #field: Field = new Field({
    send: (words) => this.#say(words || "Please look at what is pointed at.", this.#waitingPins().map(({ id }) => id)),
    more: () => this.#waitingPins().some(({ note }) => note.trim() !== ""),
    hindrance: () => hindrance(this.#talk.standing),
    tooLong: "Send it in parts.",
  });
  #scroller = new Scroller(need("talk", HTMLElement));
  #tabs = new Tabs(this.#root, ["chat", "preview"], (tab) => {
    if (tab === "chat" && this.#scroller.follows) this.#scroller.toEnd();
  });
  #notices = new Notices(need("notices", HTMLElement), () => this.#draw());
  #preview = new Preview(this.#api, this.#root.dataset["preview"] ?? "", this.#root.dataset["project"] ?? "", {
    mayPoint: () => {
      const full = this.#tray.pins.length >= MOST;
      if (full) toast("Twelve places are pointed at already. Send them with a message, or take one away.");
      else if (!this.#caughtUp) toast("There is no connection just now, so nothing can be pointed at. Try again when it is back.");
      return !full && this.#caughtUp;
    },
    picked: (pin) => {
      this.#tabs.open("chat");
      this.#pins.expect();
      this.#tray.add(pin);
    },
    problem: (message, page) => {
      // While the agent works, pages are half done; what is wrong then is its own business.
      if (running(this.#talk) !== null) return;
      this.#problem = { number: ++this.#problems, message, page };
      this.#draw();
    },
    moved: () => this.#draw(),
  });
  #ending = new Ending(this.#api, {
    ended: (kept) => this.#ended(kept),
    stop: () => this.#connection.send({ type: "stop_session", sessionId: this.#id }),
  });
  #timeline = new Timeline(need("timeline", HTMLElement), this.#viewer, {
    retry: (clientId) => {
      this.#outbox.retry(clientId);
      this.#pump();
    },
    discard: (clientId) => this.#outbox.remove(clientId),
    askAgain: (turn) => this.#askAgain(turn),
    undo: (turn) => void this.#undo(turn),
  });
  #connection = new Connection<Frame>({
    address: () => this.#address(),
    read: readFrame,
    onFrame: (frame) => this.#take(frame),
    onLink: () => this.#linked(),
    onDoubt: () => void this.#doubt(),
  });

  start(): void {
    this.#outbox.keepAs(`vetka:session:${this.#id}:unsent`);
    this.#field.keepAs(`vetka:session:${this.#id}:draft`);
    this.#tray.keepAs(`vetka:session:${this.#id}:pins`);
    window.addEventListener("pagehide", () => this.#tray.flush());
    this.#stop.addEventListener("click", () => this.#connection.send({ type: "stop_turn", sessionId: this.#id }));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#preview.picking) this.#preview.cancel();
    });
    for (const example of need("first", HTMLElement).querySelectorAll("button")) {
      example.addEventListener("click", () => this.#field.suggest(example.textContent ?? ""));
    }
    setInterval(() => {
      if (!this.#over && document.visibilityState === "visible") this.#draw();
    }, TICK_MS);
    this.#connection.start();
    this.#draw();
  }

  #address(): string {
    const url = new URL("/ws", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("session", this.#id);
    url.searchParams.set("after", String(this.#talk.lastSeq));
    return url.href;
  }

  #linked(): void {
    clearTimeout(this.#lossTimer);
    const { link } = this.#connection;
    if (link === "open") {
      this.#longLost = false;
      this.#connection.send({ type: "join_session", sessionId: this.#id });
    } else {
      this.#caughtUp = false;
      clearTimeout(this.#echoTimer);
      this.#outbox.interrupted();
      this.#tray.interrupted();
      this.#lossTimer = window.setTimeout(() => {
        this.#longLost = true;
        this.#draw();
      }, link === "offline" ? 0 : LOSS_SHOWN_AFTER_MS);
    }
    this.#draw();
  }

  /** Tries came to nothing: perhaps nobody is signed in, or this is over and nobody answers any more. */
  async #doubt(): Promise<void> {
    const answer = await ask(this.#api);
    if (!answer.ok) {
      if (answer.status === 401) this.#signedOut = true;
      else if (answer.status === 403 || answer.status === 404) this.#gone = answer.message;
      else return;
      this.#connection.end();
      this.#draw();
      return;
    }
    const kept = readKept(answer.body);
    if (kept === null || !isOver(kept.status) || this.#over) return;
    await this.#readRecord();
    this.#known = true;
    this.#ended(kept);
  }

  /** What was said in a session that has nobody left to tell it live. */
  async #readRecord(): Promise<void> {
    for (let cursor = ""; ;) {
      const answer = await ask(`${this.#api}/messages${cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`}`);
      const from = answer.ok ? object(answer.body) : null;
      if (from === null) return;
      for (const frame of list(from, "messages", readFrame)) this.#talk = reduce(this.#talk, frame);
      cursor = text(from, "nextCursor");
      if (cursor === "") return;
    }
  }

  #take(frame: Frame): void {
    const before = this.#talk;
    this.#talk = reduce(before, frame);
    if (frame.type === "pins") this.#heardPins(frame.pins);
    if (frame.type === "session_status" && frame.replayed !== null) this.#arrive();
    else if (this.#caughtUp && (frame.seq === null || frame.seq > before.lastSeq)) this.#tell(frame);
    if (frame.type === "chat_message" && frame.clientId !== null) {
      clearTimeout(this.#echoTimer);
      this.#outbox.arrived(frame.clientId);
      this.#pump();
    }
    if (this.#caughtUp && isOver(this.#talk.standing?.status)) void this.#learnEnd();
    this.#draw();
  }

  #heardPins(pins: readonly WaitingPin[]): void {
    const known = new Set(this.#tray.pins.map(({ id }) => id));
    this.#tray.heard(pins);
    const fresh = pins.find((pin) => !known.has(pin.id) && !this.#tray.isOwn(pin));
    if (this.#caughtUp && fresh !== undefined) this.#notify.speak(pointing(fresh));
  }

  /** What is pointed at and not yet named by a message of this tab. */
  #waitingPins(): WaitingPin[] {
    const named = new Set(this.#outbox.items.flatMap(({ attachments }) => attachments));
    return this.#tray.pins.filter(({ id }) => !named.has(id));
  }

  /** The replay is over: what is in the log is no longer to be sent, what is not goes now. */
  #arrive(): void {
    this.#known = true;
    this.#caughtUp = true;
    for (const { clientId } of this.#outbox.items) if (has(this.#talk, clientId)) this.#outbox.arrived(clientId);
    this.#tray.flush();
    this.#pump();
  }

  /** What is worth telling beyond the conversation itself. */
  #tell(frame: Frame): void {
    if (frame.type === "preview_updated") {
      this.#problem = null;
      this.#preview.reload();
      this.#tabs.news("preview", true);
    } else if (frame.type === "session_status" && frame.standing.status === "STARTING") {
      if (frame.standing.text !== this.#spokenPhase) this.#notify.speak(frame.standing.text);
      this.#spokenPhase = frame.standing.text;
    } else if (frame.type === "session_status" && frame.standing.status === "RUNNING" && this.#spokenPhase !== "") {
      this.#spokenPhase = "";
      this.#notify.speak("Ready.");
      this.#notify.finished("Ready");
    } else if (frame.type === "agent_status" && frame.state === "started" && frame.phase !== "thinking") {
      this.#notify.speak(frame.text);
    } else if (frame.type === "chat_message" && frame.role === "assistant") {
      this.#notify.speak(frame.text);
    } else if (frame.type === "error" && OF_PINS.includes(frame.code)) {
      this.#tray.refused();
      toast(frame.message);
    } else if (frame.type === "error" && frame.seq === null) {
      clearTimeout(this.#echoTimer);
      if (this.#outbox.items.some((item) => item.state === "sending")) this.#outbox.refuse(frame.message);
      else toast(frame.message);
      this.#pump();
    } else if (frame.type === "turn_status" && frame.status === "idle" && frame.outcome !== null) {
      this.#notify.finished(ENDINGS[frame.outcome]);
      this.#notify.speak(ENDINGS[frame.outcome]);
    }
  }

  async #learnEnd(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#connection.end();
    const answer = await ask(this.#api);
    const kept = answer.ok ? readKept(answer.body) : null;
    const standing = this.#talk.standing;
    if (standing === null) return;
    const { status, outcome, prUrl } = standing;
    this.#ended({ ...(kept ?? { startedBy: "", cost: this.#talk.cost?.spent ?? 0, startedAt: null, endedAt: null }), status, outcome, prUrl });
  }

  /** The page becomes a record: nothing is said or done here any more. */
  #ended(kept: Kept): void {
    this.#over = true;
    this.#connection.end();
    this.#tray.end();
    this.#root.classList.add("over");
    this.#tabs.open("chat");
    showOutcome(kept, this.#talk.standing?.text ?? "", this.#org);
    this.#draw();
  }

  #say(words: string, pins: readonly string[]): void {
    this.#outbox.add(messageId(), words, pins);
    this.#scroller.toEnd();
    this.#pump();
  }

  #pump(): void {
    if (!this.#caughtUp || this.#connection.link !== "open") return;
    const item = this.#outbox.next();
    if (item === null) return;
    const { clientId, text: content, attachments: pins } = item;
    // A message takes the notes that are there when it comes.
    this.#tray.flush();
    if (!this.#connection.send({ type: "chat_message", sessionId: this.#id, content, clientId, ...(pins.length > 0 && { pins }) })) {
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
    if (said?.kind === "said") this.#say(said.text, []);
  }

  async #undo(turn: number): Promise<void> {
    const answer = await ask(`${this.#api}/undo`, { method: "POST", body: { turn } });
    if (!answer.ok) toast(answer.message);
  }

  async #addTime(): Promise<void> {
    if (this.#extending) return;
    this.#extending = true;
    const answer = await ask(`${this.#api}/extend`, { method: "POST", body: {} });
    this.#extending = false;
    toast(answer.ok ? "There is more time now." : answer.message);
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
    const now = Date.now();
    const { standing, turns, cost, people } = this.#talk;
    const turn = running(this.#talk);
    const empty = turns.length === 0 && this.#outbox.items.length === 0;
    const starting = standing?.status === "STARTING";
    const status = standing?.status;
    this.#scroller.follows = !empty;
    this.#scroller.around(() => this.#timeline.show(this.#talk, this.#outbox.items, this.#tray.pins, !this.#over));
    this.#pins.show(this.#waitingPins());
    this.#loading.hidden = this.#known || this.#signedOut || this.#gone !== "" || standing !== null;
    need("waiting", HTMLElement).hidden = !starting;
    need("first", HTMLElement).hidden = !(empty && status === "RUNNING");
    if (starting) for (const card of this.#waiting) card.show(standing, now);
    need("preview-waiting-card", HTMLElement).hidden = !starting;
    need("no-preview", HTMLElement).hidden = !(status === "RUNNING" && !standing?.hasPreview);
    need("below", HTMLElement).hidden = this.#over;
    this.#stop.hidden = turn === null;
    this.#stop.setAttribute("aria-disabled", String(turn?.status === "stopping"));
    say(need("agent", HTMLElement), status === "STOPPING" ? "The work is being handed over" : turn?.status === "stopping" ? "Stopping" : turn !== null ? doing(turn) : "");
    this.#preview.want(status === "RUNNING" && standing?.hasPreview === true && !this.#over, turn === null ? null : doing(turn));
    this.#meters.cost(cost);
    this.#meters.time(this.#over ? null : standing, now);
    this.#meters.people(this.#over ? [] : people);
    this.#ending.offered = (status === "RUNNING" || starting) && !this.#over;
    this.#drawNotices(now);
    this.#drawLink();
    this.#field.look();
  }

  #drawNotices(now: number): void {
    const { standing, cost, conflict } = this.#talk;
    const problem = this.#problem;
    const words = timeWords(standing, now);
    this.#notices.show([
      conflict !== null && {
        key: `conflict ${conflict.sessions.map(({ id }) => id).join(" ")}`, words: conflict.text, actions: [], leaves: true,
        links: conflict.sessions.map(({ id, title, by }) => ({ href: `/session/${id}`, words: title || (by === "" ? "Their session" : `${by}'s session`) })),
      },
      problem !== null && {
        key: `problem ${problem.number}`, words: "The page reported a problem.", leaves: true,
        actions: [{ words: "Ask the agent to look at it", press: () => this.#askAbout(problem) }],
      },
      { key: "money", words: moneyWords(cost), actions: [], leaves: (cost?.left ?? 0) > 0.005 },
      { key: "time", words, actions: standing?.canExtend === true ? [{ words: "Add time", press: () => void this.#addTime() }] : [], leaves: false },
    ]);
  }

  #askAbout({ message, page }: { message: string; page: string }): void {
    this.#problem = null;
    this.#say(`The page ${page} reported a problem: “${message}”. Please look at it.`, []);
  }

  #drawLink(): void {
    const place = need("connection", HTMLElement);
    if (this.#signedOut) {
      const back = `/?sign-in&next=${encodeURIComponent(location.pathname)}`;
      connectionWords(place, "You are signed out. What you wrote is kept. ", h("a", { href: back }, "Sign in again"));
    } else if (this.#gone !== "") {
      connectionWords(place, this.#gone, h("a", { href: "/orgs" }, "Your teams"));
    } else if (!this.#longLost || this.#over) {
      connectionWords(place, "", null);
    } else if (this.#connection.link === "offline" || !navigator.onLine) {
      connectionWords(place, "You are offline. What you write is kept, and sent when you are back.", null);
    } else {
      const now = h("button", { type: "button", class: "text-button", onclick: () => this.#connection.now() }, "Try now");
      connectionWords(place, "The connection was lost. Trying again.", this.#known ? now : null);
    }
  }
}

/** A pin that a message names. What was kept in another form before is not named any more. */
const pinId = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
