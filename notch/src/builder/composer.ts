// The field and the files that go with a message: chosen, pasted or dropped.

import { Field } from "../conversation/field.ts";
import { need } from "../dom.ts";
import { type Attachment } from "./frames.ts";
import { Uploads } from "./uploads.ts";

export class Composer {
  #field: Field;
  #uploads: Uploads;

  /** `elsewhere` may take what is dropped and is no attachment. */
  constructor(send: (text: string, attachments: Attachment[]) => void, elsewhere: (transfer: DataTransfer) => boolean) {
    const picker = need("file-input", HTMLInputElement);
    this.#uploads = new Uploads(need("files", HTMLElement), () => this.#field.look());
    this.#field = new Field({
      send: (text) => send(text, this.#uploads.take()),
      more: () => this.#uploads.ready.length > 0,
      hindrance: () => (this.#uploads.busy ? "One moment: a file is still on its way." : ""),
      tooLong: "Send it in parts, or as a text file.",
    });
    this.#field.form.addEventListener("paste", (event) => {
      const files = event.clipboardData?.files;
      if (files === undefined || files.length === 0) return;
      event.preventDefault();
      this.#uploads.add(files);
    });
    need("attach", HTMLButtonElement).addEventListener("click", () => picker.click());
    picker.addEventListener("change", () => {
      this.#uploads.add(picker.files ?? []);
      picker.value = "";
      this.#field.focus();
    });
    this.#wireDrop(need("panel-chat", HTMLElement), elsewhere);
    this.#field.look();
  }

  keepAs(key: string): void {
    this.#field.keepAs(key);
  }

  offer(examples: HTMLElement): void {
    this.#field.offer(examples);
  }

  #wireDrop(area: HTMLElement, elsewhere: (transfer: DataTransfer) => boolean): void {
    const holds = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    area.addEventListener("dragover", (event) => {
      if (!holds(event)) return;
      event.preventDefault();
      this.#field.form.classList.add("dropping");
    });
    area.addEventListener("dragleave", (event) => {
      if (!(event.relatedTarget instanceof Node && area.contains(event.relatedTarget))) this.#field.form.classList.remove("dropping");
    });
    area.addEventListener("drop", (event) => {
      this.#field.form.classList.remove("dropping");
      if (!holds(event)) return;
      event.preventDefault();
      const transfer = event.dataTransfer;
      if (transfer !== null && !elsewhere(transfer)) this.#uploads.add(transfer.files);
    });
  }
}
