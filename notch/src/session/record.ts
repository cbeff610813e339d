// What is kept of a session when nobody is left to tell it live.

import { type Answer, ask } from "../api.ts";
import { list, object, text } from "../json.ts";
import { type Frame, type Kept, readFrame, readKept } from "./frames.ts";

/** What became of it; null when that could not be learned. */
export async function fetchKept(api: string): Promise<{ kept: Kept | null; answer: Answer }> {
  const answer = await ask(api);
  return { kept: answer.ok ? readKept(answer.body) : null, answer };
}

/** What was said in it, as far as it could be read. */
export async function fetchMessages(api: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let cursor = ""; ;) {
    const answer = await ask(`${api}/messages${cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`}`);
    const from = answer.ok ? object(answer.body) : null;
    if (from === null) return frames;
    frames.push(...list(from, "messages", readFrame));
    cursor = text(from, "nextCursor");
    if (cursor === "") return frames;
  }
}
