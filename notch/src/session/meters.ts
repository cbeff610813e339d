// Money, time and people, in the bar over everything; and a word about them in the conversation when it is time for one.

import { fill, h, need, say } from "../dom.ts";
import type { Cost, Person, Standing } from "./frames.ts";
import { NEARLY, SOON, dollars, minutes, minutesLeft } from "./words.ts";

/** How many people are drawn one by one. */
const FACES = 4;

export class Meters {
  #cost = need("cost", HTMLElement);
  #bar = need("cost-bar", HTMLProgressElement);
  #spent = need("cost-words", HTMLElement);
  #time = need("time", HTMLElement);
  #people = need("people", HTMLElement);
  #here: readonly Person[] = [];

  cost(cost: Cost | null): void {
    this.#cost.hidden = cost === null;
    if (cost === null) return;
    const { spent, budget, left } = cost;
    say(this.#spent, budget > 0 ? `${dollars(spent)} of ${dollars(budget)}` : dollars(spent));
    this.#bar.hidden = budget <= 0;
    this.#bar.max = budget > 0 ? budget : 1;
    this.#bar.value = Math.min(spent, budget);
    this.#bar.classList.toggle("nearly", nearly(cost));
    this.#cost.title = `This session has cost ${dollars(spent)}. It may cost ${dollars(budget)}, so ${dollars(left)} are left.`;
  }

  time(standing: Standing | null, now: number): void {
    const endsAt = standing?.status === "RUNNING" || standing?.status === "STARTING" ? standing.endsAt : null;
    this.#time.hidden = endsAt === null;
    if (endsAt !== null) say(this.#time, `${minutesLeft(endsAt, now)} min left`);
  }

  people(people: readonly Person[]): void {
    if (people === this.#here) return;
    this.#here = people;
    this.#people.hidden = people.length < 2;
    const more = people.length - FACES;
    fill(this.#people,
      ...people.slice(0, FACES).map(({ name }) => h("li", { class: "avatar", title: name }, h("span", { "aria-hidden": "true" }, initials(name)), h("span", { class: "visually-hidden" }, name || "Somebody"))),
      more > 0 && h("li", { class: "avatar" }, `+${more}`));
  }
}

const nearly = ({ spent, budget }: Cost): boolean => budget > 0 && spent >= NEARLY * budget;

/** A word about the money, when there is one to say. */
export function moneyWords(cost: Cost | null): string {
  if (cost === null || !nearly(cost)) return "";
  if (cost.left <= 0.005) return "The budget of this session is used up. Finish with what is there, and go on in a new session.";
  return `Most of this session’s budget is used: ${dollars(cost.left)} of ${dollars(cost.budget)} are left.`;
}

/** A word about the time, when there is one to say. */
export function timeWords(standing: Standing | null, now: number): string {
  if (standing?.status !== "RUNNING" || standing.endsAt === null) return "";
  const left = minutesLeft(standing.endsAt, now);
  if (left > SOON) return "";
  return `This session ends in ${minutes(left)}. ${standing.canExtend ? "Finish with what is there, or add time." : "Finish with what is there; what is not handed over stays on a branch of its own."}`;
}

/** The first letters of the first and the last word. */
export function initials(name: string): string {
  const letters = name.split(/\s+/).flatMap((word) => /\p{L}|\p{N}/u.exec(word)?.[0] ?? []);
  return [letters[0], letters.length > 1 ? letters.at(-1) : ""].join("").toUpperCase() || "?";
}
