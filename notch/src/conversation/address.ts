/** An address that may go into a frame or a link: http or https and nothing else. */
export function webAddress(value: string): string | null {
  try {
    const url = new URL(value);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}
