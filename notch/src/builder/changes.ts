// What is different in a version: the files in plain words, and of texts the lines, folded until somebody wants them.

import { ask } from "../api.ts";
import { type Child, fill, h, say, textButton } from "../dom.ts";
import { bytes, count } from "../format.ts";
import { type Wire, list, number, object, oneOf, text } from "../json.ts";

interface Line {
  fate: Wire<"ChangedLine">["fate"];
  text: string;
  ended: boolean;
}

interface Hunk {
  before: number;
  after: number;
  lines: Line[];
}

export interface FileChange {
  path: string;
  kind: Wire<"FileChangeKind">;
  sizeBefore: number | null;
  sizeAfter: number | null;
  hunks: Hunk[] | null;
  notShown: Wire<"WhyNotShown"> | null;
}

export interface Changes {
  from: string | null;
  added: number;
  changed: number;
  removed: number;
  same: number;
  files: FileChange[];
}

export function readChanges(value: unknown): Changes | null {
  const from = object<Wire<"Changes">>(value);
  if (from === null || !Array.isArray(from["files"])) return null;
  const earlier = text(from, "from");
  return {
    from: earlier === "" ? null : earlier, added: number(from, "added") ?? 0, changed: number(from, "changed") ?? 0,
    removed: number(from, "removed") ?? 0, same: number(from, "same") ?? 0, files: list(from, "files", readFile),
  };
}

function readFile(value: unknown): FileChange | null {
  const from = object<Wire<"FileChange">>(value);
  const kind = oneOf(from?.["kind"], ["added", "changed", "removed"]);
  if (from === null || kind === null) return null;
  return {
    path: text(from, "path"), kind, sizeBefore: number(from, "sizeBefore"), sizeAfter: number(from, "sizeAfter"),
    hunks: Array.isArray(from["hunks"]) ? list(from, "hunks", readHunk) : null,
    notShown: oneOf(from["notShown"], ["binary", "large", "dense", "ask"]),
  };
}

function readHunk(value: unknown): Hunk | null {
  const from = object<Wire<"Hunk">>(value);
  if (from === null) return null;
  return { before: number(from, "before") ?? 1, after: number(from, "after") ?? 1, lines: list(from, "lines", readLine) };
}

function readLine(value: unknown): Line | null {
  const from = object<Wire<"ChangedLine">>(value);
  const fate = oneOf(from?.["fate"], ["same", "removed", "added"]);
  return from === null || fate === null ? null : { fate, text: text(from, "text"), ended: from["ended"] !== false };
}

/** `2 files changed, 1 added, 3 removed.` */
export function summary({ added, changed, removed, same, from }: Changes): string {
  if (from === null) return `This is the first version, with ${count(added, "file", "files")}.`;
  if (added + changed + removed === 0) return "Nothing is different: the files are the same.";
  const parts = [[changed, "changed"], [added, "added"], [removed, "removed"]] as const;
  const words = parts.filter(([number]) => number > 0).map(([number, what], at) => (at === 0 ? `${count(number, "file", "files")} ${what}` : `${number} ${what}`));
  return `${words.join(", ")}. ${same === 0 ? "No file is the same." : same === 1 ? "1 file is the same." : `${same} files are the same.`}`;
}

const WHY: Record<Wire<"WhyNotShown">, string> = {
  binary: "This is no text, so there are no lines to compare.",
  large: "Too much is different to show it line by line.",
  dense: "This was written by a program in very long lines, which nobody could compare.",
  ask: "",
};

/** The question and its answer, for one version. `others` are the versions it can be held against, each with its words. */
export function changesView(api: string, others: { id: string | null; words: string }[], leave: () => void): HTMLElement {
  const result = h("div", {});
  const state = h("p", { class: "quiet", role: "status" }, "Comparing…");
  let latest = 0;
  const show = async (from: string | null): Promise<void> => {
    const mine = ++latest;
    fill(result);
    say(state, "Comparing…");
    const answer = await ask(from === null ? api : `${api}?from=${encodeURIComponent(from)}`);
    if (mine !== latest) return;
    const changes = answer.ok ? readChanges(answer.body) : null;
    if (changes === null) {
      say(state, answer.ok ? "The answer could not be read. Try again in a moment." : answer.message);
      return;
    }
    say(state, summary(changes));
    if (changes.from !== null) fill(result, files(api, changes));
  };
  const buttons = others.map(({ id, words }, at) => {
    const button = h("button", { type: "button", class: "choice", "aria-pressed": at === 0 }, words);
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      void show(id);
    });
    return button;
  });
  const view = h("div", { class: "changes", role: "group", "aria-label": "What changed" },
    h("div", { class: "changes-head" },
      others.length > 1 && h("div", { class: "choices", role: "group", "aria-label": "Compared with" }, ...buttons),
      textButton("Close", leave)),
    state, result);
  view.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    leave();
  });
  void show(others[0]?.id ?? null);
  return view;
}

function files(api: string, changes: Changes): HTMLElement {
  const hidden = changes.added + changes.changed + changes.removed - changes.files.length;
  return h("ul", { class: "changed-files", role: "list" },
    ...changes.files.map((file) => h("li", {}, row(api, file, changes.from))),
    hidden > 0 && h("li", { class: "quiet" }, `And ${count(hidden, "file", "files")} more.`));
}

function row(api: string, file: FileChange, from: string | null): Child {
  const what = h("span", { class: `change ${file.kind}` }, { added: "Added", changed: "Changed", removed: "Removed" }[file.kind]);
  const name = h("span", { class: "changed-name" }, file.path);
  const size = h("span", { class: "changed-size" }, sizes(file));
  if (file.kind !== "changed") return h("div", { class: "changed-file" }, what, name, size);
  const body = h("div", { class: "changed-body" });
  const fold = h("details", { class: "fold" }, h("summary", { class: "changed-file" }, what, name, size), body);
  let drawn = false;
  fold.addEventListener("toggle", () => {
    if (!fold.open || drawn) return;
    drawn = true;
    if (file.notShown === "ask") void fetchLines(api, file, from, body);
    else fill(body, lines(file));
  });
  return fold;
}

async function fetchLines(api: string, file: FileChange, from: string | null, body: HTMLElement): Promise<void> {
  fill(body, h("p", { class: "quiet" }, "Comparing…"));
  const query = new URLSearchParams({ path: file.path, ...(from === null ? {} : { from }) });
  const answer = await ask(`${api}?${query}`);
  const [found] = (answer.ok ? readChanges(answer.body) : null)?.files ?? [];
  fill(body, found === undefined ? h("p", { class: "quiet" }, answer.ok ? "There is nothing to show." : answer.message) : lines(found));
}

function sizes({ kind, sizeBefore, sizeAfter }: FileChange): string {
  if (kind === "changed") return `${bytes(sizeBefore ?? 0)} → ${bytes(sizeAfter ?? 0)}`;
  return bytes((kind === "added" ? sizeAfter : sizeBefore) ?? 0);
}

function lines({ path, hunks, notShown }: FileChange): HTMLElement {
  if (hunks === null) return h("p", { class: "quiet" }, WHY[notShown ?? "binary"]);
  return h("div", { class: "hunks", tabindex: 0, role: "group", "aria-label": `Lines of ${path} that changed` },
    ...hunks.map(({ before, after, lines }) => h("div", { class: "hunk" },
      h("p", { class: "hunk-place" }, before === after ? `Line ${after}` : `Line ${after}, line ${before} before`),
      ...lines.map(line))));
}

function line({ fate, text, ended }: Line): HTMLElement {
  const shown = [text === "" ? "\u00a0" : text, !ended && h("span", { class: "quiet" }, " (no line break)")];
  if (fate === "added") return h("ins", { class: "line" }, h("span", { class: "sign" }, "+ "), ...shown);
  if (fate === "removed") return h("del", { class: "line" }, h("span", { class: "sign" }, "− "), ...shown);
  return h("div", { class: "line" }, h("span", { class: "sign", "aria-hidden": "true" }, "  "), ...shown);
}
