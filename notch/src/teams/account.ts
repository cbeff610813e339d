// What somebody needs of their own for sessions, in the account's settings: the key that the model is paid with, and the
// connection to GitHub. Nothing of the key is ever shown again.

import { ask } from "../api.ts";
import { fill, find, h, say } from "../dom.ts";
import { type Wire, object, text } from "../json.ts";
import { refuse } from "./send.ts";

/** Why GitHub is connected or not, from the code that the way back brings. */
const NOTICES: Record<string, string> = {
  "github-connected": "GitHub is connected.",
  "github-not-begun": "That way to GitHub took too long or was begun in another browser. Connect it again.",
  "github-declined": "GitHub was not connected, because you said no there.",
  "github-unavailable": "GitHub did not answer, so nothing was connected. Try again in a minute.",
  "github-not-enough": "GitHub was not connected: without access to repositories nothing can be changed. Allow them, and connect it again.",
};

/** Fills the part, on a page that has it. */
export function wireTeams(): void {
  const part = find("teams", HTMLElement);
  if (part === null) return;
  const [key, github] = [h("div", { class: "own-thing" }), h("div", { class: "own-thing" })];
  const notice = NOTICES[new URLSearchParams(location.search).get("notice") ?? ""];
  if (notice !== undefined) part.append(h("p", { class: "notice", role: "status" }, notice));
  part.append(key, github);
  if (notice !== undefined || location.hash === "#teams") part.scrollIntoView();
  void showKey(key);
  void showGithub(github);
}

async function showKey(place: HTMLElement, focus = false): Promise<void> {
  const title = h("h3", { tabindex: "-1" }, "Your Anthropic key");
  fill(place, title, h("p", { class: "quiet" }, "Looking…"));
  const answer = await ask("/api/v1/users/api-key/status");
  if (!answer.ok) return fill(place, title, h("p", { class: "wrong", role: "alert" }, answer.message), retry(() => showKey(place, true)));
  const isSet = object<Wire<"ApiKeyStatus">>(answer.body)?.isSet === true;
  const input = h("input", { class: "input", id: "api-key", type: "password", required: true, maxlength: 300, autocomplete: "off", spellcheck: "false", "aria-describedby": "api-key-hint" });
  const form = h("form", { method: "post", onsubmit: (event) => void keep(event) },
    h("div", { class: "field" },
      h("label", { for: "api-key" }, isSet ? "Another key in its place" : "Key"),
      input,
      h("p", { class: "hint", id: "api-key-hint" }, "It begins with sk-ant-. You make one at console.anthropic.com, under API keys. We ask Anthropic once whether it is good, which costs nothing.")),
    h("p", { class: "wrong", role: "alert", "data-wrong": true }),
    h("button", { type: "submit", class: "button plain" }, isSet ? "Replace the key" : "Save the key"));
  const keep = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    const answer = await ask("/api/v1/users/api-key", { method: "PUT", body: { apiKey: input.value } });
    form.removeAttribute("aria-busy");
    if (!answer.ok) return refuse(form, answer);
    await showKey(place, true);
  };
  fill(place, title,
    h("p", {}, isSet
      ? "A key is set. It is sealed, used for your sessions only, and never shown again, not even to you."
      : "None is set. Sessions that you start are paid with a key of your own, so the money goes from you to Anthropic and we take no part of it. Every session has a limit, and shows what it costs while it goes on."),
    isSet && remove("Remove the key", "Without it you cannot start sessions. One that goes on stops at its next step.", "/api/v1/users/api-key", () => showKey(place, true)),
    form);
  if (focus) title.focus();
}

async function showGithub(place: HTMLElement, focus = false): Promise<void> {
  const title = h("h3", { tabindex: "-1" }, "GitHub");
  fill(place, title, h("p", { class: "quiet" }, "Looking…"));
  const answer = await ask("/api/v1/github");
  if (!answer.ok && answer.code !== "github_not_offered") return fill(place, title, h("p", { class: "wrong", role: "alert" }, answer.message), retry(() => showGithub(place, true)));
  const status = answer.ok ? (object<Wire<"GithubStatus">>(answer.body) ?? {}) : {};
  if (status.connected === true) {
    fill(place, title, h("p", {}, "Connected as ", h("strong", {}, text(status, "login")), ". Changes that you send for review are made in that name."),
      remove("Disconnect GitHub", "Your sessions cannot fetch or send anything any more. What is at GitHub stays.", "/api/v1/github", () => showGithub(place, true)));
  } else {
    fill(place, title, h("p", {}, "Not connected. It is needed to start sessions and to add projects: GitHub will ask whether we may read and change your repositories."),
      h("a", { class: "button plain", href: "/api/v1/auth/github?next=%2Fsettings" }, "Connect GitHub"));
  }
  if (focus) title.focus();
}

function retry(again: () => Promise<void>): HTMLElement {
  return h("button", { type: "button", class: "button plain", onclick: () => void again() }, "Try again");
}

/** A button that asks once more before it takes something away. */
function remove(label: string, warning: string, path: string, done: () => Promise<void>): HTMLElement {
  const place = h("div", { class: "removing" });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const first = h("button", { type: "button", class: "text-button", onclick: () => {
    fill(place, h("p", {}, warning), h("div", { class: "row" }, sure, no), wrong);
    sure.focus();
  } }, label);
  const sure = h("button", { type: "button", class: "button grave", onclick: async () => {
    const answer = await ask(path, { method: "DELETE" });
    if (answer.ok) await done();
    else say(wrong, answer.message);
  } }, label);
  const no = h("button", { type: "button", class: "button plain", onclick: () => {
    fill(place, first);
    first.focus();
  } }, "Keep it");
  fill(place, first);
  return place;
}
