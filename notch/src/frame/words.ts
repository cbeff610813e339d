// What is said when logging in does not go as it should.

import type { Step } from "./handing.ts";

export function fail(step: Step, why: string): string {
  switch (step) {
    case "typing":
      return why || "If a window has opened, it shows a code. Type it here.";
    case "closed":
      return "The window is gone before it said anything. Open it again; or, if it is still there and shows a code, type that here.";
    case "refused":
      return "You are not signed in here. Nothing was changed.";
    case "kept":
      return "Your browser does not keep who you are on this page. Allow cookies for it, or use Vetka in a tab of its own.";
    case "failed":
      return why || "That did not work. Try it once more.";
    default:
      return "";
  }
}
