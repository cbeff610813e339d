// What is new: on the sites that one follows, and about oneself.

import { signal } from "./signal.ts";
import { type Json, object, text, texts } from "../json.ts";
import { call } from "./api.ts";
import { ago, face, labelOf, out } from "./bits.ts";
import { listed, nothing, paged } from "./list.ts";
import { happened } from "./live.ts";
import { type Brief, brief } from "./site.ts";
import { go, isOpen, unread } from "./state.ts";
import { h, live } from "./ui.ts";

interface Item {
  id: string;
  kind: string;
  site: Brief | null;
  source: string;
  url: string;
  title: string;
  summary: string;
  at: unknown;
}

interface Notice {
  id: string;
  kind: string;
  actor: Brief | null;
  name: string;
  link: string;
  pageUrl: string;
  text: string;
  at: unknown;
  read: boolean;
}

const feed = paged<Item>(() => "feed?scope=following&limit=20", "items", (value) => {
  const from = object<Json>(value);
  if (from === null || text(from, "id") === "") return null;
  const source = object<Json>(from["source"]);
  return { ...texts(from, "id", "kind", "url", "title", "summary"), site: brief(from["site"]), source: source === null ? "" : text(source, "title") || text(source, "domain"), at: from["publishedAt"] ?? from["createdAt"] };
});

const notices = paged<Notice>(() => "notch/notifications?limit=20", "notifications", (value) => {
  const from = object<Json>(value);
  if (from === null) return null;
  const id = text(from, "id") || String(from["id"] ?? "");
  const actor = object<Json>(from["actor"]) ?? {};
  return { ...texts(from, "kind", "pageUrl", "text"), id, actor: brief(from["actor"]), name: text(actor, "name") || "Somebody", link: text(actor, "url"), at: from["createdAt"], read: from["read"] === true };
});

/** Which of the two is shown. */
const about = signal<"sites" | "you">("sites");

export function updates(): HTMLElement {
  // Whoever opens Notch because of its badge sees first what the badge is about.
  live(() => {
    if (isOpen.value && unread.peek().notifications > 0) about.value = "you";
  });
  const choice = (name: "sites" | "you", label: string): HTMLElement =>
    h("button", { role: "tab", "aria-selected": () => String(about.value === name), tabindex: () => (about.value === name ? 0 : -1), onclick: () => (about.value = name) }, label);
  const [sites, you] = [choice("sites", "Sites you follow"), choice("you", "About you")];
  let heard = happened.peek()["notification"];
  live(() => {
    const now = happened.value["notification"];
    if (now !== heard) void notices.load();
    heard = now;
  });
  return h("div", { class: "pad" },
    h("h2", { class: "unseen", tabindex: -1 }, "Updates"),
    h("div", { class: "choice", role: "tablist", "aria-label": "Updates", onkeydown: (event) => {
      if (!/^Arrow/.test((event as KeyboardEvent).key)) return;
      about.value = about.value === "sites" ? "you" : "sites";
      (about.value === "sites" ? sites : you).focus();
    } }, sites, you),
    () => {
      if (about.value === "sites") {
        void feed.load();
        return listed(feed, ({ id }) => id, (item) => entry(item.value), () => nothing("All quiet", "Follow a site, and what is new there comes here."), "New on the sites that you follow");
      }
      void notices.load().then(read);
      return listed(notices, ({ id }) => id, (item) => notice(item.value), () => nothing("Nothing about you yet", "Who follows you, reacts to your pages or writes to you is told here."), "About you");
    },
  );
}

/** What is shown is read. What comes meanwhile is not. */
async function read(): Promise<void> {
  const newest = notices.items.value[0];
  if (newest === undefined || newest.read) return;
  const answer = await call("notch/notifications/read", "POST", { upTo: newest.id });
  if (answer.ok) unread.value = { ...unread.value, notifications: 0 };
}

function entry({ kind, site, source, url, title, summary, at }: Item): HTMLElement {
  const by = site?.name ?? source;
  const what = kind === "member" ? "is new here" : kind === "version" ? "was changed" : "";
  return h("li", { class: "row top" },
    face(site ?? { name: source }),
    h("div", { class: "grow" },
      h("p", { class: "small" }, h("span", { class: "strong" }, by), ` ${what} `, ago(at)),
      url === "" ? h("p", { class: "strong" }, title) : out(url, { class: "title" }, title || by),
      summary === "" ? null : h("p", { class: "quiet clamp" }, summary),
    ));
}

function notice({ kind, actor, name, link, pageUrl, text, at, read }: Notice): HTMLElement {
  const where = pathOf(pageUrl);
  const said: Record<string, string> = {
    follow: "follows you", reaction: `left “${labelOf(text)}” on ${where}`, comment: `said something on ${where}`,
    message: "wrote to you", mention: `mentions ${where}`, placement: `On ${where}, some reactions have changed their place`,
  };
  const quoted = text !== "" && /^(comment|message|mention|placement)$/.test(kind);
  return h("li", { class: read ? "row top" : "row top fresh" },
    face(actor ?? { name }),
    h("div", { class: "grow" },
      h("p", {}, kind === "placement" ? "" : link === "" ? h("span", { class: "strong" }, name) : out(link, { class: "strong" }, name), ` ${said[kind] ?? ""} `, ago(at)),
      quoted ? h("p", { class: "quiet clamp" }, text) : null,
      kind === "message" && actor !== null
        ? h("button", { class: "quietly", onclick: () => go({ name: "thread", with: actor }, true) }, "Read it")
        : pageUrl === "" ? null : out(pageUrl, { class: "small" }, "Open the page"),
    ),
    read ? null : h("span", { class: "dot", role: "img", "aria-label": "New" }));
}

function pathOf(address: string): string {
  try {
    const { host, pathname } = new URL(address);
    return pathname === "/" ? host : decodeURIComponent(pathname);
  } catch {
    return "your page";
  }
}
