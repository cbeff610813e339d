// Real pipes for a process's input and output. Node would give it sockets, and then a program that opens
// /dev/stdout or /dev/stderr fails, which it does not in a real sandbox.

import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

const FOLDER = '/run/e2b/pipes';
const MKFIFO = '/usr/bin/mkfifo';
const run = promisify(execFile);
let made = 0;

/** Both ends of a pipe, as file descriptors. */
export interface Pipe {
  read: number;
  write: number;
}

function open(path: string): Pipe {
  // Opening one end waits for the other, except in this order.
  const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const write = openSync(path, constants.O_WRONLY);
  const read = openSync(path, constants.O_RDONLY);
  closeSync(first);
  return { read, write };
}

/** Three new pipes. */
export async function makePipes(): Promise<[Pipe, Pipe, Pipe]> {
  const [input, output, errors] = [0, 1, 2].map(() => `${FOLDER}/${++made}`) as [string, string, string];
  const paths = [input, output, errors];
  await run(MKFIFO, paths, { env: {} });
  try {
    return [open(input), open(output), open(errors)];
  } finally {
    for (const path of paths) rmSync(path, { force: true });
  }
}

export function readerOf(fd: number): Socket {
  return new Socket({ fd, readable: true, writable: false });
}

export function writerOf(fd: number): Socket {
  return new Socket({ fd, readable: false, writable: true });
}
