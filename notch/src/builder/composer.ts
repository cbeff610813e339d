// The field and what belongs to it: Enter, files, the draft that outlives the tab. Owns what is typed until it is handed
// over as a message.

import { need } from "../dom.ts";
import { type Attachment } from "./frames.ts";
import { keep } from "./outbox.ts";
import { Uploads } from "./uploads.ts";

/** As many characters as a message may have. */
const LONGEST = 20_000;

export class Composer {
  #field = need("say", HTMLTextAreaElement);
  #form = need("composer", HTMLFormElement);
  #hint = need("say-hint", HTMLElement);
  #send = need("send", HTMLButtonElement);
  #uploads: Uploads;
  #draftKey: string | null = null;
  #usualHint: string;

  /** `elsewhere` may take what is dropped and is no attachment. */
  constructor(send: (text: string, attachments: Attachment[]) => void, elsewhere: (transfer: DataTransfer) => boolean) {
    const picker = need("file-input", HTMLInputElement);
    this.#usualHint = this.#hint.textContent ?? "";
    this.#uploads = new Uploads(need("files", HTMLElement), () => this.#look());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#ready()) {
        if (this.#uploads.busy) this.#tell("One moment: a file is still on its way.");
        else this.#field.focus();
        return;
      }
      send(this.#field.value.trim(), this.#uploads.take());
      this.#field.value = "";
      this.#typed();
    });
    this.#field.addEventListener("input", () => this.#typed());
    this.#field.addEventListener("keydown", (event) => {
      // While a word is being composed, Enter belongs to the keyboard that composes it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#field.addEventListener("paste", (event) => {
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
    this.#look();
  }

  /** From now on the draft is kept under this name; one that is there comes back, unless something is typed already. */
  keepAs(key: string): void {
    this.#draftKey = key;
    try {
      if (this.#field.value === "") this.#field.value = localStorage.getItem(key) ?? "";
    } catch {
      // Nothing kept, nothing to bring back.
    }
    this.#typed();
  }

  /** Puts words into the field, to be changed and sent. */
  suggest(words: string): void {
    this.#field.value = words;
    this.#field.focus();
    this.#field.setSelectionRange(words.length, words.length);
    this.#typed();
  }

  #ready(): boolean {
    const length = this.#field.value.trim().length;
    return !this.#uploads.busy && length <= LONGEST && (length > 0 || this.#uploads.ready.length > 0);
  }

  #typed(): void {
    if (this.#draftKey !== null) keep(localStorage, this.#draftKey, this.#field.value === "" ? null : this.#field.value);
    // Where the browser does not grow the field by itself.
    if (!CSS.supports("field-sizing", "content")) {
      this.#field.style.height = "auto";
      this.#field.style.height = `${this.#field.scrollHeight}px`;
    }
    this.#look();
  }

  #look(): void {
    this.#send.setAttribute("aria-disabled", String(!this.#ready()));
    const over = this.#field.value.trim().length - LONGEST;
    this.#tell(over > 0 ? `This is ${over} characters too long for one message. Send it in parts, or as a text file.` : "");
  }

  #tell(words: string): void {
    this.#hint.classList.toggle("told", words !== "");
    this.#hint.textContent = words === "" ? this.#usualHint : words;
  }

  #wireDrop(area: HTMLElement, elsewhere: (transfer: DataTransfer) => boolean): void {
    const holds = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    area.addEventListener("dragover", (event) => {
      if (!holds(event)) return;
      event.preventDefault();
      this.#form.classList.add("dropping");
    });
    area.addEventListener("dragleave", (event) => {
      if (!(event.relatedTarget instanceof Node && area.contains(event.relatedTarget))) this.#form.classList.remove("dropping");
    });
    area.addEventListener("drop", (event) => {
      this.#form.classList.remove("dropping");
      if (!holds(event)) return;
      event.preventDefault();
      const transfer = event.dataTransfer;
      if (transfer !== null && !elsewhere(transfer)) this.#uploads.add(transfer.files);
    });
  }
}
