/** Nothing is done that whoever asks has not agreed to. */
import { createInterface } from 'node:readline/promises';
import { OperatorError } from '../release/target.ts';

/** Says what will be done and asks. Rejects when it is not wanted, or when there is nobody to ask. */
export async function consent(what: string, yes: boolean): Promise<void> {
  process.stderr.write(`${what}\n`);
  if (yes) return;
  if (!process.stdin.isTTY) throw new OperatorError('Nothing was done: there is nobody here to ask. Say --yes to have it done.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Do it? [y/N] ');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new OperatorError('Nothing was done.');
}
