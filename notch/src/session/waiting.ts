// Waiting, as sentences: what is being done, what is done already, and how long it usually takes.

import { fill, h, say } from "../dom.ts";
import { PHASES, type Phase, type Standing } from "./frames.ts";
import { elapsed } from "./words.ts";

/** As `workers/domain/src/team/session.rs` has them. */
const SENTENCES: Record<Phase, string> = {
  sandbox: "Preparing a private workspace",
  repository: "Getting a fresh copy of the project",
  services: "Starting what the project needs",
  startup: "Starting the project",
  preview: "Opening the preview",
};

export class Waiting {
  #steps = h("ol", { class: "steps", role: "list" });
  #usual = h("p", { class: "quiet small" });
  #phase: Phase | null = null;
  #text = "";

  constructor(place: HTMLElement) {
    place.append(this.#steps, this.#usual);
  }

  show({ phase, text, usual, since }: Standing, now: number): void {
    if (phase !== this.#phase || text !== this.#text || this.#steps.childElementCount === 0) {
      this.#phase = phase;
      this.#text = text;
      const at = phase === null ? 0 : PHASES.indexOf(phase);
      fill(this.#steps, ...PHASES.map((other, index) => {
        const state = index < at ? "done" : index === at ? "started" : "to-come";
        const spoken = { done: ", done", started: ", in progress", "to-come": ", to come" }[state];
        return h("li", { class: `step ${state}` }, index === at && text !== "" ? text : SENTENCES[other], h("span", { class: "visually-hidden" }, spoken));
      }));
    }
    say(this.#usual, [usual === "" ? "" : `Usually ${usual}.`, since === null ? "" : `${elapsed(since, now)}.`].filter(Boolean).join(" "));
  }
}
