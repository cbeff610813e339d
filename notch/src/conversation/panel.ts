// The panel of a conversation: whether it is still coming, its end in view, the button that stops the work, and the line about
// the connection.

import { need, say } from "../dom.ts";
import { ConnectionLine } from "./connection-line.ts";
import type { Turn } from "./conversation.ts";
import { Scroller } from "./scroller.ts";

export interface PanelOptions {
  stop: () => void;
  /** Tries at once to connect. */
  connect: () => void;
  changed: () => void;
}

/** What the panel shows. */
export interface PanelView {
  isEmpty: boolean;
  isLoading: boolean;
  /** The turn at work. */
  turn: Turn | null;
  /** What stands beside the button that stops it. */
  words: string;
  /** Whether it is of use to try at once to connect. */
  mayConnect: boolean;
  /** Draws what was said. */
  timeline: () => void;
}

export class Panel {
  readonly loading = need("loading", HTMLElement);
  readonly line: ConnectionLine;
  #scroller = new Scroller(need("talk", HTMLElement));
  #stop = need("stop", HTMLButtonElement);
  #words = need("agent", HTMLElement);
  #connect: () => void;

  constructor({ stop, connect, changed }: PanelOptions) {
    this.line = new ConnectionLine(changed);
    this.#connect = connect;
    this.#stop.addEventListener("click", stop);
  }

  show({ isEmpty, isLoading, turn, words, mayConnect, timeline }: PanelView): void {
    this.#scroller.follows = !isEmpty;
    this.#scroller.around(timeline);
    this.loading.hidden = !isLoading;
    const isStopping = turn?.status === "stopping";
    this.#stop.hidden = turn === null;
    this.#stop.setAttribute("aria-disabled", String(isStopping));
    say(this.#words, isStopping ? "Stopping…" : words);
    this.line.show(mayConnect ? this.#connect : null);
  }

  /** Whoever says something sees it. */
  toEnd(): void {
    this.#scroller.toEnd();
  }

  /** It can be seen again. */
  opened(): void {
    if (this.#scroller.follows) this.#scroller.toEnd();
  }
}
