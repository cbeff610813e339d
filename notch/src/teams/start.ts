// Starting a session: whoever presses is told first who else is at the same project.

import { type Failure, ask } from "../api.ts";
import { fill, h, need, say } from "../dom.ts";
import { type Json, list, object, text } from "../json.ts";
import { isWaiting, wait } from "../wait.ts";

interface AtIt {
  id: string;
  title: string;
  who: string;
}

/** Wires every button with `data-start`. */
export function wireStart(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-start]")) {
    button.addEventListener("click", () => void begin(button));
  }
}

async function begin(button: HTMLButtonElement): Promise<void> {
  const wrong = button.closest("article, section")?.querySelector("[data-wrong]") ?? null;
  const project = button.dataset["start"] ?? "";
  const words = button.textContent ?? "";
  const settle = busy(button, "One moment…");
  const answer = await ask(`/api/v1/orgs/${button.dataset["team"] ?? ""}/projects/${project}/active-sessions`);
  const others = answer.ok ? list(object<Json>(answer.body) ?? {}, "sessions", readAtIt) : [];
  if (others.length > 0) {
    settle(words);
    showOthers(button.dataset["project"] ?? "", project, others);
    return;
  }
  const failure = await start(project);
  settle(words);
  if (failure !== null && wrong !== null) explain(wrong, failure, button);
}

/** Starts it and goes there; gives why not. */
async function start(projectId: string): Promise<Failure | null> {
  const answer = await ask("/api/v1/sessions", { method: "POST", body: { projectId } });
  if (!answer.ok) return answer;
  location.assign(`/session/${encodeURIComponent(text(object<Json>(answer.body) ?? {}, "id"))}`);
  return null;
}

function showOthers(name: string, projectId: string, others: AtIt[]): void {
  const dialog = need("others", HTMLDialogElement);
  const go = need("others-go", HTMLButtonElement);
  const wrong = need("others-wrong", HTMLElement);
  const who = [...new Set(others.map((other) => other.who))].join(", ");
  say(need("others-words", HTMLElement), `${who} ${others.length === 1 ? "has a session" : "have sessions"} of ${name} open at this moment. You can join in there, or start one of your own.`);
  fill(need("others-list", HTMLElement), ...others.map((other) =>
    h("li", { class: "entry" },
      h("div", { class: "entry-words" }, h("p", { class: "entry-name" }, other.title), h("p", { class: "entry-facts" }, h("span", {}, other.who))),
      h("a", { class: "text-button", href: `/session/${encodeURIComponent(other.id)}`, "aria-label": `Join in: ${other.title}` }, "Join in"))));
  say(wrong, "");
  go.onclick = async () => {
    const settle = busy(go, "One moment…");
    const failure = await start(projectId);
    settle("Start another one");
    if (failure !== null) explain(wrong, failure, go);
  };
  dialog.showModal();
}

/** Why it did not start, with the way to what is missing. */
function explain(where: Element, failure: Failure, button: HTMLButtonElement): void {
  const way = failure.code.startsWith("github_not_connected")
    ? h("a", { href: `/api/v1/auth/github?next=${encodeURIComponent(location.pathname)}` }, "Connect GitHub")
    : failure.code.includes("api_key")
      ? h("a", { href: "/settings#teams" }, "Go to your key")
      : null;
  fill(where, failure.message, way !== null && " ", way);
  if (failure.status === 429 && failure.retryAfter !== null && !isWaiting(button)) wait(button, failure.retryAfter, () => fill(where));
}

/** A button that is at work; the function gives it its words back. */
function busy(button: HTMLButtonElement, words: string): (words: string) => void {
  button.disabled = true;
  say(button, words);
  return (words) => {
    button.disabled = false;
    say(button, words);
  };
}

function readAtIt(item: unknown): AtIt | null {
  const session = object<Json>(item);
  if (session === null || text(session, "id") === "") return null;
  const who = object<Json>(session["startedBy"]);
  return {
    id: text(session, "id"),
    title: text(session, "title") || "Nothing was asked for yet",
    who: (who === null ? "" : text(who, "name")) || "Somebody",
  };
}
