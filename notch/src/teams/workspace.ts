// Preparing the workspace of a project: a button that begins it, and while it goes on, what is being done and how long that
// usually takes.

import { ask } from "../api.ts";
import { fill, find, h, need, say } from "../dom.ts";
import { clock } from "../format.ts";
import { type Json, list, object, oneOf, text } from "../json.ts";
import { target } from "./send.ts";

const EVERY_MS = 1500;
/** When asking fails, it is asked more seldom. */
const LATER_MS = 6000;

const STATUSES = ["PENDING", "BUILDING", "READY", "FAILED"] as const;
type Status = (typeof STATUSES)[number];

/** As words.rs of the pages has it: the class that draws the state, and its name. */
const STATES: Record<Status, [string, string]> = {
  PENDING: ["draft", "Not prepared yet"],
  BUILDING: ["building", "Being prepared"],
  READY: ["live", "Ready to work on"],
  FAILED: ["error", "Could not be prepared"],
};

interface Line {
  at: Date;
  text: string;
}

export interface Workspace {
  /** A project as it is now: what was changed about it may want another workspace. */
  see: (project: Json) => void;
}

/** Wires the part, on a page that has it. */
export function wireWorkspace(): Workspace | null {
  const part = find("workspace", HTMLElement);
  if (part === null) return null;
  const build = need("workspace-build", HTMLButtonElement);
  const wrong = need("workspace-wrong", HTMLElement);
  const isFirst = part.dataset["first"] !== undefined;
  let status: Status = oneOf(part.dataset["status"], STATUSES) ?? "PENDING";
  let timer = 0;

  const show = (message: string, usual: string): void => {
    const [look, name] = STATES[status];
    const state = need("workspace-state", HTMLElement);
    state.className = `state ${look}`;
    say(state, name);
    say(need("workspace-words", HTMLElement), words(status, message, usual));
    need("workspace-start", HTMLElement).hidden = status !== "READY";
    build.hidden = status === "BUILDING" || (isFirst && status === "READY");
    say(build, status === "PENDING" ? "Prepare the workspace" : status === "FAILED" ? "Try again" : "Prepare it again");
    build.classList.toggle("plain", status === "READY");
  };

  const see = (body: unknown): void => {
    const told = object<Json>(body) ?? {};
    status = oneOf(told["status"], STATUSES) ?? status;
    const log = list(told, "log", readLine);
    const place = need("workspace-log", HTMLElement);
    place.hidden = log.length === 0 || status === "READY";
    // Only what is new is touched, so that a screen reader is not told all of it again.
    for (const { at, text: line } of log.slice(place.children.length)) {
      place.append(h("li", {}, h("p", { class: "log-what" }, line), h("p", { class: "entry-facts" }, h("span", {}, clock(at, new Date())))));
    }
    if (log.length < place.children.length) fill(place);
    show(text(told, "message"), text(told, "usual"));
  };

  const watch = async (): Promise<void> => {
    clearTimeout(timer);
    const { path } = target(part.dataset["watch"]);
    const answer = document.visibilityState === "hidden" ? null : await ask(path);
    if (answer?.ok === true) see(answer.body);
    else if (answer !== null && [401, 403, 404].includes(answer.status)) return say(wrong, answer.message);
    if (status === "BUILDING") timer = window.setTimeout(() => void watch(), answer?.ok === false ? LATER_MS : EVERY_MS);
  };

  build.addEventListener("click", async () => {
    const { method, path } = target(part.dataset["build"]);
    say(wrong, "");
    build.disabled = true;
    const answer = await ask(path, { method });
    build.disabled = false;
    if (!answer.ok) return say(wrong, answer.message);
    fill(need("workspace-log", HTMLElement));
    see(answer.body);
    await watch();
  });

  show("", "");
  if (status !== "PENDING") void watch();
  return {
    see: (project) => {
      status = oneOf(project["templateStatus"], STATUSES) ?? status;
      show("", "");
    },
  };
}

function words(status: Status, message: string, usual: string): string {
  switch (status) {
    case "PENDING":
      return "Nobody can start a session before it is prepared.";
    case "BUILDING":
      return [message === "" ? "Your project is being put together." : message.replace(/[^.!?]$/, "$&."), usual === "" ? "" : `This usually takes ${usual}.`, "You can leave this page; it goes on."].filter((part) => part !== "").join(" ");
    case "READY":
      return message || "Everybody in the team can start a session now.";
    case "FAILED":
      return message || "Look at how it starts, change what is wrong, and try again.";
  }
}

function readLine(item: unknown): Line | null {
  const line = object<Json>(item);
  const at = new Date(line === null ? "" : text(line, "at"));
  return line === null || text(line, "text") === "" || Number.isNaN(at.getTime()) ? null : { at, text: text(line, "text") };
}
