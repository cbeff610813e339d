// Inviting somebody: the link is shown once, with a button that copies it, and the list of open invites comes anew.

import { ask } from "../api.ts";
import { wireCopying } from "../copy.ts";
import { find, need, say } from "../dom.ts";
import { type Wire, object, text } from "../json.ts";
import { refuse, target, wireSends } from "./send.ts";
import { localTimes } from "./times.ts";

/** Wires the form for invites, on a page that has it. */
export function wireInvites(): void {
  const form = find("invite-form", HTMLFormElement);
  if (form === null) return;
  wireCopying();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void invite(form);
  });
}

async function invite(form: HTMLFormElement): Promise<void> {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const fields = new FormData(form);
  const email = String(fields.get("email") ?? "").trim();
  const { method, path } = target(form.dataset["invite"]);
  const role = String(fields.get("role") ?? "MEMBER");
  const answer = await ask(path, { method, body: email === "" ? { role } : { email, role } });
  form.removeAttribute("aria-busy");
  if (!answer.ok) return refuse(form, answer);
  const made = object<Wire<"MadeInvite">>(answer.body) ?? {};
  say(form.querySelector("[data-wrong]") ?? form, "");
  form.reset();
  const words = email === ""
    ? "Here is the link. Hand it to whoever is to come in."
    : made.mailed === true
      ? `A mail is on its way to ${email}. This is the link in it, should it get lost.`
      : `The mail to ${email} could not be sent. Hand over the link yourself; it works for that address only.`;
  say(need("invite-made-words", HTMLElement), words);
  say(need("invite-link", HTMLElement), text(made, "url"));
  const shown = need("invite-made", HTMLElement);
  shown.hidden = false;
  shown.focus();
  await renew();
}

/** The list of open invites, out of the page as it is now. */
async function renew(): Promise<void> {
  const response = await fetch(location.pathname, { credentials: "same-origin" }).catch(() => null);
  if (response === null || !response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("open-invites");
  if (fresh === null) return;
  const adopted = document.adoptNode(fresh);
  document.getElementById("open-invites")?.replaceWith(adopted);
  wireSends(adopted);
  localTimes(adopted);
}
