// What was typed and not yet sent, and what was sent and not yet taken, kept in the browser: nothing that somebody wrote is
// lost with a tab, a train's tunnel or a refusal.

export interface Waiting {
  /** The name by which sending it twice is sending it once. */
  clientId: string;
  body: string;
  /** Why it was refused for good; empty while it is tried. */
  wrong: string;
}

function kept(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function keep(key: string, value: string): void {
  try {
    if (value === "") localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing still sends.
  }
}

/** The box and the outbox of a thread. */
export class Drafts {
  readonly #box: string;
  readonly #out: string;

  constructor(me: string, other: string) {
    this.#box = `vetka:draft:${me}:${other}`;
    this.#out = `vetka:outbox:${me}:${other}`;
  }

  get typed(): string {
    return kept(this.#box);
  }

  set typed(words: string) {
    keep(this.#box, words);
  }

  get waiting(): Waiting[] {
    let list: unknown;
    try {
      list = JSON.parse(kept(this.#out) || "[]");
    } catch {
      return [];
    }
    return Array.isArray(list) ? list.filter(isWaiting) : [];
  }

  /** Puts one in, or in the place of the one of that name. */
  put(one: Waiting): void {
    const rest = this.waiting;
    const at = rest.findIndex(({ clientId }) => clientId === one.clientId);
    if (at < 0) rest.push(one);
    else rest[at] = one;
    keep(this.#out, JSON.stringify(rest));
  }

  drop(clientId: string): void {
    const rest = this.waiting.filter((one) => one.clientId !== clientId);
    keep(this.#out, rest.length === 0 ? "" : JSON.stringify(rest));
  }
}

function isWaiting(value: unknown): value is Waiting {
  return (
    typeof value === "object" && value !== null &&
    "clientId" in value && typeof value.clientId === "string" &&
    "body" in value && typeof value.body === "string" &&
    "wrong" in value && typeof value.wrong === "string"
  );
}
