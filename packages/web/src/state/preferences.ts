/** What a visitor chose for this browser: language and theme, remembered, and carried onto the document. */
import { effect, signal } from '@preact/signals';

export const LANGUAGES = ['zh-CN', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const LANGUAGE_KEY = 'millrace.language';
const THEME_KEY = 'millrace.theme';

/** Storage may be forbidden (a private window, a foreign frame): then nothing is remembered, and nothing breaks. */
export function recall(key: string): string | undefined {
  try {
    return globalThis.localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string): void {
  try {
    globalThis.localStorage.setItem(key, value);
  } catch {
    // Forbidden or full: the choice holds until the page is closed.
  }
}

/** The first of the browser's languages that we speak; English when there is none. */
export function preferredLanguage(candidates: readonly string[]): Language {
  for (const candidate of candidates) {
    if (/^zh\b/i.test(candidate)) return 'zh-CN';
    if (/^en\b/i.test(candidate)) return 'en';
  }
  return 'en';
}

const oneOf = <T extends string>(values: readonly T[], value: string | undefined): T | undefined =>
  values.find((candidate) => candidate === value);

export const language = signal<Language>(
  oneOf(LANGUAGES, recall(LANGUAGE_KEY)) ?? preferredLanguage(globalThis.navigator?.languages ?? []),
);
export const theme = signal<Theme>(oneOf(THEMES, recall(THEME_KEY)) ?? 'system');

export function chooseLanguage(next: Language): void {
  language.value = next;
  remember(LANGUAGE_KEY, next);
}

export function chooseTheme(next: Theme): void {
  theme.value = next;
  remember(THEME_KEY, next);
}

/** Keeps `<html lang data-theme>` in step; called once by the page's entry. */
export function applyPreferences(root: HTMLElement): () => void {
  return effect(() => {
    root.lang = language.value;
    if (theme.value === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme.value;
  });
}
