// A session at work: what is said in it, what is pointed at, what its preview shows, what it costs and how it ends. Owns how
// these hang together; each part owns how it looks.

import { ask, isSignedOut } from "../api.ts";
import { batched } from "../conversation/batch.ts";
import { Chat } from "../conversation/chat.ts";
import { doing, running } from "../conversation/conversation.ts";
import { Field } from "../conversation/field.ts";
import { Panel } from "../conversation/panel.ts";
import { Tabs } from "../conversation/tabs.ts";
import { h, need } from "../dom.ts";
import { toast } from "../toast.ts";
import { Ending } from "./ending.ts";
import { type Frame, type Kept, type ShownPin, type Standing, messageFrame, readFrame, readShownPin } from "./frames.ts";
import { Meters } from "./meters.ts";
import { Notices } from "./notices.ts";
import { showOutcome } from "./outcome.ts";
import { Pointing } from "./pointing.ts";
import { Preview } from "./preview.ts";
import { fetchKept, fetchMessages } from "./record.ts";
import { type SessionState, INITIAL, isOver, reduce } from "./reducer.ts";
import { SessionTimeline } from "./timeline.ts";
import { Waiting } from "./waiting.ts";
import { hindrance } from "./words.ts";

const TICK_MS = 1_000;

export class SessionPage {
  #root = need("session", HTMLElement);
  #id = this.#root.dataset["session"] ?? "";
  #org = this.#root.dataset["org"] ?? "";
  #viewer = this.#root.dataset["viewer"] ?? "";
  #api = `/api/v1/sessions/${this.#id}`;
  #over = false;
  /** What became of it, once it is over. */
  #kept: Kept | null = null;
  #spokenPhase = "";
  /** Many frames at once are one drawing. */
  #draw = batched(() => this.#drawNow());
  #chat: Chat<SessionState, Frame, ShownPin> = new Chat<SessionState, Frame, ShownPin>({
    initial: INITIAL,
    reduce,
    read: readFrame,
    readAttachment: readShownPin,
    named: () => ({ session: this.#id }),
    message: (message) => {
      this.#pointing.flush();
      return { ...messageFrame(message, this.#preview.page), sessionId: this.#id };
    },
    linked: (link) => {
      this.#panel.line.linked(link);
      if (link === "open") this.#send({ type: "join_session" });
      else this.#pointing.interrupted();
    },
    caughtUp: () => this.#pointing.flush(),
    came: (frame, isNew) => this.#came(frame, isNew),
    refused: (refusal) => this.#pointing.refused(refusal),
    doubt: () => void this.#doubt(),
    changed: this.#draw,
  });
  #panel = new Panel({
    stop: () => this.#send({ type: "stop_turn" }),
    connect: () => this.#chat.tryNow(),
    changed: this.#draw,
  });
  #pointing = new Pointing({
    viewer: this.#viewer,
    isConnected: () => this.#chat.caughtUp,
    send: (frame) => this.#send(frame),
    unsent: () => this.#chat.unsent,
    speak: (words) => this.#chat.notify.speak(words),
    changed: this.#draw,
  });
  #field = new Field({
    send: (words) => this.#say(words || "Please look at what is pointed at.", this.#pointing.waiting),
    more: () => this.#pointing.hasWish,
    hindrance: () => hindrance(this.#chat.state.standing),
    tooLong: "Send it in parts.",
  });
  #tabs = new Tabs(this.#root, ["chat", "preview"], (tab) => {
    if (tab === "chat") this.#panel.opened();
  });
  #preview = new Preview(this.#api, this.#root.dataset["preview"] ?? "", this.#root.dataset["project"] ?? "", {
    mayPoint: () => this.#pointing.mayAdd(),
    picked: (pin) => {
      this.#tabs.open("chat");
      this.#pointing.add(pin);
    },
    problem: (message, page) => {
      // While the agent works, pages are half done; what is wrong then is its own business.
      if (running(this.#chat.state.conversation) === null) this.#notices.pageFailed(message, page);
    },
    moved: this.#draw,
  });
  #timeline = new SessionTimeline(this.#viewer, {
    retry: (clientId) => this.#chat.retry(clientId),
    discard: (clientId) => this.#chat.discard(clientId),
    askAgain: ({ text, pins }) => this.#say(text, pins),
    undo: (turn) => void this.#undo(turn),
  });
  #notices = new Notices(this.#api, { ask: (words) => this.#say(words, []), changed: this.#draw });
  #meters = new Meters();
  #waiting = [need("waiting-steps", HTMLElement), need("preview-waiting", HTMLElement)].map((place) => new Waiting(place));
  #ending = new Ending(this.#api, {
    ended: (kept) => this.#ended(kept),
    pullRequest: () => this.#chat.state.standing?.prUrl ?? null,
    stop: () => this.#send({ type: "stop_session" }),
  });

  start(): void {
    this.#chat.keepAs(`vetka:session:${this.#id}:unsent`);
    this.#field.keepAs(`vetka:session:${this.#id}:draft`);
    this.#pointing.keepAs(`vetka:session:${this.#id}:pins`);
    this.#field.offer(need("first", HTMLElement));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#preview.picking) this.#preview.cancel();
    });
    setInterval(() => {
      if (!this.#over && document.visibilityState === "visible") this.#draw();
    }, TICK_MS);
    this.#chat.start();
    this.#draw();
  }

  /** Whether it went out. */
  #send(frame: object): boolean {
    return this.#chat.send({ ...frame, sessionId: this.#id });
  }

  #say(words: string, pins: readonly ShownPin[]): void {
    this.#chat.say(words, pins);
    this.#panel.toEnd();
  }

  /** Tries came to nothing: perhaps nobody is signed in, or this is over and nobody answers any more. */
  async #doubt(): Promise<void> {
    if (await isSignedOut()) return this.#refused(401, "");
    const { kept, answer } = await fetchKept(this.#api);
    if (!answer.ok) this.#refused(answer.status, answer.message);
    else if (kept !== null && isOver(kept.status) && !this.#over) {
      this.#chat.load(await fetchMessages(this.#api));
      this.#chat.known = true;
      this.#ended(kept);
    }
  }

  #refused(status: number, message: string): void {
    if (status === 401) this.#panel.line.signedOut();
    else if (status === 403 || status === 404) this.#panel.line.refuse(message, h("a", { href: "/orgs" }, "Your teams"));
    else return;
    this.#chat.end();
    this.#draw();
  }

  #came(frame: Frame, isNew: boolean): void {
    if (frame.type === "pins") this.#pointing.heard(frame.pins, isNew);
    else if (frame.type === "preview_updated" && isNew) {
      this.#notices.pageReloaded();
      this.#preview.reload();
      this.#tabs.news("preview", true);
    } else if (frame.type === "session_status" && isNew) this.#tellStanding(frame.standing);
    if (this.#chat.caughtUp && isOver(this.#chat.state.standing?.status)) void this.#learnEnd();
  }

  /** Whoever waits and looks elsewhere hears how far it is. */
  #tellStanding({ status, text }: Standing): void {
    const { notify } = this.#chat;
    if (status === "STARTING") {
      if (text !== this.#spokenPhase) notify.speak(text);
      this.#spokenPhase = text;
    } else if (status === "RUNNING" && this.#spokenPhase !== "") {
      this.#spokenPhase = "";
      notify.speak("Ready.");
      notify.finished("Ready");
    }
  }

  async #learnEnd(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#chat.end();
    const { kept } = await fetchKept(this.#api);
    const { standing, cost } = this.#chat.state;
    if (standing === null) return;
    const { status, outcome, prUrl } = standing;
    this.#ended({ ...(kept ?? { startedBy: "", cost: cost?.spent ?? 0, startedAt: null, endedAt: null }), status, outcome, prUrl });
  }

  /** The page becomes a record: nothing is said or done here any more. */
  #ended(kept: Kept): void {
    this.#over = true;
    this.#kept = kept;
    this.#chat.end();
    this.#pointing.end();
    this.#panel.line.quiet();
    this.#root.classList.add("over");
    this.#tabs.open("chat");
    showOutcome(kept, this.#chat.state.standing?.text ?? "", this.#org);
    this.#draw();
  }

  async #undo(turn: number): Promise<void> {
    const answer = await ask(`${this.#api}/undo`, { method: "POST", body: { turn } });
    if (!answer.ok) toast(answer.message);
  }

  #drawNow(): void {
    const { state, known, isEmpty, unsent } = this.#chat;
    const { conversation, standing, cost, people } = state;
    const now = Date.now();
    const turn = running(conversation);
    const work = turn === null ? null : doing(turn);
    const [isStarting, isRunning] = [standing?.status === "STARTING", standing?.status === "RUNNING"];
    const hasPreview = standing?.hasPreview === true;
    this.#panel.show({
      isEmpty,
      isLoading: !known && standing === null && !this.#panel.line.refused,
      turn,
      words: standing?.status === "STOPPING" ? "The work is being handed over" : (work ?? ""),
      mayConnect: known,
      timeline: () => this.#timeline.show(conversation, unsent, !this.#over && !this.#panel.line.gone),
    });
    this.#pointing.show();
    need("waiting", HTMLElement).hidden = !isStarting;
    need("preview-waiting-card", HTMLElement).hidden = !isStarting;
    if (isStarting && standing !== null) for (const card of this.#waiting) card.show(standing, now);
    need("first", HTMLElement).hidden = !(isEmpty && isRunning);
    need("no-preview", HTMLElement).hidden = !(isRunning && !hasPreview);
    need("below", HTMLElement).hidden = this.#over;
    this.#preview.want(isRunning && hasPreview && !this.#over, work);
    this.#meters.cost(cost);
    this.#meters.time(this.#over ? null : standing, now);
    this.#meters.people(this.#over ? [] : people);
    // What was done in a session that ended by itself is kept, and can still be handed over.
    const isLeft = this.#kept !== null && this.#kept.outcome === null;
    this.#ending.offer(this.#over ? isLeft : isRunning || isStarting, this.#over);
    this.#notices.show(state, now);
    this.#field.look();
  }
}
