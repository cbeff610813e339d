// `/sites`: deleting asks for the name, and the button wakes when it is right. The form posts like any form.

import { wireDialogs } from "./dialogs.ts";

wireDialogs();

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-confirm]")) {
  const input = form.querySelector("input");
  const button = form.querySelector("button");
  if (input === null || button === null) continue;
  const look = (): void => {
    button.setAttribute("aria-disabled", String(input.value.trim() !== form.dataset["confirm"]));
  };
  input.addEventListener("input", look);
  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
    else button.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", look);
  look();
}
