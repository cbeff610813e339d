// What a message brings: the person's words, the block that the product puts in front of them, and pictures.

import type { UserMessage } from '../types.ts';

export interface Told {
  /** The person's words without the block. */
  words: string;
  /** The whole context block; only addresses are read from it. */
  block: string;
  siteUrl: string | null;
  /** The address of the version that is live now. Unlike the site's own address, no cache stands in front of it. */
  versionUrl: string | null;
  /** The block says that there is nothing to fetch yet. */
  nothingLive: boolean;
  deployUrl: string | null;
  /** Files that the message itself carries, by id. */
  fileIds: string[];
}

const BLOCK = /<vetka_context\b[^>]*>[\s\S]*?<\/vetka_context>/gi;

function setting(block: string, name: string): string | null {
  const found = new RegExp(`["']?\\b${name.replace('_', '[_ -]?')}\\b["']?\\s*[:=]\\s*["'<]?(https?://[^\\s"'<>,]+)`, 'i').exec(block)?.[1];
  return found !== undefined && URL.canParse(found) ? found : null;
}

export function readMessage(message: UserMessage): Told {
  const text = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
  const block = (text.match(BLOCK) ?? []).join('\n');
  const fileIds = message.content.flatMap((part) =>
    (part.type === 'image' || part.type === 'document') && part.source.type === 'file' ? [part.source.file_id] : [],
  );
  return {
    words: text.replace(BLOCK, '').trim(),
    block,
    siteUrl: setting(block, 'site_url'),
    versionUrl: setting(block, 'version_url'),
    nothingLive: /^site_now: nothing is published/m.test(block),
    deployUrl: setting(block, 'deploy_url') ?? /https?:\/\/[^\s"'<>]+\/api\/agent\/deploy\b/.exec(block)?.[0] ?? null,
    fileIds,
  };
}
