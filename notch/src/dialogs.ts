// Dialogs. The page works without: a link opens the dialog by asking the server for it. With this, the same links open it at
// once, as a modal.

/** Wires every `data-opens` and `data-closes` on the page. A dialog that came open becomes modal. */
export function wireDialogs(): void {
  for (const dialog of document.querySelectorAll("dialog")) wireDialog(dialog);
  wireOpeners(document);
}

/** Wires one dialog, which may have come to the page later. */
export function wireDialog(dialog: HTMLDialogElement): void {
  if (dialog.open) {
    dialog.removeAttribute("open");
    dialog.showModal();
  }
  // A press on the backdrop hits the dialog itself, one on its content hits the content.
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog && outside(dialog, event)) dialog.close();
  });
  for (const closer of dialog.querySelectorAll("[data-closes]")) {
    closer.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
    });
  }
}

/** Wires what opens dialogs, in a part of the page. */
export function wireOpeners(within: ParentNode): void {
  for (const opener of within.querySelectorAll<HTMLElement>("[data-opens]")) {
    const dialog = document.getElementById(opener.dataset["opens"] ?? "");
    if (!(dialog instanceof HTMLDialogElement)) continue;
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.showModal();
    });
  }
}

function outside(dialog: HTMLDialogElement, event: PointerEvent): boolean {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
