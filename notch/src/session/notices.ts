// What is worth a word over the field of a session just now: others at the same project, a page in trouble, money, time.

import { ask } from "../api.ts";
import { need } from "../dom.ts";
import { toast } from "../toast.ts";
import { moneyWords, timeWords } from "./meters.ts";
import { NoticeList } from "./notice-list.ts";
import type { SessionState } from "./reducer.ts";

export interface NoticesOptions {
  /** Asks the agent. */
  ask: (words: string) => void;
  changed: () => void;
}

interface Problem {
  number: number;
  message: string;
  page: string;
}

export class Notices {
  #list: NoticeList;
  #api: string;
  #options: NoticesOptions;
  #problem: Problem | null = null;
  #problems = 0;
  #extending = false;

  constructor(api: string, options: NoticesOptions) {
    this.#api = api;
    this.#options = options;
    this.#list = new NoticeList(need("notices", HTMLElement), options.changed);
  }

  /** The page that is previewed reported a problem. */
  pageFailed(message: string, page: string): void {
    this.#problem = { number: ++this.#problems, message, page };
    this.#options.changed();
  }

  /** It is another page now, or the same one anew. */
  pageReloaded(): void {
    this.#problem = null;
  }

  show({ standing, cost, conflict }: SessionState, now: number): void {
    const problem = this.#problem;
    this.#list.show([
      conflict !== null && {
        key: `conflict ${conflict.sessions.map(({ id }) => id).join(" ")}`, words: conflict.text, actions: [], leaves: true,
        links: conflict.sessions.map(({ id, title, by }) => ({ href: `/session/${id}`, words: title || (by === "" ? "Their session" : `${by}’s session`) })),
      },
      problem !== null && {
        key: `problem ${problem.number}`, words: "The page reported a problem.", leaves: true,
        actions: [{ words: "Ask the agent to look at it", press: () => this.#askAbout(problem) }],
      },
      { key: "money", words: moneyWords(cost), actions: [], leaves: (cost?.left ?? 0) > 0.005 },
      {
        key: "time", words: timeWords(standing, now), leaves: false,
        actions: standing?.canExtend === true ? [{ words: "Add time", press: () => void this.#addTime() }] : [],
      },
    ]);
  }

  #askAbout({ message, page }: Problem): void {
    this.#problem = null;
    this.#options.ask(`The page ${page} reported a problem: “${message}”. Please look at it.`);
  }

  async #addTime(): Promise<void> {
    if (this.#extending) return;
    this.#extending = true;
    const answer = await ask(`${this.#api}/extend`, { method: "POST", body: {} });
    this.#extending = false;
    toast(answer.ok ? "There is more time now." : answer.message);
  }
}
