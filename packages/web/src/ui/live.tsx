/** Live is a state, not a colour alone: the word, the dot, who watches, since when. */
import type { LiveNow } from '@millrace/contract';
import { formatClock, formatCount, isoDuration } from '../i18n/format.ts';
import { words } from '../i18n/index.ts';
import { nowMs } from '../state/clock.ts';
import { language } from '../state/preferences.ts';
import { Icon } from './icon.tsx';

export function LiveBadge({ state }: { readonly state: LiveNow['state'] | 'offline' }) {
  return <span class={`live-badge ${state}`}>{words().live[state]}</span>;
}

export function Viewers({ count }: { readonly count: number }) {
  const shown = formatCount(count, language.value);
  return (
    <span class="fact" title={words().live.viewers(shown, count)}>
      <Icon name="eye" size={16} />
      <span aria-hidden="true">{shown}</span>
      <span class="hidden-label">{words().live.viewers(shown, count)}</span>
    </span>
  );
}

/** Counts on by itself. */
export function TimeOnAir({ since }: { readonly since: string }) {
  const durationMs = nowMs.value - Date.parse(since);
  const clock = formatClock(durationMs);
  return (
    <time class="fact" dateTime={isoDuration(durationMs)} title={words().live.onAirFor(clock)}>
      {clock}
    </time>
  );
}
