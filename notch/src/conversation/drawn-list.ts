// Items of a list that come and change. Owns its elements: what did not change is left alone, so that an open fold stays
// open and nobody's place is lost.

/** What an element was made from: made again only when one of these is another object. */
interface Drawn {
  from: readonly unknown[];
  node: HTMLLIElement;
}

/** Puts an item next. `key` is its own as long as it is there, `from` is all that it is made from. */
export type Place = (key: string, from: readonly unknown[], make: () => HTMLLIElement) => void;

export class DrawnList {
  #list: HTMLElement;
  #drawn = new Map<string, Drawn>();

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  /** Has the items placed in their order, and takes away those that were not. */
  show(items: (place: Place) => void): void {
    const before = this.#drawn;
    const next = new Map<string, Drawn>();
    items((key, from, make) => {
      const old = before.get(key);
      const same = old !== undefined && old.from.length === from.length && old.from.every((part, index) => part === from[index]);
      const node = same ? old.node : make();
      if (!same && old?.node.querySelector("details")?.open === true) node.querySelector("details")?.setAttribute("open", "");
      next.set(key, { from, node });
    });
    this.#drawn = next;
    const nodes = [...next.values()].map(({ node }) => node);
    nodes.forEach((node, index) => {
      const there = this.#list.children[index];
      if (there !== node) this.#list.insertBefore(node, there ?? null);
    });
    while (this.#list.children.length > nodes.length) this.#list.lastElementChild?.remove();
  }
}
