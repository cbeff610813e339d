// A version as the API has it, and the words for it.

import { type Wire, number, object, oneOf, text } from "../json.ts";
import { webAddress } from "../conversation/address.ts";

type Snapshot = Wire<"Snapshot">;

export interface Version extends Omit<Snapshot, "triggeredBy" | "previewUrl" | "status"> {
  status: Snapshot["status"] | null;
  /** Null when it is no address that may be opened. */
  previewUrl: Snapshot["previewUrl"] | null;
}

const STATUSES: readonly Snapshot["status"][] = ["pending", "building", "success", "failed"];

export function readVersion(value: unknown): Version | null {
  const from = object<Snapshot>(value);
  if (from === null || text(from, "id") === "") return null;
  const restoredFrom = text(from, "restoredFrom");
  return {
    id: text(from, "id"), createdAt: text(from, "createdAt"), message: text(from, "message").trim(), status: oneOf(from["status"], STATUSES),
    fileCount: number(from, "fileCount") ?? 0, byteSize: number(from, "byteSize") ?? 0, live: from["live"] === true,
    restoredFrom: restoredFrom === "" ? null : restoredFrom, previewUrl: webAddress(text(from, "previewUrl")),
    name: text(from, "name"), note: text(from, "note"), pinned: from["pinned"] === true, draft: from["draft"] === true,
  };
}

/** What changed, in one sentence. */
export function sentence(version: Version): string {
  if (version.message !== "") return version.message;
  return version.restoredFrom === null ? "A new version" : "An earlier version, brought back";
}

/** What stands for a version: its name, or what changed. */
export function called(version: Version): string {
  return version.name === "" ? sentence(version) : version.name;
}
