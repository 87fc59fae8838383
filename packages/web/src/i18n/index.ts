/**
 * The language of the pages: which one is on, and its words. `words()` read in a component follows the switch by
 * itself, as reading any signal does.
 */
import { computed } from '@preact/signals';
import { language, type Language } from '../state/preferences.ts';
import { en, type Catalogue } from './en.ts';
import { zhCn } from './zh-cn.ts';

export type { Catalogue } from './en.ts';

export const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, 'zh-CN': zhCn };

const current = computed(() => CATALOGUES[language.value]);

export function words(): Catalogue {
  return current.value;
}
