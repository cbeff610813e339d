// Picking a repository: what GitHub has of somebody's, searched and shown a page at a time.

import { ask } from "../api.ts";
import { find, h, need, say } from "../dom.ts";
import { count, when } from "../format.ts";
import { type Json, type Wire, list, object, text } from "../json.ts";
import { go, target } from "./send.ts";

interface Repository {
  fullName: string;
  description: string;
  isPrivate: boolean;
  canPush: boolean;
  pushedAt: Date | null;
}

/** Wires the list, on a page that has it. */
export function wireRepositories(): void {
  const form = find("repository-search", HTMLFormElement);
  if (form === null) return;
  const places = {
    list: need("repositories", HTMLElement),
    state: need("repositories-state", HTMLElement),
    wrong: need("repositories-wrong", HTMLElement),
    more: need("repositories-more", HTMLButtonElement),
    search: need("q", HTMLInputElement),
  };
  let cursor: string | null = null;
  let running: AbortController | null = null;

  /** The next page of what is searched for, or the first one. */
  const load = async (isFirst: boolean): Promise<void> => {
    running?.abort();
    const mine = (running = new AbortController());
    const q = places.search.value.trim();
    const query = new URLSearchParams({ ...(q === "" ? {} : { q }), ...(isFirst || cursor === null ? {} : { cursor }) });
    if (isFirst) places.list.replaceChildren();
    places.more.hidden = true;
    say(places.wrong, "");
    say(places.state, q === "" ? "Asking GitHub for your repositories…" : `Searching for “${q}”…`);
    const answer = await ask(`/api/v1/github/repos?${query}`, { signal: mine.signal }).catch(() => null);
    if (answer === null || mine.signal.aborted) return;
    if (!answer.ok) {
      say(places.state, "");
      if (answer.code === "github_not_connected") return location.reload();
      say(places.wrong, answer.message);
      places.more.hidden = false;
      say(places.more, "Try again");
      return;
    }
    const page = object<Wire<"Repositories">>(answer.body) ?? {};
    cursor = text(page, "nextCursor") || null;
    const found = list(page, "repositories", read);
    const first = places.list.children.length;
    places.list.append(...found.map(entry));
    say(places.state, words(places.list.children.length, q, cursor !== null));
    places.more.hidden = cursor === null;
    say(places.more, "Show more");
    if (!isFirst) places.list.children[first]?.querySelector("button")?.focus();
  };

  /** Makes a project of it. */
  const use = async (repository: string, button: HTMLButtonElement): Promise<void> => {
    const { method, path } = target(places.list.dataset["create"]);
    say(places.wrong, "");
    button.disabled = true;
    say(button, "One moment…");
    const answer = await ask(path, { method, body: { repository } });
    if (answer.ok) return go((places.list.dataset["then"] ?? "/orgs").replace("{id}", encodeURIComponent(text(object<Json>(answer.body) ?? {}, "id"))));
    button.disabled = false;
    say(button, "Use this one");
    say(places.wrong, answer.message);
  };

  const entry = (repository: Repository): HTMLElement => {
    const facts = [repository.isPrivate ? "Private" : "Public", repository.pushedAt === null ? "" : `last changed ${when(repository.pushedAt, new Date())}`];
    const button = h("button", {
      type: "button", class: "button plain", "aria-label": `Use this one: ${repository.fullName}`,
      onclick: () => void use(repository.fullName, button),
    }, "Use this one");
    return h("li", { class: "entry" },
      h("div", { class: "entry-words" },
        h("p", { class: "entry-name" }, repository.fullName),
        repository.description !== "" && h("p", { class: "small" }, repository.description),
        h("p", { class: "entry-facts" }, ...facts.filter((fact) => fact !== "").map((fact) => h("span", {}, fact)))),
      repository.canPush ? button : h("p", { class: "quiet small" }, "You may look at it, but not change it."));
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void load(true);
  });
  places.more.addEventListener("click", () => void load(cursor === null));
  void load(true);
}

function words(shown: number, q: string, more: boolean): string {
  if (shown === 0 && more) return `Nothing so far called “${q}”. There are more to look through.`;
  if (shown === 0) return q === "" ? "GitHub has no repository of yours yet. Make one there, and come back." : `None of your repositories is called “${q}”.`;
  return `${count(shown, "repository", "repositories")}${more ? " so far" : ""}, the one that changed last first.`;
}

function read(item: unknown): Repository | null {
  const found = object<Wire<"Repository">>(item);
  if (found === null || text(found, "fullName") === "") return null;
  const pushedAt = new Date(text(found, "pushedAt"));
  return {
    fullName: text(found, "fullName"),
    description: text(found, "description"),
    isPrivate: found.private === true,
    canPush: found.canPush === true,
    pushedAt: Number.isNaN(pushedAt.getTime()) ? null : pushedAt,
  };
}
