// The six digits, as they arrive: typed, pasted with a space in the middle, or pasted with half the mail around them.

/** The code in a text, or the digits so far. */
export function digitsOf(typed: string): string {
  const alone = /(?<!\d)(\d{3})[ \u00a0-]?(\d{3})(?!\d)/.exec(typed);
  if (alone !== null) return `${alone[1]}${alone[2]}`;
  return typed.replace(/\D/g, "").slice(0, 6);
}

/** Whether it can be sent. */
export function isWhole(code: string): boolean {
  return /^\d{6}$/.test(code);
}
