// Values that tell who reads them: what is run again, when, how often, and what lets go of what.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batch, computed, effect, signal, untracked } from "../src/frame/signal.ts";

/** Runs `read` as an effect and writes down what it was each time. */
function heard<T>(read: () => T): { all: T[]; stop: () => void } {
  const all: T[] = [];
  return { all, stop: effect(() => void all.push(read())) };
}

describe("an effect", () => {
  it("runs at once, and again for every other value", () => {
    const a = signal(1);
    const { all } = heard(() => a.value);
    a.value = 2;
    a.value = 2;
    a.value = Number.NaN;
    a.value = Number.NaN;
    assert.deepEqual(all, [1, 2, Number.NaN]);
  });

  it("depends on what it read the last time, and on nothing else", () => {
    const [which, a, b] = [signal("a"), signal(1), signal(10)];
    const { all } = heard(() => (which.value === "a" ? a.value : b.value));
    b.value = 11;
    assert.deepEqual(all, [1]);
    which.value = "b";
    a.value = 2;
    b.value = 12;
    assert.deepEqual(all, [1, 11, 12]);
  });

  it("does not depend on what it only looked at", () => {
    const [a, b, c] = [signal(1), signal(1), signal(1)];
    const { all } = heard(() => a.value + b.peek() + untracked(() => c.value));
    b.value = 2;
    c.value = 2;
    assert.deepEqual(all, [3]);
    a.value = 2;
    assert.deepEqual(all, [3, 6]);
  });

  it("that is stopped is never run again, not even when it was due", () => {
    const a = signal(1);
    const first = heard(() => a.value);
    const stops = [first.stop];
    const second = heard(() => a.value);
    stops.push(second.stop);
    // Ends those before it, which have run, and the one after it, which is due.
    const ender = effect(() => {
      if (a.value === 2) stops.forEach((stop) => stop());
    });
    const late = heard(() => a.value);
    stops.push(late.stop);
    a.value = 2;
    a.value = 3;
    assert.deepEqual([first.all, second.all, late.all], [[1, 2], [1, 2], [1]]);
    ender();
  });

  it("that is stopped while it runs stays so", () => {
    const a = signal(1);
    let runs = 0;
    let stop = (): void => {};
    stop = effect(() => {
      runs++;
      if (a.value === 2) stop();
    });
    a.value = 2;
    a.value = 3;
    assert.equal(runs, 2);
  });

  it("runs before those that it has made, and they are gone then", () => {
    const user = signal<string | null>("Ann");
    const said: string[] = [];
    let stop = (): void => {};
    effect(() => {
      stop();
      if (user.value === null) return;
      stop = effect(() => void said.push((user.value as string).toUpperCase()));
    });
    user.value = "Bob";
    user.value = null;
    user.value = "Cy";
    assert.deepEqual(said, ["ANN", "BOB", "CY"]);
  });

  it("that changes what it has read is run again until it is content", () => {
    const a = signal(0);
    const { all } = heard(() => {
      const now = a.value;
      if (now < 5) a.value = now + 1;
      return now;
    });
    assert.deepEqual(all, [0, 1, 2, 3, 4, 5]);
    a.value = 3;
    assert.deepEqual(all.slice(6), [3, 4, 5]);
  });

  it("that is made in another one is told of its own", () => {
    const [outer, inner] = [signal(1), signal(1)];
    const said: string[] = [];
    let stop = (): void => {};
    effect(() => {
      const one = outer.value;
      stop();
      stop = effect(() => void said.push(`${one} ${inner.value}`));
    });
    inner.value = 2;
    outer.value = 2;
    inner.value = 3;
    assert.deepEqual(said, ["1 1", "1 2", "2 2", "2 3"]);
  });

  it("that fails keeps nobody else from running, and is told again", () => {
    const a = signal(0);
    const before = heard(() => a.value);
    let runs = 0;
    effect(() => {
      runs++;
      if (a.value === 1) throw new Error("no");
    });
    const after = heard(() => a.value);
    assert.throws(() => (a.value = 1), /no/);
    a.value = 2;
    assert.deepEqual([before.all, after.all, runs], [[0, 1, 2], [0, 1, 2], 3]);
  });

  it("cannot go round with another one for ever", () => {
    const [a, b] = [signal(0), signal(0)];
    effect(() => void (b.value = a.value + 1));
    assert.throws(() => effect(() => void (a.value = b.value + 1)), /endless/);
    const { all } = heard(() => untracked(() => a.value) > 0);
    assert.deepEqual(all, [true], "everything else goes on");
  });
});

describe("a computed value", () => {
  it("is worked out when it is asked for, once for the same sources", () => {
    const a = signal(1);
    let made = 0;
    const twice = computed(() => {
      made++;
      return a.value * 2;
    });
    assert.equal(made, 0);
    assert.deepEqual([twice.value, twice.peek(), twice.value, made], [2, 2, 2, 1]);
    a.value = 2;
    a.value = 3;
    assert.equal(made, 1);
    assert.deepEqual([twice.value, made], [6, 2]);
  });

  it("that comes to the same runs nothing again, and is followed where its way leads then", () => {
    const [wide, a, b] = [signal(true), signal(1), signal(1)];
    const chosen = computed(() => (wide.value ? a.value : b.value));
    const { all } = heard(() => chosen.value);
    wide.value = false;
    assert.deepEqual(all, [1]);
    a.value = 5;
    assert.deepEqual(all, [1], "not its source any more");
    b.value = 2;
    assert.deepEqual(all, [1, 2]);
  });

  it("of computed values is seen whole, never half changed", () => {
    const a = signal(1);
    const [one, ten] = [computed(() => a.value), computed(() => a.value * 10)];
    const both = computed(() => [one.value, ten.value].join());
    const { all } = heard(() => both.value);
    a.value = 2;
    assert.deepEqual(all, ["1,10", "2,20"]);
  });

  it("is not asked where what came before it has decided otherwise", () => {
    const user = signal<{ name: string } | null>({ name: "Ann" });
    const name = computed(() => (user.value as { name: string }).name);
    const { all } = heard(() => (user.value === null ? "nobody" : name.value));
    user.value = null;
    assert.deepEqual(all, ["Ann", "nobody"]);
  });

  it("that fails says so to who asks, and is worked out anew", () => {
    const a = signal(0);
    const part = computed(() => {
      if (a.value === 0) throw new Error("by nothing");
      return 1 / a.value;
    });
    assert.throws(() => part.value, /by nothing/);
    assert.throws(() => part.value, /by nothing/);
    a.value = 2;
    assert.equal(part.value, 0.5);
  });
});

describe("a batch", () => {
  it("tells of all its changes once, at its end", () => {
    const [a, b] = [signal(1), signal(2)];
    const { all } = heard(() => a.value + b.value);
    batch(() => {
      a.value = 10;
      batch(() => (b.value = 20));
      assert.deepEqual(all, [3]);
    });
    assert.deepEqual(all, [3, 30]);
  });

  it("that puts everything back tells of nothing", () => {
    const a = signal(1);
    const { all } = heard(() => a.value);
    batch(() => {
      a.value = 2;
      a.value = 1;
    });
    assert.deepEqual(all, [1]);
  });

  it("that fails still tells of what it changed", () => {
    const a = signal(1);
    const { all } = heard(() => a.value);
    assert.throws(() => batch(() => {
      a.value = 2;
      throw new Error("later");
    }), /later/);
    a.value = 3;
    assert.deepEqual(all, [1, 2, 3]);
  });
});

it("nothing keeps what has been stopped alive", async () => {
  const a = signal(1);
  const made = new FinalizationRegistry<string>((name) => freed.add(name));
  const freed = new Set<string>();
  (() => {
    const held = computed(() => a.value + 1);
    const stop = effect(() => void held.value);
    made.register(held, "computed");
    made.register(stop, "effect");
    stop();
  })();
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let n = 0; n < 50 && freed.size < 2; n++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.deepEqual([...freed].sort(), ["computed", "effect"]);
  assert.equal(a.peek(), 1);
});
