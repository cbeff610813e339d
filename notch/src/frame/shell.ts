// The frame of the frame: the badge while it is closed; the head, the part that is shown, the tabs and what is said in passing
// while it is open.

import { computed } from "./signal.ts";
import { home } from "./home.ts";
import { nothing, waiting } from "./list.ts";
import { type View, back, go, hasBack, isOpen, me, mode, online, tellPage, toast, unread, view } from "./state.ts";
import { h, icon, live, part } from "./ui.ts";
import { wheel } from "./wheel.ts";

type Tab = "site" | "reactions" | "updates" | "messages" | "account" | "enter";

const TABS: Record<"anonymous" | "visitor" | "owner", readonly Tab[]> = {
  anonymous: ["site", "reactions", "enter"],
  visitor: ["site", "reactions", "updates", "messages", "account"],
  owner: ["updates", "messages", "reactions", "account"],
};
const LABELS: Record<View["name"], string> = {
  site: "Site", wheel: "React", reactions: "Reactions", updates: "Updates", messages: "Messages", thread: "Messages", account: "Account", enter: "Sign in",
};
/** Under which tab the others are found. */
const UNDER: Partial<Record<View["name"], Tab>> = { thread: "messages", wheel: "reactions" };
const ICONS: Record<Tab, readonly [string, string]> = {
  site: ["M4 11.5 12 5l8 6.5M6.5 10v9h11v-9", "M12 15h.01"],
  reactions: ["M12 19.5 5 12.3a4.3 4.3 0 0 1 7-4.8 4.3 4.3 0 0 1 7 4.8z", "M12 11.5h.01"],
  updates: ["M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z", "M12 20.6h.01"],
  messages: ["M4.5 6h15v10.5H12L7.5 20v-3.5h-3z", "M8.5 11.2h.01M12 11.2h.01M15.5 11.2h.01"],
  account: ["M4.5 20c.8-4 3.8-6 7.5-6s6.7 2 7.5 6M12 11a3.6 3.6 0 1 0 0-7.2A3.6 3.6 0 0 0 12 11", ""],
  enter: ["M13 4.5h6v15h-6M4 12h10m-3.5-3.5L14 12l-3.5 3.5", ""],
};

/** What is there from the beginning; the others are fetched when the first of them is shown. */
const here: Partial<Record<View["name"], () => HTMLElement>> = { site: home, wheel };

const pending = computed(() => (me.value == null ? 0 : unread.value.messages + unread.value.notifications));

export function shell(root: HTMLElement): void {
  const title = h("h1", { tabindex: -1 }, () => {
    const shown = view.value;
    return shown.name === "thread" ? shown.with.name : shown.name === "site" ? "Notch" : LABELS[shown.name];
  });
  const body = h("div", { class: "body" });
  const app = h("div", { class: "app", hidden: () => !isOpen.value },
    h("header", {},
      h("button", { class: "round", hidden: () => !hasBack.value, "aria-label": "Back", onclick: back }, icon("M14.5 5.5 8 12l6.5 6.5")),
      title,
      h("button", { class: "round", "aria-label": "Close Notch", onclick: () => tellPage({ t: "size", open: false }) }, icon("M6.5 6.5l11 11M17.5 6.5l-11 11")),
    ),
    h("p", { class: "offline", role: "status", hidden: () => online.value }, "You are offline. What is here stays; the rest comes when you are back."),
    body,
    h("div", { class: "toasts", role: "status" }, () => {
      const said = toast.value;
      if (said === null) return null;
      const { action } = said;
      return h("p", {}, said.words, action === undefined ? null : h("button", { onclick: action.act }, action.label));
    }),
    h("nav", { "aria-label": "Notch" }, () => TABS[mode.value].map(tab)),
  );
  // All that there is of the frame while it is closed.
  const badge = h("p", { class: "badge", hidden: () => isOpen.value || pending.value === 0 }, () => (pending.value > 99 ? "99+" : String(pending.value)), h("span", { class: "unseen" }, " unread"));
  root.replaceChildren(badge, app);

  let drawn = "";
  let stop = (): void => {};
  live(() => {
    if (!isOpen.value) return;
    const shown = view.value;
    const key = `${shown.name} ${shown.name === "thread" ? shown.with.domain : shown.name === "reactions" ? (shown.at ?? "") : ""} ${mode.value}`;
    if (key === drawn) return;
    drawn = key;
    stop();
    stop = put(body, shown.name);
    title.focus({ preventScroll: true });
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (hasBack.value) back();
    else tellPage({ t: "size", open: false });
  });
}

function tab(name: Tab): HTMLElement {
  const number = computed(() => (name === "messages" ? unread.value.messages : name === "updates" ? unread.value.notifications : 0));
  const current = computed(() => (UNDER[view.value.name] ?? view.value.name) === name);
  return h("button", {
    "aria-current": () => (current.value ? "page" : null),
    onclick: () => go(name === "reactions" ? { name, at: null } : { name }),
  }, icon(...ICONS[name]), h("span", {}, LABELS[name]), () => (number.value === 0 ? null : h("b", {}, number.value > 99 ? "99+" : number.value, h("span", { class: "unseen" }, " unread"))));
}

/** Shows a part, fetching it first when it is not there; what stops it. */
function put(body: HTMLElement, name: View["name"]): () => void {
  let wanted = true;
  let stop = (): void => {};
  const draw = (make: () => HTMLElement): void => {
    if (!wanted) return;
    const [node, end] = part(make);
    stop();
    stop = end;
    body.replaceChildren(node);
    body.scrollTop = 0;
  };
  const load = (): void => {
    import("./panels.ts").then(
      (panels) => draw(panels[name as Exclude<View["name"], "site" | "wheel">]),
      () => draw(() => nothing("This did not load", "Check that you are online.", h("button", { class: "plain", onclick: load }, "Try again"))),
    );
  };
  const make = here[name];
  if (make !== undefined) draw(make);
  else {
    body.replaceChildren(waiting());
    load();
  }
  return () => {
    wanted = false;
    stop();
  };
}
