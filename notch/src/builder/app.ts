// The builder at work: frames come in, the talk is reduced, the parts are shown. Owns the order in which things happen;
// each part owns how it looks.

import { isSignedOut } from "../api.ts";
import { backoff } from "../conversation/backoff.ts";
import { batched } from "../conversation/batch.ts";
import { Chat } from "../conversation/chat.ts";
import { doing, running } from "../conversation/conversation.ts";
import { Panel } from "../conversation/panel.ts";
import { Tabs } from "../conversation/tabs.ts";
import { h, need, textButton } from "../dom.ts";
import { clock, roughly } from "../format.ts";
import { toast } from "../toast.ts";
import { Composer } from "./composer.ts";
import { type Attachment, type Frame, readAttachment, readFrame } from "./frames.ts";
import { Preview } from "./preview.ts";
import { wireDrop } from "./publish/drop.ts";
import { Publish } from "./publish/panel.ts";
import { entriesOf, isSite } from "./publish/pick.ts";
import type { Published } from "./publish/send.ts";
import { type BuilderState, INITIAL, reduce, usual } from "./reducer.ts";
import { type Session, fetchSession } from "./session.ts";
import { BuilderTimeline } from "./timeline.ts";
import { type Version, called } from "./version.ts";
import { Versions } from "./versions.ts";

/** Of a very long conversation only the end is replayed with all its steps; what was said before comes without. */
const FULL_REPLAY = 1_500;

export class Builder {
  #root = need("builder", HTMLElement);
  #domain = this.#root.dataset["domain"] ?? "";
  #looking: Version | null = null;
  #agent = "";
  #conversationId = "";
  #opening = need("opening", HTMLElement);
  /** Many frames at once are one drawing. */
  #draw = batched(() => this.#drawNow());
  #chat: Chat<BuilderState, Frame, Attachment> = new Chat<BuilderState, Frame, Attachment>({
    initial: INITIAL,
    reduce,
    read: readFrame,
    readAttachment,
    named: () => ({ conversation: this.#conversationId }),
    message: ({ text, clientId, attachments }) => ({ type: "chat_message", text, clientId, attachments: attachments.map(({ id }) => id) }),
    linked: (link) => this.#panel.line.linked(link),
    caughtUp: (again) => {
      if (again || this.#chat.state.preview?.snapshotId !== this.#root.dataset["live"]) void this.#versions.refresh();
    },
    came: (frame, isNew) => {
      if (isNew) this.#news(frame);
    },
    doubt: () => void this.#doubt(),
    changed: this.#draw,
  });
  #panel = new Panel({
    stop: () => this.#chat.send({ type: "stop" }),
    connect: () => this.#chat.tryNow(),
    changed: this.#draw,
  });
  #composer = new Composer((text, attachments) => this.#say(text, attachments), (transfer) => {
    // A folder, an archive or a page is no picture for a message, wherever it is dropped.
    const entries = entriesOf(transfer);
    if (!isSite(entries)) return false;
    this.#publish.drop(entries);
    return true;
  });
  #tabs = new Tabs(this.#root, ["chat", "preview", "versions"], (tab) => {
    if (tab === "versions") void this.#versions.refresh();
    if (tab === "chat") this.#panel.opened();
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
    working: () => running(this.#chat.state.conversation) !== null,
    live: () => this.#versions.live?.id ?? null,
    published: (published) => void this.#published(published),
    undone: () => {
      toast("Undone. Visitors see the version from before again.");
      void this.#versions.refresh();
      this.#others?.postMessage("versions");
    },
    toast,
  });
  #timeline = new BuilderTimeline({
    unqueue: (turn) => this.#chat.send({ type: "unqueue", turn }),
    retry: (clientId) => this.#chat.retry(clientId),
    discard: (clientId) => this.#chat.discard(clientId),
    askAgain: ({ text, attachments }) => this.#say(text, attachments),
    see: (snapshotId, url) => this.#see(snapshotId, url),
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
    this.#composer.offer(this.#opening);
    void this.#versions.refresh();
    const session = await this.#session();
    if (session === null) return;
    this.#conversationId = session.conversationId;
    this.#chat.keepAs(`vetka:${session.conversationId}:unsent`);
    this.#composer.keepAs(`vetka:${session.conversationId}:draft`);
    const from = Math.max(0, session.lastSeq - FULL_REPLAY);
    this.#chat.load(session.messages.filter(({ seq }) => seq !== null && seq <= from));
    this.#chat.skipTo(from);
    this.#chat.start();
  }

  /** Asks until there is an answer; null when the answer is that there is nothing here for us. */
  async #session(): Promise<Session | null> {
    for (let attempt = 0; ; attempt += 1) {
      const { session, answer } = await fetchSession();
      if (session !== null) {
        this.#panel.line.lost = false;
        this.#agent = session.agent;
        this.#draw();
        return session;
      }
      if (!answer.ok && answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
        this.#refused(answer.status, answer.message);
        return null;
      }
      this.#panel.line.lost = attempt > 0;
      this.#draw();
      const wait = !answer.ok && answer.retryAfter !== null ? answer.retryAfter * 1000 : backoff(attempt, Math.random());
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  #refused(status: number, message: string): void {
    if (status === 401) this.#panel.line.signedOut();
    else this.#panel.line.refuse(message, h("a", { href: "/sites" }, "Your site"));
    this.#chat.end();
    this.#draw();
  }

  async #doubt(): Promise<void> {
    if (await isSignedOut()) return this.#refused(401, "");
    const { answer } = await fetchSession();
    if (!answer.ok && (answer.status === 401 || answer.status === 403 || answer.status === 404)) this.#refused(answer.status, answer.message);
  }

  /** What is new beyond the conversation itself. */
  #news(frame: Frame): void {
    if (frame.type === "preview_updated") {
      this.#lookAt(null);
      this.#preview.show(frame.url);
      this.#tabs.news("preview", true);
      void this.#versions.refresh();
    } else if (frame.type === "turn_status" && frame.status === "idle" && this.#agent === "") {
      void this.#learnAgent();
    }
  }

  async #learnAgent(): Promise<void> {
    const { session } = await fetchSession();
    if (session === null) return;
    this.#agent = session.agent;
    this.#draw();
  }

  #say(words: string, attachments: readonly Attachment[]): void {
    this.#chat.say(words, attachments);
    this.#panel.toEnd();
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
    const restore = textButton(version.draft ? "Go live" : "Restore it", () => {
      this.#tabs.open("versions");
      this.#versions.askToRestore(version.id);
    });
    const back = textButton("Back to the live one", () => {
      this.#lookAt(null);
      void this.#versions.refresh();
    });
    const words = version.draft
      ? "This is a draft. Visitors do not see it."
      : `You are looking at the version of ${clock(new Date(version.createdAt), new Date())}. Visitors see another one.`;
    this.#preview.lookingAt(words, restore, this.#versions.live !== null && back);
  }

  #drawNow(): void {
    const { state: { conversation }, known, isEmpty, unsent } = this.#chat;
    const turn = running(conversation);
    this.#panel.show({
      isEmpty,
      isLoading: !known && isEmpty && !this.#panel.line.refused,
      turn,
      words: this.#agent,
      mayConnect: known,
      timeline: () => this.#timeline.show(conversation, unsent, !this.#panel.line.gone),
    });
    this.#opening.hidden = !(known && isEmpty);
    this.#preview.working(turn === null ? null : doing(turn), this.#howLong());
    this.#publish.agentChanged();
  }

  #howLong(): string {
    const took = usual(this.#chat.state.conversation);
    return took === null ? "A first version usually takes a few minutes." : `Here it usually takes about ${roughly(took)}.`;
  }
}
