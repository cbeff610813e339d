// Files on their way to a message: chosen, pasted or dropped, checked, sent with progress, and taken back. Owns their
// row over the field.

import { failure } from "../api.ts";
import { h } from "../dom.ts";
import { bytes } from "../format.ts";
import { type Attachment, readAttachment } from "./frames.ts";

export const LARGEST_BYTES = 20 * 1024 * 1024;
export const MOST_FILES = 10;
const KINDS = /^(image\/(png|jpeg|gif|webp)|application\/pdf)$/;
/** Systems disagree about what kind these are, so their names decide. The server looks at the bytes. */
const TEXT_NAMES = /\.(txt|text|log|md|markdown|csv|tsv|json)$/i;

/** Why a file cannot come along, or null. */
export function objection(file: { name: string; type: string; size: number }): string | null {
  if (!KINDS.test(file.type) && !TEXT_NAMES.test(file.name)) return "Only pictures, PDF and text can be added.";
  if (file.size > LARGEST_BYTES) return `This file has ${bytes(file.size)}. The most is 20 MB.`;
  if (file.size === 0) return "This file is empty.";
  return null;
}

interface Upload {
  name: string;
  row: HTMLLIElement;
  done: Attachment | null;
  failed: boolean;
  request: XMLHttpRequest | null;
}

export class Uploads {
  #list: HTMLElement;
  #changed: () => void;
  #uploads: Upload[] = [];

  constructor(list: HTMLElement, changed: () => void) {
    this.#list = list;
    this.#changed = changed;
  }

  get busy(): boolean {
    return this.#uploads.some((upload) => upload.done === null && !upload.failed);
  }

  get ready(): Attachment[] {
    return this.#uploads.flatMap((upload) => (upload.done === null ? [] : [upload.done]));
  }

  add(files: Iterable<File>): void {
    for (const file of files) this.#one(file);
    this.#changed();
  }

  /** Those that arrived leave with their message; those that failed stay to be read. */
  take(): Attachment[] {
    const taken = this.ready;
    for (const upload of this.#uploads.filter(({ done }) => done !== null)) this.#remove(upload);
    return taken;
  }

  #one(file: File): void {
    const state = h("span", { class: "file-state", role: "status" }, bytes(file.size));
    const progress = h("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
    const remove = h("button", { type: "button", class: "close file-remove", "aria-label": `Remove ${file.name}` }, "×");
    const row = h("li", { class: "file" }, h("span", { class: "file-name" }, file.name), progress, state, remove);
    const upload: Upload = { name: file.name, row, done: null, failed: false, request: null };
    remove.addEventListener("click", () => {
      this.#remove(upload);
      this.#changed();
    });
    const fail = (words: string): void => {
      upload.failed = true;
      row.classList.add("failed");
      progress.remove();
      state.textContent = words;
      this.#changed();
    };
    this.#uploads.push(upload);
    this.#list.append(row);
    this.#list.hidden = false;

    const standing = this.#uploads.filter((other) => !other.failed).length;
    const problem = standing > MOST_FILES ? `${MOST_FILES} files go with one message. Send this one with the next.` : objection(file);
    if (problem !== null) {
      fail(problem);
      return;
    }
    // fetch says nothing about how much has gone out, so the older way it is.
    const request = new XMLHttpRequest();
    upload.request = request;
    request.open("POST", "/api/agent/upload");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress.value = event.loaded / event.total;
    });
    request.addEventListener("load", () => {
      const done = request.status === 201 ? readAttachment(request.response) : null;
      if (done === null) {
        fail(failure(request.status, request.response, null).message);
        return;
      }
      upload.done = done;
      progress.remove();
      this.#changed();
    });
    request.addEventListener("error", () => fail(failure(0, null, null).message));
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  }

  #remove(upload: Upload): void {
    upload.request?.abort();
    upload.row.remove();
    this.#uploads = this.#uploads.filter((other) => other !== upload);
    this.#list.hidden = this.#uploads.length === 0;
  }
}
