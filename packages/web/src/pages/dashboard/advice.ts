/** The health of a stream in sentences: what is the matter, and which setting of the encoder helps. */
import type { IngestAdvice, IngestHealth } from '@millrace/contract';
import { formatDecimal } from '../../i18n/format.ts';
import type { Catalogue } from '../../i18n/index.ts';
import type { Language } from '../../state/preferences.ts';

/** Nobody hears or sees less. */
const IN_STEP_MS = 20;

export function sayAdvice(
  code: IngestAdvice,
  health: IngestHealth,
  text: Catalogue['dashboard'],
  spoken: Language,
): string {
  switch (code) {
    case 'key-frames-too-far-apart':
      return text.advice[code](formatDecimal((health.video?.keyFrameIntervalMs ?? 0) / 1000, spoken));
    case 'clock-drift':
      return text.advice[code](String(Math.round(Math.abs(health.driftMs))));
    default:
      return text.advice[code];
  }
}

/** `driftMs`: sound minus picture. */
export function sayDrift(driftMs: number, text: Catalogue['dashboard']): string {
  const size = String(Math.round(Math.abs(driftMs)));
  if (Math.abs(driftMs) < IN_STEP_MS) return text.driftNone;
  return driftMs > 0 ? text.driftAhead(size) : text.driftBehind(size);
}
