// The field that messages are typed in: Enter, the draft that outlives the tab, what is too long. Owns what is typed until
// it is handed over as a message.

import { need } from "../dom.ts";
import { keep } from "./outbox.ts";

/** As many characters as a message may have. */
const LONGEST = 20_000;

export interface FieldOptions {
  send: (text: string) => void;
  /** Whether there is something to send without words. */
  more: () => boolean;
  /** Why nothing can be sent just now; empty when something can. */
  hindrance: () => string;
  /** What to do instead of sending what is too long. */
  tooLong: string;
}

export class Field {
  readonly form = need("composer", HTMLFormElement);
  #field = need("say", HTMLTextAreaElement);
  #hint = need("say-hint", HTMLElement);
  #send = need("send", HTMLButtonElement);
  #options: FieldOptions;
  #draftKey: string | null = null;
  #usualHint: string;

  constructor(options: FieldOptions) {
    this.#options = options;
    this.#usualHint = this.#hint.textContent ?? "";
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#ready()) {
        const hindrance = options.hindrance();
        if (hindrance !== "") this.#tell(hindrance);
        else this.focus();
        return;
      }
      options.send(this.#field.value.trim());
      this.#field.value = "";
      this.#typed();
    });
    this.#field.addEventListener("input", () => this.#typed());
    this.#field.addEventListener("keydown", (event) => {
      // While a word is being composed, Enter belongs to the keyboard that composes it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
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
    this.focus();
    this.#field.setSelectionRange(words.length, words.length);
    this.#typed();
  }

  /** What is in here is offered: pressed, it is put into the field. */
  offer(examples: HTMLElement): void {
    for (const example of examples.querySelectorAll("button")) example.addEventListener("click", () => this.suggest(example.textContent ?? ""));
  }

  focus(): void {
    this.#field.focus();
  }

  /** Looks again at whether something can be sent. */
  look(): void {
    this.#send.setAttribute("aria-disabled", String(!this.#ready()));
    const over = this.#field.value.trim().length - LONGEST;
    this.#tell(over > 0 ? `This is ${over} characters too long for one message. ${this.#options.tooLong}` : "");
  }

  #ready(): boolean {
    const length = this.#field.value.trim().length;
    return this.#options.hindrance() === "" && length <= LONGEST && (length > 0 || this.#options.more());
  }

  #typed(): void {
    if (this.#draftKey !== null) keep(localStorage, this.#draftKey, this.#field.value === "" ? null : this.#field.value);
    // Where the browser does not grow the field by itself.
    if (!CSS.supports("field-sizing", "content")) {
      this.#field.style.height = "auto";
      this.#field.style.height = `${this.#field.scrollHeight}px`;
    }
    this.look();
  }

  #tell(words: string): void {
    this.#hint.classList.toggle("told", words !== "");
    this.#hint.textContent = words === "" ? this.#usualHint : words;
  }
}
