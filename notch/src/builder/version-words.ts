// Writing a name and a note on a version, where it stands. Enter saves the name, Escape leaves all as it was.

import { blame, h, say } from "../dom.ts";
import type { Version } from "./version.ts";

export const LONGEST_NAME = 60;
export const LONGEST_NOTE = 500;

/** The form. `save` gives what is wrong, or null when it is written down; `leave` is called when it is not needed any more. */
export function wordsForm(
  version: Version, save: (words: { name: string; note: string }) => Promise<string | null>, leave: () => void,
): HTMLFormElement {
  const [nameId, noteId, wrongId] = [`name-${version.id}`, `note-${version.id}`, `words-wrong-${version.id}`];
  const name = h("input", { class: "input", id: nameId, value: version.name, maxlength: LONGEST_NAME, autocomplete: "off", "aria-describedby": wrongId });
  const note = h("textarea", { class: "input", id: noteId, rows: 3, maxlength: LONGEST_NOTE });
  note.value = version.note;
  const wrong = h("p", { class: "wrong", id: wrongId, role: "alert" });
  const go = h("button", { type: "submit", class: "button" }, "Save");
  const form = h("form", { class: "words", "aria-label": "Name and note" },
    h("div", { class: "field" }, h("label", { for: nameId }, "Name"), name),
    h("div", { class: "field" }, h("label", { for: noteId }, "Note"), note,
      h("p", { class: "hint" }, "Only you see these. Empty fields remove the words.")),
    wrong, h("div", { class: "row" }, go, h("button", { type: "button", class: "button plain", onclick: leave }, "Cancel")));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      leave();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === note) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (go.getAttribute("aria-disabled") === "true") return;
    go.setAttribute("aria-disabled", "true");
    say(go, "Saving…");
    blame(name, wrong, "");
    void save({ name: name.value, note: note.value }).then((problem) => {
      go.removeAttribute("aria-disabled");
      say(go, "Save");
      if (problem !== null) blame(name, wrong, problem);
    });
  });
  queueMicrotask(() => {
    name.focus();
    name.select();
  });
  return form;
}
