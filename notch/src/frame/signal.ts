// Values that tell who reads them when they change. What libraries for this do, in small, because size is what Notch is made
// for. What is read is found out while it is read. A computed value is worked out when it is asked for, once for the same
// sources; it listens to nothing itself, so nothing is kept alive by it. Effects listen, to the signals behind all that they
// have read, and run again only when something of it says another thing than it did.

export interface ReadonlySignal<T> {
  readonly value: T;
  /** The value, without depending on it. */
  peek(): T;
}

export interface Signal<T> extends ReadonlySignal<T> {
  value: T;
}

type Effect = () => void;
/** Puts an effect on a signal's list of those to be told. */
type Join = (list: Set<Effect>) => void;

interface Source<T = unknown> {
  peek(): T;
  /** Lets `join` have the list of every signal behind this. */
  lists(join: Join): void;
}

/** What each source said when it was first read; none before the first time. */
type Seen = Map<Source, unknown> | undefined;

/** Effects that set each other off more often than this in one go would never end. */
const MOST = 10_000;

/** Whoever is reading now: what they have seen, and, of effects, how they are told. */
let [reading, joining]: [Seen?, Join?] = [];
let depth = 0;
const due = new Set<Effect>();

/** A value that can be set. */
export function signal<T>(value: T): Signal<T> {
  const list = new Set<Effect>();
  const self = {
    peek: () => value,
    lists: (join: Join) => join(list),
    get value() {
      return read(self);
    },
    set value(next: T) {
      if (Object.is(next, value)) return;
      value = next;
      batch(() => list.forEach((effect) => due.add(effect)));
    },
  };
  return self;
}

/** A value that follows from others. */
export function computed<T>(make: () => T): ReadonlySignal<T> {
  let seen: Seen;
  let value: T;
  const self = {
    peek: () => {
      if (isStale(seen)) {
        const fresh: Seen = new Map();
        // Should it fail, it is worked out anew the next time.
        seen = undefined;
        value = as(fresh, make);
        seen = fresh;
      }
      return value;
    },
    lists: (join: Join) => seen?.forEach((_, source) => source.lists(join)),
    get value() {
      return read(self);
    },
  };
  return self;
}

/** Runs now, and again whenever something that it has read says another thing; what ends that. */
export function effect(act: () => void): () => void {
  const lists = new Set<Set<Effect>>();
  let seen: Seen;
  let isOver = false;
  const join: Join = (list) => lists.add(list.add(run));
  const leave = (): void => {
    lists.forEach((list) => list.delete(run));
    lists.clear();
  };
  const run = (): void => {
    // A computed value may have come to the same by other ways, which are to be followed from now on.
    if (!isStale(seen)) return seen?.forEach((_, source) => source.lists(join));
    leave();
    try {
      // It is on each list from when it first reads, and so before all that it makes: that may be gone when it has run again.
      as((seen = new Map()), act, join);
    } finally {
      if (isOver) leave();
    }
  };
  batch(run);
  return () => {
    isOver = true;
    due.delete(run);
    leave();
  };
}

/** Runs what reads without depending on it. */
export const untracked = <T>(act: () => T): T => as(undefined, act);

/** Runs what changes several values, and lets those be told afterwards, once. */
export function batch(act: () => void): void {
  depth++;
  try {
    act();
  } finally {
    try {
      if (depth === 1) settle();
    } finally {
      depth--;
    }
  }
}

/** Runs the effects that are due, and those that become due by it. One that fails does not keep the others from running. */
function settle(): void {
  const failures: unknown[] = [];
  let left = MOST;
  for (const run of due) {
    due.delete(run);
    try {
      if (left-- === 0) {
        due.clear();
        throw new Error("endless effects");
      }
      run();
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function read<T>(source: Source<T>): T {
  const value = source.peek();
  if (reading?.has(source) === false) {
    reading.set(source, value);
    if (joining !== undefined) source.lists(joining);
  }
  return value;
}

/** Whether a source says something else. In the order of reading: what an earlier one decides about, a later one may not survive. */
const isStale = (seen: Seen): boolean => seen === undefined || [...seen].some(([source, value]) => !Object.is(source.peek(), value));

function as<T>(seen: Seen, act: () => T, join?: Join): T {
  const outer = [reading, joining] as const;
  [reading, joining] = [seen, join];
  try {
    return act();
  } finally {
    [reading, joining] = outer;
  }
}
