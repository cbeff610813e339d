// What a person reads when signing in fails. The wire's own messages are for programs.

import type { Failure } from "./api.ts";
import { waitWords } from "./format.ts";

const WORDS: Record<string, string> = {
  INVALID_EMAIL: "That does not look like an e-mail address. Check it and try again.",
  VALIDATION_ERROR: "That does not look right. Check it and try again.",
  INVALID_OTP: "That code is not right. Take the one from the newest mail, in the browser that asked for it.",
  EMAIL_NOT_SENT: "The mail with your code could not be sent. Try again in a minute.",
  OTP_EXPIRED: "That code is too old. Ask for a new one below.",
  TOO_MANY_ATTEMPTS: "That was one try too many, so the code stopped working. Ask for a new one below.",
};

/** A sentence for what went wrong. */
export function wordsFor(failed: Failure): string {
  if (failed.status === 429) {
    const wait = failed.retryAfter === null ? "a minute" : waitWords(failed.retryAfter);
    return `That was a lot of tries in a row. Wait ${wait} and try again.`;
  }
  // The wire has one code for every wrong code. When ours is about another browser, its message is for people.
  if (failed.code === "INVALID_OTP" && failed.message !== "Invalid OTP") return failed.message;
  const known = WORDS[failed.code];
  if (known !== undefined) return known;
  if (failed.status >= 500) return "We could not do that just now. Try again in a moment.";
  return failed.message;
}
