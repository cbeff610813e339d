// multipart/form-data, as much of it as an upload needs. Bytes are kept as they came.

import { invalid } from './errors.ts';

export interface Part {
  name: string;
  filename: string | null;
  contentType: string | null;
  bytes: Buffer;
}

function header(lines: string[], name: string): string | null {
  const line = lines.find((entry) => entry.toLowerCase().startsWith(`${name}:`));
  return line === undefined ? null : line.slice(name.length + 1).trim();
}

function parameter(value: string, name: string): string | null {
  const quoted = new RegExp(`[;\\s]${name}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(value);
  if (quoted) return (quoted[1] ?? '').replace(/%22/g, '"').replace(/\\(.)/g, '$1');
  return new RegExp(`[;\\s]${name}=([^;\\s]+)`, 'i').exec(value)?.[1] ?? null;
}

/** The parts of a body with that content type. */
export function parseMultipart(body: Buffer, contentType: string): Part[] {
  const boundary = /^multipart\/form-data\b/i.test(contentType) ? parameter(contentType, 'boundary') : null;
  if (boundary === null) throw invalid('Send the file as multipart/form-data.');
  const mark = Buffer.from(`--${boundary}`);
  const parts: Part[] = [];
  let at = body.indexOf(mark);
  while (at >= 0) {
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), at + mark.length);
    if (next < 0) break;
    const part = body.subarray(at + mark.length + 2, next);
    const split = part.indexOf('\r\n\r\n');
    if (split < 0) throw invalid('The multipart body is malformed.');
    const lines = part.subarray(0, split).toString('utf8').split('\r\n');
    const disposition = header(lines, 'content-disposition') ?? '';
    parts.push({
      name: parameter(disposition, 'name') ?? '',
      filename: parameter(disposition, 'filename'),
      contentType: header(lines, 'content-type'),
      bytes: Buffer.from(part.subarray(split + 4)),
    });
    at = next + 2;
  }
  return parts;
}
