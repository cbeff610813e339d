// What people left on this page: by the words it was left on, with who it was, and what they said to it.

import { computed } from "./signal.ts";
import { ago, chip, face, labelOf, out } from "./bits.ts";
import { react } from "./home.ts";
import { listed, nothing } from "./list.ts";
import { type Comment, type Mark, comments, marks } from "./marks.ts";
import { own } from "./protect.ts";
import { done, mode, tell, tellPage, url, view } from "./state.ts";
import { gone, h, live } from "./ui.ts";

export function reactions(): HTMLElement {
  const again = (): void => void comments.load();
  if (url.peek() !== null) again();
  const places = computed(() => {
    const groups = new Map<string, Mark[]>();
    for (const mark of marks()) groups.set(mark.id, [...(groups.get(mark.id) ?? []), mark]);
    return [...groups];
  });
  const box = h("div", { class: "pad" },
    h("div", { class: "between" }, h("h2", { tabindex: -1 }, "On this page"), h("button", { class: "plain", onclick: react }, "React")),
    () => places.value.map(([id, at]) => place(id, at)),
    () => (comments.items.value.length > 0 && places.value.length > 0 ? h("h3", { class: "head" }, "In words") : null),
    listed(comments, ({ id }) => id, (item) => words(item.value), () => (places.value.length > 0 ? h("span", {}) : nothing("Nothing here yet", "Select a few words on the page, press React, and say what they are to you.")), "Comments"),
  );
  // Whoever pressed a sticker is led to it here.
  live(() => {
    const shown = view.value;
    const at = shown.name === "reactions" ? shown.at : null;
    if (at === null || places.value.length === 0) return;
    const waiting = requestAnimationFrame(() => {
      const there = box.querySelector<HTMLElement>(`[data-at="${CSS.escape(at)}"]`);
      there?.scrollIntoView({ block: "nearest" });
      there?.focus({ preventScroll: true });
    });
    gone(() => cancelAnimationFrame(waiting));
  });
  return box;
}

function place(id: string, at: readonly Mark[]): HTMLElement {
  const [first] = at;
  const quote = first?.anchor.exact ?? "";
  const lost = first?.lost === true;
  return h("section", { class: "place", "data-at": id, tabindex: -1 },
    quote === "" ? null : h("blockquote", {}, quote),
    lost ? h("p", { class: "quiet small" }, "These words are not on the page any more.") : null,
    ...at.map((mark) => {
      const region: HTMLElement = h("div", { class: "left-by" },
        chip(mark.signal),
        h("p", { class: "grow" }, h("span", { class: "unseen" }, `${labelOf(mark.signal)}: `), ...who(mark)),
        mark.mine === null ? null : h("button", { class: "quietly", "aria-label": `Take back: ${labelOf(mark.signal)}`, onclick: own(() => region, () => remove(mark.mine ?? "")) }, "Take back"),
      );
      return region;
    }),
    lost ? null : h("button", { class: "quietly", onclick: () => tellPage({ t: "show", id }) }, "Show it on the page"),
  );
}

/** "You, Ann and 2 others", with links to where each lives. */
function who({ mine, names, count }: Mark): (Node | string)[] {
  const said: (Node | string)[] = mine === null ? [] : ["You"];
  for (const { name, url } of names.slice(0, mine === null ? 3 : 2)) said.push(url === "" ? name : out(url, {}, name));
  const rest = count - said.length;
  if (rest > 0) said.push(said.length === 0 ? (rest === 1 ? "One person" : `${rest} people`) : `${rest} ${rest === 1 ? "other" : "others"}`);
  return said.flatMap((one, at) => (at === 0 ? [one] : [at === said.length - 1 ? " and " : ", ", one]));
}

function words({ id, author, signal, body, createdAt, mine, hidden }: Comment): HTMLElement {
  const region: HTMLElement = h("li", { class: "row top" },
    face(author),
    h("div", { class: "grow" },
      h("p", { class: "small" }, author.url === "" ? author.name : out(author.url, { class: "strong" }, author.name), " ", ago(createdAt)),
      h("p", { class: "said" }, body),
      mine || mode.value === "owner"
        ? h("button", { class: "quietly", onclick: own(() => region, () => (mine ? remove : hidden ? show : hide)(id)) }, mine ? "Take back" : hidden ? "Hidden. Show it again" : "Hide from everybody")
        : null,
    ),
    labelOf(signal) === "" || signal === "comment" ? null : chip(signal),
  );
  return region;
}

async function change(path: string, method: "PUT" | "DELETE", ...said: Parameters<typeof tell>): Promise<void> {
  if (!await done(`notch/reactions/${path}`, method)) return;
  void comments.load();
  tell(...said);
}

const remove = (id: string): Promise<void> => change(id, "DELETE", "Taken back.");
const hide = (id: string): Promise<void> => change(`${id}/hidden`, "PUT", "Hidden. Nobody sees it any more.", { label: "Undo", act: () => void show(id) });
const show = (id: string): Promise<void> => change(`${id}/hidden`, "DELETE", "Everybody sees it again.");
