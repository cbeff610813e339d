// Numbers and times as people read them. Pure: the moment is always given.

/** `1 file`, `3 files`. */
export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Bytes in the unit that a person would choose, as `text.rs` of the pages has it. */
export function bytes(number: number): string {
  if (number < 1000) return count(number, "byte", "bytes");
  if (number < 999_500) return `${Math.round(number / 1000)} KB`;
  return `${(Math.round(number / 100_000) / 10).toFixed(1)} MB`;
}

/** How long something takes, roughly: `20 seconds`, `2 minutes`. */
export function roughly(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 8) return "a few seconds";
  if (seconds < 50) return `${Math.round(seconds / 10) * 10} seconds`;
  if (seconds < 90) return "a minute";
  return count(Math.round(seconds / 60), "minute", "minutes");
}

/** A wait in words, never shorter than it is: `40 seconds`, `2 minutes`, as `limit.rs` of the server has it. */
export function waitWords(seconds: number): string {
  if (seconds <= 90) return count(Math.max(1, Math.ceil(seconds)), "second", "seconds");
  if (seconds <= 5400) return count(Math.ceil(seconds / 60), "minute", "minutes");
  return count(Math.ceil(seconds / 3600), "hour", "hours");
}

/** `4:05`, for a countdown; under a minute `12 s`. */
export function countdown(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  return left < 60 ? `${left} s` : `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

/** `just now`, `5 minutes ago`, `today at 10:32`, `21 November at 10:32`, with the year when it is another one. */
export function when(at: Date, now: Date, timeZone?: string): string {
  const minutes = (now.getTime() - at.getTime()) / 60_000;
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${count(Math.floor(minutes), "minute", "minutes")} ago`;
  return clock(at, now, timeZone);
}

/** As `when`, always with the time of day: for the middle of a sentence. */
export function clock(at: Date, now: Date, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const part = (date: Date, options: Intl.DateTimeFormatOptions): string => date.toLocaleString("en-GB", { ...options, ...zone });
  const time = part(at, { hour: "2-digit", minute: "2-digit" });
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "long", year: "numeric" };
  if (part(at, day) === part(now, day)) return `today at ${time}`;
  if (part(at, day) === part(new Date(now.getTime() - 86_400_000), day)) return `yesterday at ${time}`;
  const year = part(at, { year: "numeric" }) === part(now, { year: "numeric" });
  return `${part(at, year ? { day: "numeric", month: "long" } : day)} at ${time}`;
}

/** The whole moment, for a tooltip. */
export function exactly(at: Date): string {
  return at.toLocaleString("en-GB", { dateStyle: "full", timeStyle: "short" });
}
