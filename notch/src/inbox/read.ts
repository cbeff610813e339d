// What the API says of threads and messages, read without trusting its shape.

import { type Wire, list, number, object, oneOf, text } from "../json.ts";

export interface Message {
  id: string;
  clientId: string;
  mine: boolean;
  body: string;
  createdAt: string;
  edited: boolean;
  deleted: boolean;
  read: boolean;
}

export interface Thread {
  domain: string;
  name: string;
  image: string;
  last: Message;
  unread: number;
  muted: boolean;
}

export interface Page {
  messages: Message[];
  next: string | null;
}

/** A message, or null. */
export function readMessage(value: unknown): Message | null {
  const message = object<Wire<"SiteMessage">>(value);
  const from = oneOf(message?.from, ["me", "them"]);
  if (message === null || from === null || text(message, "id") === "") return null;
  return {
    id: text(message, "id"),
    clientId: text(message, "clientId"),
    mine: from === "me",
    body: text(message, "body"),
    createdAt: text(message, "createdAt"),
    edited: typeof message.editedAt === "string",
    deleted: message.deleted === true,
    read: typeof message.readAt === "string",
  };
}

/** A page of a thread. */
export function readPage(value: unknown): Page | null {
  const page = object<Wire<"Messages">>(value);
  if (page === null) return null;
  return { messages: list(page, "messages", readMessage), next: text(page, "nextCursor") || null };
}

/** The list of threads, and how much of all is unread. */
export function readThreads(value: unknown): { threads: Thread[]; unread: number } | null {
  const page = object<Wire<"Threads">>(value);
  if (page === null) return null;
  return { threads: list(page, "threads", readThread), unread: number(page, "unread") ?? 0 };
}

function readThread(value: unknown): Thread | null {
  const thread = object<Wire<"Thread">>(value);
  const last = readMessage(thread?.last);
  const site = object<Wire<"SiteBrief">>(thread?.with);
  if (thread === null || last === null || site === null) return null;
  return {
    domain: text(site, "domain"),
    name: text(site, "name"),
    image: text(site, "image"),
    last,
    unread: number(thread, "unread") ?? 0,
    muted: thread.muted === true,
  };
}
