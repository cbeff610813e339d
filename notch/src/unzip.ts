// A script of its own, loaded when somebody brings an archive: unpacks it in the browser, one file after the other. The
// format is left to zip.js, the limits are kept here: what an archive says about its sizes is believed by nobody.

import { type FileEntry, type Reader, ZipReader } from "@zip.js/zip.js/lib/zip-core-reader.js";

export interface Limits {
  files: number;
  fileBytes: number;
  bytes: number;
}

export interface Unpacked {
  path: string;
  blob: Blob;
}

/** Why an archive cannot be unpacked, in words for the person. */
export class Refusal extends Error {}

/** Names that the archive holds beyond the ones wanted, such as packages, are not unpacked; this many are looked at. */
const MOST_ENTRIES = 100_000;

/** Unpacks what `wanted` wants; `told` hears how many bytes of the archive are behind it, from 0 to 1. */
export async function unzip(
  archive: Blob, limits: Limits, wanted: (path: string) => boolean, told: (part: number) => void, signal: AbortSignal,
): Promise<Unpacked[]> {
  const zip = new ZipReader(blobReader(archive), { useWebWorkers: false, checkSignature: true, checkOverlappingEntry: true, signal });
  try {
    const entries: FileEntry[] = [];
    let seen = 0;
    for await (const entry of zip.getEntriesGenerator()) {
      if (++seen > MOST_ENTRIES) throw new Refusal("There are far too many files in this zip. A site can have 10,000.");
      if (entry.directory || !wanted(entry.filename)) continue;
      if (entry.encrypted) throw new Refusal("This zip is locked with a password. Unpack it on your computer and drop the folder.");
      entries.push(entry);
      if (entries.length > limits.files) throw new Refusal(`There are more than ${limits.files.toLocaleString("en")} files in this zip.`);
    }
    const packed = entries.reduce((sum, { compressedSize }) => sum + compressedSize, 0);
    const unpacked: Unpacked[] = [];
    let [behind, bytes] = [0, 0];
    for (const entry of entries) {
      signal.throwIfAborted();
      const parts: Uint8Array<ArrayBuffer>[] = [];
      let size = 0;
      await entry.getData(new WritableStream<Uint8Array<ArrayBuffer>>({
        write(part) {
          size += part.length;
          bytes += part.length;
          if (size > limits.fileBytes) throw new Refusal(`“${entry.filename}” has more than ${megabytes(limits.fileBytes)} when it is unpacked.`);
          if (bytes > limits.bytes) throw new Refusal(`This zip has more than ${megabytes(limits.bytes)} when it is unpacked.`);
          parts.push(part);
        },
      }), { signal });
      unpacked.push({ path: entry.filename, blob: new Blob(parts) });
      behind += entry.compressedSize;
      told(packed === 0 ? 1 : behind / packed);
    }
    return unpacked;
  } catch (error) {
    if (error instanceof Refusal || signal.aborted) throw error;
    const unsafe = error instanceof Error && error.message === "Unsafe filename";
    throw new Refusal(unsafe
      ? "This zip holds a file whose name leads out of it, so nothing of it was unpacked."
      : "This zip cannot be read. It may be damaged. Unpack it on your computer and drop the folder.");
  } finally {
    await zip.close().catch(() => undefined);
  }
}

/** Reads where it is asked to, so that an archive is never in memory as a whole. */
function blobReader(blob: Blob): Reader<Blob> {
  const slice = (from: number, length: number): Blob => blob.slice(from, from + length);
  const reader: Pick<Reader<Blob>, "size" | "createReadable" | "readUint8Array"> = {
    size: blob.size,
    createReadable: ({ offset = 0, size = blob.size - offset } = {}) => slice(offset, size).stream(),
    readUint8Array: async (from, length) => new Uint8Array(await slice(from, length).arrayBuffer()),
  };
  return reader as Reader<Blob>;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}
