// The handle while it is being typed: what we quietly tidy, and what we can say without asking the server.

/** Capitals, spaces and underscores become what a handle can hold, and so do accented letters that have a plain one. */
export function tidyHandle(typed: string): string {
  return typed
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/^\s*@/, "")
    .replace(/[\s_.]+/g, "-")
    .slice(0, 30);
}

/** What is wrong with a handle; empty when nothing is, or when it is too early to say. */
export function handleObjection(handle: string): string {
  const odd = /[^a-z0-9-]/u.exec(handle);
  if (odd !== null) return `A handle cannot hold “${odd[0]}”. Use small letters, digits and hyphens.`;
  if (handle.startsWith("-")) return "A handle cannot begin with a hyphen.";
  if (handle.includes("--")) return "Two hyphens in a row do not work. Use one.";
  return "";
}
