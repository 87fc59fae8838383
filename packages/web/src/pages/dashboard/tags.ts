/** Tags as people type them into one field: with or without #, apart by spaces or by commas of either script. */
import { CHANNEL_LIMITS } from '@millrace/contract/limits';
import { words } from '../../i18n/index.ts';

/** `#go, 编程，live  go` → `['go', '编程', 'live']` */
export function splitTags(text: string): string[] {
  const tags = text
    .split(/[\s,，、;；]+/)
    .map((tag) => tag.replace(/^#+/, ''))
    .filter((tag) => tag !== '');
  return [...new Set(tags)];
}

export function checkTags(tags: readonly string[]): string | undefined {
  const { dashboard: text } = words();
  if (tags.length > CHANNEL_LIMITS.tags) return text.tooManyTags(CHANNEL_LIMITS.tags);
  const long = tags.find((tag) => tag.length > CHANNEL_LIMITS.tagCharacters);
  return long === undefined ? undefined : text.tagTooLong(long, CHANNEL_LIMITS.tagCharacters);
}
