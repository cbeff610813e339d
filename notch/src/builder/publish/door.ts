// The real way to the server, for `Sending`: fetch for questions, the older request for bytes, whose progress it tells.

import { ask, failure } from "../../api.ts";
import type { Door } from "./send.ts";

export function door(domain: string): Door {
  return {
    permit: async (signal) => await ask(`/api/sites/${encodeURIComponent(domain)}/publish`, { method: "POST", body: {}, signal }),
    ask: async (method, url, token, body, signal) => await ask(url, { method, body, token, ...(signal === null ? {} : { signal }) }),
    put,
    hash,
    wait,
  };
}

async function put(url: string, token: string, blob: Blob, sent: (bytes: number) => void, signal: AbortSignal): ReturnType<Door["put"]> {
  // What is to be sent is read first: of a file that cannot be read any more, the request says only that it failed.
  let bytes: ArrayBuffer;
  try {
    bytes = await blob.arrayBuffer();
  } catch {
    return { ok: false, status: 422, code: "unreadable", message: "", retryAfter: null, body: null };
  }
  return await new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    request.open("PUT", url);
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded }) => sent(loaded));
    request.addEventListener("load", () => {
      const { status } = request;
      const body: unknown = request.response;
      resolve(status >= 200 && status < 300 ? { ok: true, status, body } : failure(status, body, request.getResponseHeader("retry-after")));
    });
    request.addEventListener("error", () => resolve(failure(0, null, null)));
    request.addEventListener("abort", () => reject(new DOMException("given up", "AbortError")));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", stop));
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    request.send(bytes);
    if (signal.aborted) reject(new DOMException("given up", "AbortError"));
  });
}

async function hash(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A browser that knows to be offline is waited for, however long; back online, it is tried at once. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      if (navigator.onLine) done();
    }, ms);
    const done = (): void => {
      tidy();
      resolve();
    };
    const stop = (): void => {
      tidy();
      reject(new DOMException("given up", "AbortError"));
    };
    const tidy = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", stop);
    };
    addEventListener("online", done);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
}
