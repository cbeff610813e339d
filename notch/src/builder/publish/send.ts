// Sending a version: hash, say what there is, send what is missing, commit. Owns the order and what happens when a step
// does not get through; every step may be asked again, so a lost answer costs nothing. The network is given, for tests.

import type { Answer, Failure } from "../../api.ts";
import { type Wire, list, number, object, text } from "../../json.ts";
import { webAddress } from "../../conversation/address.ts";
import type { Chosen } from "./rules.ts";

/** How many files are under way at a time. */
const AT_ONCE = 4;
/** Losses in a row after which a person is asked whether to go on. */
const MOST_LOSSES = 6;
/** Rounds in which files may turn out to be missing after all. */
const MOST_ROUNDS = 4;

/** The way to the server and to the clock. */
export interface Door {
  /** Asks for permission to publish: a token, and where to begin. */
  permit: (signal: AbortSignal) => Promise<Answer>;
  /** Asks with the token; never throws but for the abort. */
  ask: (method: "POST" | "DELETE", url: string, token: string, body: unknown, signal: AbortSignal | null) => Promise<Answer>;
  /** Sends the bytes of a file; `sent` hears how many have gone out. */
  put: (url: string, token: string, blob: Blob, sent: (bytes: number) => void, signal: AbortSignal) => Promise<Answer>;
  /** The SHA-256 of a file, in lower-case hexadecimal. */
  hash: (blob: Blob) => Promise<string>;
  /** Waits so many milliseconds, or until the network is back. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export type Warning = Wire<"RuleWarning">;

/** What was published, as far as it matters here. */
export interface Published extends Pick<Wire<"Published">, "snapshotId" | "live" | "warnings"> {
  /** Null, as below, when it is no address that may be opened. */
  previewUrl: string | null;
  url: string | null;
}

export type State =
  | { at: "hashing"; done: number; of: number }
  | { at: "sending"; files: number; ofFiles: number; bytes: number; ofBytes: number; there: number; lost: boolean }
  | { at: "finishing"; lost: boolean }
  | { at: "done"; published: Published }
  | { at: "failed"; message: string; again: boolean }
  | { at: "cancelled" };

export interface Wish {
  /** What it is called in the list; empty leaves it to the server. */
  message: string;
  /** False makes a draft. */
  live: boolean;
}

type Permission = Pick<Wire<"Permission">, "token" | "uploadUrl">;

/** Ends the run with words for the person; `again` when asking the same again may help. */
class Stop extends Error {
  again: boolean;
  constructor(message: string, again: boolean) {
    super(message);
    this.again = again;
  }
}

export class Sending {
  #door: Door;
  #files: readonly Chosen[];
  #wish: Wish;
  #changed: (state: State) => void;
  #hashes: string[] = [];
  /** Asked for once, whoever needs it first; the files under way share it. */
  #permission: Promise<Permission> | null = null;
  #token = "";
  #uploadUrl = "";
  #uploadId = "";
  #end = new AbortController();
  #losses = 0;
  #running = false;
  #over = false;

  constructor(door: Door, files: readonly Chosen[], wish: Wish, changed: (state: State) => void) {
    this.#door = door;
    this.#files = files;
    this.#wish = wish;
    this.#changed = changed;
  }

  /** Begins, or goes on where it was left: what has been hashed and sent is not hashed or sent again. */
  async start(): Promise<void> {
    if (this.#running || this.#over) return;
    this.#running = true;
    this.#losses = 0;
    try {
      this.#tell({ at: "done", published: await this.#run() });
      this.#over = true;
    } catch (error) {
      if (this.#end.signal.aborted) return;
      const stop = error instanceof Stop ? error : new Stop("That did not work, and it is not your fault. Try again in a moment.", true);
      this.#tell({ at: "failed", message: stop.message, again: stop.again });
    } finally {
      this.#running = false;
    }
  }

  /** Gives up. What was sent is let go of by the server; the site is as it was. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#end.abort();
    this.#changed({ at: "cancelled" });
    if (this.#uploadId !== "") void this.#door.ask("DELETE", this.#upload(""), this.#token, undefined, null);
  }

  #tell(state: State): void {
    if (!this.#end.signal.aborted) this.#changed(state);
  }

  async #run(): Promise<Published> {
    await this.#hash();
    let missing = await this.#begin();
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      await this.#send(missing);
      this.#tell({ at: "finishing", lost: false });
      const answer = await this.#ask("POST", () => this.#upload("/commit"), undefined, () => this.#tell({ at: "finishing", lost: true }));
      if (answer.ok) return readPublished(answer.body);
      if (answer.code === "upload_over") {
        missing = await this.#begin();
        continue;
      }
      if (answer.code !== "blobs_missing") throw refused(answer);
      missing = strings(answer.body, "missing");
    }
    throw new Stop("Some files keep getting lost on the way. Try again in a moment.", true);
  }

  async #hash(): Promise<void> {
    for (const [at, { path, blob }] of this.#files.entries()) {
      if (this.#hashes[at] !== undefined) continue;
      this.#tell({ at: "hashing", done: at, of: this.#files.length });
      this.#hashes[at] = await this.#door.hash(blob).catch(() => {
        throw new Stop(`The file “${path}” cannot be read any more. It may have been moved or changed. Choose the files again.`, false);
      });
      this.#end.signal.throwIfAborted();
    }
  }

  async #begin(): Promise<string[]> {
    const files = this.#files.map(({ path, blob }, at) => ({ path, sha256: this.#hashes[at], size: blob.size }));
    const { message, live } = this.#wish;
    const body = { files, live, ...(message === "" ? {} : { message }) };
    const answer = await this.#ask("POST", () => this.#uploadUrl, body, () => this.#progress([], true));
    if (!answer.ok) throw refused(answer);
    this.#uploadId = text(object<Wire<"BegunUpload">>(answer.body) ?? {}, "uploadId");
    if (this.#uploadId === "") throw new Stop("The answer could not be read. Try again in a moment.", true);
    return strings(answer.body, "missing");
  }

  /** Sends what is missing, a few files at a time. The first thing that cannot be helped ends all. */
  async #send(missing: string[]): Promise<void> {
    const sizes = new Map(this.#files.map(({ blob }, at) => [this.#hashes[at] ?? "", blob]));
    const wanted = [...new Set(missing)].map((hash) => ({ hash, blob: sizes.get(hash), sent: 0, done: false }));
    const queue = [...wanted];
    const all = new AbortController();
    const { signal } = all;
    const end = (): void => all.abort();
    this.#end.signal.addEventListener("abort", end);
    this.#progress(wanted, false);
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { hash, blob } = next;
        if (blob === undefined) throw new Stop("The answer could not be read. Try again in a moment.", true);
        const file = next;
        await this.#through(async (token) => await this.#door.put(this.#upload(`/blobs/${hash}`), token, blob, (bytes) => {
          file.sent = Math.min(bytes, blob.size);
          this.#progress(wanted, this.#losses > 0);
        }, signal), () => {
          file.sent = 0;
          this.#progress(wanted, true);
        }, signal).then((answer) => {
          if (!answer.ok) throw this.#aboutFile(hash, answer);
        });
        [file.sent, file.done] = [blob.size, true];
        this.#progress(wanted, false);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work)).finally(() => {
      this.#end.signal.removeEventListener("abort", end);
      all.abort();
    });
  }

  #aboutFile(hash: string, answer: Failure): Stop {
    const path = this.#files[this.#hashes.indexOf(hash)]?.path ?? "";
    if (answer.code === "hash_mismatch" || answer.code === "size_mismatch" || answer.code === "unreadable") {
      return new Stop(`The file “${path}” changed while it was being sent. Choose the files again, and they are sent as they are now.`, false);
    }
    return refused(answer);
  }

  #progress(wanted: readonly { blob: Blob | undefined; sent: number; done: boolean }[], lost: boolean): void {
    this.#tell({
      at: "sending", lost, there: new Set(this.#hashes).size - wanted.length,
      files: wanted.filter(({ done }) => done).length, ofFiles: wanted.length,
      bytes: wanted.reduce((sum, { sent }) => sum + sent, 0),
      ofBytes: wanted.reduce((sum, { blob }) => sum + (blob?.size ?? 0), 0),
    });
  }

  async #ask(method: "POST", url: () => string, body: unknown, lost: () => void): Promise<Answer> {
    const { signal } = this.#end;
    return await this.#through(async (token) => await this.#door.ask(method, url(), token, body, signal), lost, signal);
  }

  /** Asks until there is an answer that means something. Losses are waited out, a token that ran out is renewed. */
  async #through(attempt: (token: string) => Promise<Answer>, lost: () => void, signal: AbortSignal): Promise<Answer> {
    for (let renewed = false; ; ) {
      signal.throwIfAborted();
      const { token } = await this.#permitted();
      const answer = await attempt(token);
      if (answer.ok) {
        this.#losses = 0;
        return answer;
      }
      if (answer.status === 401 && !renewed) {
        renewed = true;
        if (this.#token === token) this.#permission = null;
        continue;
      }
      if (!isLoss(answer)) return answer;
      lost();
      await this.#sitOut(answer, signal);
    }
  }

  async #permitted(): Promise<Permission> {
    this.#permission ??= this.#permit().catch((error: unknown) => {
      this.#permission = null;
      throw error;
    });
    const permission = await this.#permission;
    [this.#token, this.#uploadUrl] = [permission.token, permission.uploadUrl];
    return permission;
  }

  async #permit(): Promise<Permission> {
    for (;;) {
      const answer = await this.#door.permit(this.#end.signal);
      if (answer.ok) {
        const from = object<Permission>(answer.body) ?? {};
        const permission = { token: text(from, "token"), uploadUrl: text(from, "uploadUrl") };
        if (permission.token !== "" && permission.uploadUrl !== "") return permission;
        throw new Stop("The answer could not be read. Try again in a moment.", true);
      }
      if (!isLoss(answer)) throw refused(answer);
      await this.#sitOut(answer, this.#end.signal);
    }
  }

  async #sitOut(answer: Failure, signal: AbortSignal): Promise<void> {
    this.#losses += 1;
    if (this.#losses > MOST_LOSSES) {
      throw new Stop(answer.status === 0 ? "The connection was lost. What was sent is kept for a day, so going on later sends only the rest." : answer.message, true);
    }
    const wait = answer.retryAfter === null ? Math.min(1000 * 2 ** (this.#losses - 1), 15_000) : answer.retryAfter * 1000;
    await this.#door.wait(wait, signal);
  }

  #upload(rest: string): string {
    return `${this.#uploadUrl}/${this.#uploadId}${rest}`;
  }
}

/** Whether asking again, unchanged, may help. */
function isLoss({ status }: Failure): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

function refused(answer: Failure): Stop {
  return new Stop(answer.message, answer.status === 0 || answer.status >= 500 || answer.status === 409);
}

function strings(body: unknown, key: "missing"): string[] {
  return list(object<{ missing: unknown }>(body) ?? {}, key, (item) => (typeof item === "string" ? item : null));
}

function readPublished(body: unknown): Published {
  const from = object<Wire<"Published">>(body) ?? {};
  return {
    snapshotId: text(from, "snapshotId"), previewUrl: webAddress(text(from, "previewUrl")), url: webAddress(text(from, "url")),
    live: from["live"] === true, warnings: list(from, "warnings", readWarning),
  };
}

function readWarning(value: unknown): Warning | null {
  const from = object<Warning>(value);
  if (from === null) return null;
  return { file: text(from, "file"), line: number(from, "line") ?? 0, message: text(from, "message") };
}
