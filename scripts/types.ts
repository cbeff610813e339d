/**
 * Makes TypeScript types of the API's document, for the pages' scripts. `tsc` then fails when the document loses a field
 * that a script uses.
 *
 * Run by hand: node scripts/types.ts
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './stack/root.ts';

/** What the types are made from. */
export const document = join(root, 'docs/openapi.json');
/** Where they go; not kept in the repository. */
const types = join(root, 'notch/src/wire.gen.ts');

/** Makes the types anew if the document has changed since. */
export async function makeTypes(): Promise<boolean> {
  const text = readFileSync(document, 'utf8');
  const head = `// Made by scripts/types.ts from docs/openapi.json ${createHash('sha256').update(text).digest('hex')}\n`;
  if (existsSync(types) && readFileSync(types, 'utf8').startsWith(head)) return false;
  // The generator asks the compiler's fifth version to print for it; the seventh, which checks our code, cannot be asked.
  registerHooks({
    resolve: (specifier, context, next) => next(specifier === 'typescript' ? 'typescript-5' : specifier, context),
  });
  const { default: openapiTS, astToString } = await import('openapi-typescript');
  const nodes = await openapiTS(text, { alphabetize: true, immutable: true });
  writeFileSync(types, head + astToString(nodes));
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makeTypes();
