// Forms that want a name typed before they do something for good: the button wakes when it is right.

/** Wires every form with `data-confirm`. */
export function wireConfirms(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-confirm]")) {
    const input = form.querySelector<HTMLInputElement>("input.input");
    const button = form.querySelector("button");
    if (input === null || button === null) continue;
    const wanted = (form.dataset["confirm"] ?? "").toLowerCase();
    const look = (): void => {
      button.setAttribute("aria-disabled", String(input.value.trim().toLowerCase() !== wanted));
    };
    input.addEventListener("input", look);
    form.addEventListener("submit", (event) => {
      if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
      else button.setAttribute("aria-disabled", "true");
    });
    window.addEventListener("pageshow", look);
    form.addEventListener("unsent", look);
    look();
  }
}
