// The name of a site while it is being typed: what we quietly tidy, and what we can say without asking the server. The
// server's word counts; this only spares a wait.

/** Capitals, spaces and underscores become what an address can hold, and so do accented letters that have a plain one. */
export function tidy(typed: string): string {
  return typed
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[\s_.]+/g, "-")
    .slice(0, 63);
}

/** What is wrong with a name, or null. An empty text means: too early to say anything. */
export function objection(label: string): string | null {
  if (label.length < 3) return "";
  const odd = /[^a-z0-9-]/.exec(label);
  if (odd !== null) return `An address cannot hold “${odd[0]}”. Use small letters, digits and hyphens.`;
  if (label.startsWith("-")) return "A name cannot begin with a hyphen.";
  if (label.endsWith("-")) return "";
  if (label.includes("--")) return "Two hyphens in a row do not work. Use one.";
  return null;
}
