// What the frame keeps in the browser: its own part of the storage, which is another one on every site. What the browser does
// not take is kept for as long as the page is open.

const PREFIX = "notch-";
const memory = new Map<string, string>();

/** What is kept under a name: null when nothing is, undefined when nothing is because this browser keeps nothing here. */
export function recall(name: string): string | null | undefined {
  const here = memory.get(name);
  try {
    // Another page of the site may have kept something newer.
    return localStorage.getItem(PREFIX + name) ?? here ?? null;
  } catch {
    return here;
  }
}

/** Keeps a text; an empty one is as good as none. */
export function keep(name: string, text: string): void {
  if (text === "") memory.delete(name);
  else memory.set(name, text);
  try {
    if (text === "") localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
  } catch {
    // Then it is in the memory alone.
  }
}

/** Forgets all of it, but for who is there on the other origins of the site. */
export function forget(): void {
  memory.clear();
  try {
    for (const key of Object.keys(localStorage)) if (/^notch-(?!bearer )/.test(key)) localStorage.removeItem(key);
  } catch {
    // There was nothing kept.
  }
}
