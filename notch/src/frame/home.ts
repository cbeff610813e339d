// The site on which the frame stands: who it is, following it, writing to it, and whom it follows.

import { computed, signal } from "./signal.ts";
import { count } from "../format.ts";
import { type Json, number, object } from "../json.ts";
import { call } from "./api.ts";
import { face, out, siteRow, sure, ways } from "./bits.ts";
import { listed, nothing, paged } from "./list.ts";
import { own } from "./protect.ts";
import { brief } from "./site.ts";
import { done, go, isOpen, me, mode, site, siteless, tell, tellPage } from "./state.ts";
import { live, h } from "./ui.ts";
import { needsSite } from "./wheel.ts";

interface Profile {
  followers: number;
  following: number;
  you: { following: boolean; followsYou: boolean; blocked: boolean } | null;
}

export const profile = signal<Profile | null>(null);
const address = (): string => encodeURIComponent(site.domain);

export async function loadProfile(): Promise<void> {
  const answer = await call(`notch/sites/${address()}`);
  const from = object<Json>(answer.body);
  if (!answer.ok || from === null) return;
  const you = object<Json>(from["you"]);
  profile.value = {
    followers: number(from, "followers") ?? 0,
    following: number(from, "following") ?? 0,
    you: you === null ? null : { following: you["following"] === true, followsYou: you["followsYou"] === true, blocked: you["blocked"] === true },
  };
}

const follows = paged(() => `notch/sites/${address()}/following?limit=20`, "sites", brief);
const isFollowing = computed(() => profile.value?.you?.following === true);

export function home(): HTMLElement {
  // Pages to try Notch out on may be nobody's.
  if (!site.domain.includes(".")) return h("div", {}, nothing(site.name, "This page belongs to no site, so there is nobody to follow or to write to."), ways());
  live(() => {
    // Who is there decides what is said of the two.
    if (isOpen.value && me.value !== undefined) void loadProfile();
  });
  live(() => {
    if (isOpen.value && follows.state.value === "loading") void follows.load();
  });
  return h("div", {},
    h("section", { class: "hero", "aria-label": site.name },
      face(site, "large"),
      h("h2", { tabindex: -1 }, site.name),
      out(site.url, { class: "quiet" }, site.domain),
      () => {
        const known = profile.value;
        return known === null ? h("p", { class: "counts" }, " ") : h("p", { class: "counts" }, count(known.followers, "follower", "followers"), h("b", { "aria-hidden": "true" }), `follows ${known.following}`, known.you?.followsYou === true ? h("span", { class: "tag" }, "follows you") : null);
      },
      () => (me.value === undefined || mode.value === "owner" ? null : mode.value === "visitor" ? acts() : siteless.value ? needsSite() : strangersActs()),
    ),
    h("section", { class: "pad" }, h("h3", { class: "head" }, `${site.name} follows`),
      listed(follows, ({ domain, url }) => domain + url, (item) => siteRow(item.value), () => nothing("Nobody yet", `Whom ${site.name} follows will be listed here.`), `Sites that ${site.name} follows`)),
    ways(),
  );
}

/** Asks the page what is selected there. */
export function react(): void {
  tellPage({ t: "pick" });
  go({ name: "wheel" }, true);
}

function strangersActs(): HTMLElement {
  return h("div", { class: "acts" }, h("button", { class: "main", onclick: () => go({ name: "enter" }, true) }, "Sign in to follow"));
}

function acts(): HTMLElement {
  const asking = signal(false);
  const busy = signal(false);
  const set = async (wanted: boolean): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    const isSet = await done(`notch/follows/${address()}`, wanted ? "PUT" : "DELETE");
    busy.value = false;
    asking.value = false;
    if (!isSet) return;
    await loadProfile();
    tell(wanted ? `You follow ${site.name}. What is new there comes to your updates.` : `You do not follow ${site.name} any more.`);
  };
  return h("div", { class: "acts" }, () => {
    if (profile.value?.you?.blocked === true) return h("p", { class: "quiet" }, "You have blocked this site.");
    if (asking.value) return sure(`Follow ${site.name}? They will see that you do.`, "Not now", () => (asking.value = false), "Yes, follow", () => set(true));
    const follow: HTMLElement = isFollowing.value
      ? h("button", { class: "plain on", title: "Stop following", "aria-pressed": "true", onclick: own(() => follow, () => set(false)) }, "Following")
      : h("button", { class: "main", "aria-pressed": "false", onclick: own(() => follow, () => (asking.value = true)) }, "Follow");
    const write = h("button", { class: "plain", onclick: () => go({ name: "thread", with: site }, true) }, "Write");
    return [follow, write, h("button", { class: "plain", onclick: react }, "React")];
  });
}
