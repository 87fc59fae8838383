/** Numbers, times and sizes in words people read, as pure functions of the value and the language. */
import type { Language } from '../state/preferences.ts';

/** `1234` → `1,234`; from ten thousand on `12K`, in Chinese `1.2万`. */
export function formatCount(count: number, language: Language): string {
  if (count < 10_000) return new Intl.NumberFormat(language).format(count);
  return new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 }).format(count);
}

/** A running time as a clock shows it: `4:05`, `1:02:03`, `26:00:00`. Below zero counts as zero. */
export function formatClock(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  const hours = Math.floor(seconds / 3600);
  if (hours > 0) parts.unshift(hours);
  return parts.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** The same for `<time datetime>`: an ISO 8601 duration in whole seconds. */
export function isoDuration(durationMs: number): string {
  return `PT${Math.max(0, Math.floor(durationMs / 1000))}S`;
}

/** Bits a second with a unit that keeps it short: `2.5 Mbps`, `128 kbps`. */
export function formatBitrate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 999_500)
    return `${(bitsPerSecond / 1e6).toFixed(bitsPerSecond < 99.5e6 ? 1 : 0)} Mbps`;
  return `${Math.round(bitsPerSecond / 1000)} kbps`;
}

/** At most one digit after the point, and none that says nothing: `30`, `29.9`, `0.5`. */
export function formatDecimal(value: number, language: Language): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value);
}

const STEPS: readonly { readonly unit: Intl.RelativeTimeFormatUnit; readonly seconds: number }[] = [
  { unit: 'year', seconds: 365 * 86_400 },
  { unit: 'month', seconds: 30 * 86_400 },
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
];

/** Intl's own word, “now” and “现在”, does not go with a past tense: “used now”. */
const JUST_NOW: Readonly<Record<Language, string>> = { en: 'just now', 'zh-CN': '刚刚' };

/** How long ago, in the largest unit that is full: `3 hours ago`, `昨天`. Under a minute, and the future: just now. */
export function formatAgo(atMs: number, nowMs: number, language: Language): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const seconds = (nowMs - atMs) / 1000;
  const step = STEPS.find((candidate) => seconds >= candidate.seconds);
  return step === undefined
    ? JUST_NOW[language]
    : format.format(-Math.floor(seconds / step.seconds), step.unit);
}
