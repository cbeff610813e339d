// `/sites/<domain>/reactions`: hiding and showing again posts like any form. This does it in place.

import { ask } from "./api.ts";
import { say } from "./dom.ts";
import { wireShell } from "./shell.ts";
import { toast } from "./toast.ts";

wireShell();

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-id]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [row, button] = [form.closest("li"), form.querySelector("button")];
    if (row === null || button === null || form.getAttribute("aria-busy") === "true") return;
    const hide = button.value === "hide";
    form.setAttribute("aria-busy", "true");
    const answer = await ask(`/api/notch/reactions/${form.dataset["id"] ?? ""}/hidden`, { method: hide ? "PUT" : "DELETE" });
    form.removeAttribute("aria-busy");
    if (!answer.ok) {
      toast(answer.message);
      return;
    }
    row.toggleAttribute("data-hidden", hide);
    const mark = row.querySelector(".reaction-hidden");
    if (mark !== null) say(mark, hide ? "Hidden" : "");
    button.value = hide ? "show" : "hide";
    say(button, hide ? "Show again" : "Hide");
    toast(hide ? "Hidden. Nobody sees it but you and whoever left it." : "Shown again.");
  });
}
