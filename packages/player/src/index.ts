/**
 * `<millrace-player>`: importing this file defines the element.
 */
import { MillracePlayerElement } from './element/millrace-player.ts';

export { MillracePlayerElement };
export type { PlayerStats } from './engine/engine.ts';
export type { LatencyMode, PlayerError, PlayerErrorCode, PlayerState, Protocol } from './core/index.ts';

if (!customElements.get('millrace-player')) customElements.define('millrace-player', MillracePlayerElement);

declare global {
  interface HTMLElementTagNameMap {
    'millrace-player': MillracePlayerElement;
  }
}
