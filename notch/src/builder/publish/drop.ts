// Dropping files beside the conversation. While files are held over the page, a sheet lies over the preview, whose frame
// would swallow them, and over the versions; what is dropped on the conversation is the composer's.

import { need } from "../../dom.ts";

/** Wires the whole builder; `take` gets what was dropped on the sheet. */
export function wireDrop(root: HTMLElement, take: (transfer: DataTransfer) => void): void {
  const sheet = need("drop", HTMLElement);
  let timer = 0;
  const show = (yes: boolean): void => {
    clearTimeout(timer);
    sheet.hidden = !yes;
  };
  window.addEventListener("dragover", (event) => {
    if (!(event.dataTransfer?.types.includes("Files") ?? false)) return;
    show(true);
    // No browser says reliably that the files have left the window; that no more is heard of them says it.
    timer = window.setTimeout(() => show(false), 400);
    if (root.contains(event.target as Node | null)) return;
    event.preventDefault();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "none";
  });
  // Let go anywhere else on the page, the browser would leave it and open the file.
  window.addEventListener("drop", (event) => {
    show(false);
    if (event.dataTransfer?.types.includes("Files") ?? false) event.preventDefault();
  });
  for (const area of [sheet, need("panel-preview", HTMLElement), need("panel-versions", HTMLElement)]) {
    area.addEventListener("dragover", (event) => event.preventDefault());
    area.addEventListener("drop", (event) => {
      if (!(event.dataTransfer?.types.includes("Files") ?? false)) return;
      event.preventDefault();
      event.stopPropagation();
      show(false);
      take(event.dataTransfer as DataTransfer);
    });
  }
}
