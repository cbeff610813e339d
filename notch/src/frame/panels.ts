// The parts of the frame that are fetched together when the first of them is shown.

// What they share with the frame lies in one file with it for this, see build.ts.
import "./frame.ts";

export { account } from "./account.ts";
export { enter } from "./enter.ts";
export { messages } from "./messages.ts";
export { reactions } from "./reactions.ts";
export { thread } from "./thread.ts";
export { updates } from "./updates.ts";
