/**
 * The statistics overlay.
 *
 * In: the engine's figures, a few times a second. Out: one line a figure, written only while the overlay is open.
 */
import type { WordKey, Words } from '../core/index.ts';
import type { PlayerStats } from '../engine/engine.ts';
import { h, setText } from './dom.ts';
import { sheet } from './sheet.ts';
import { PROTOCOL_NAMES } from './view-model.ts';

const ROWS: readonly WordKey[] = [
  'protocol', 'statVideo', 'statAudio', 'statResolution', 'statFps', 'statBitrate',
  'latency', 'statBuffer', 'statTarget', 'statRate', 'statDropped', 'statStalls',
]; // prettier-ignore

export class Statistics {
  readonly element: HTMLElement;
  readonly #words: Words;
  readonly #values = new Map<WordKey, HTMLElement>();

  constructor(words: Words) {
    this.#words = words;
    const list = h('dl');
    for (const key of ROWS) {
      const value = h('dd', {}, '–');
      this.#values.set(key, value);
      list.append(h('dt', {}, words.say(key)), value);
    }
    this.element = sheet(words, 'stats', 'statistics', list, () => this.toggle());
  }

  toggle(): void {
    this.element.hidden = !this.element.hidden;
  }

  render(stats: PlayerStats | undefined): void {
    if (this.element.hidden || stats === undefined) return;
    const { say } = this.#words;
    const rows: Partial<Record<WordKey, string>> = {
      protocol: stats.protocol === undefined ? '–' : PROTOCOL_NAMES[stats.protocol],
      statVideo: stats.videoCodec ?? say('none'),
      statAudio: stats.audioCodec ?? say('none'),
      statResolution: stats.width > 0 ? `${stats.width} × ${stats.height}` : '–',
      statFps: stats.framesPerSecond === undefined ? '–' : stats.framesPerSecond.toFixed(0),
      statBitrate:
        stats.bitsPerSecond === undefined ? '–' : `${(stats.bitsPerSecond / 1e6).toFixed(2)} Mbit/s`,
      latency: inSeconds(stats.latencyMs),
      statBuffer: inSeconds(stats.bufferMs),
      statTarget: inSeconds(stats.targetMs),
      statRate: `${stats.playbackRate.toFixed(2)} ×`,
      statDropped: String(stats.droppedFrames),
      statStalls: String(stats.stalls),
    };
    for (const [key, element] of this.#values) setText(element, rows[key] ?? '–');
  }
}

function inSeconds(durationMs: number | undefined): string {
  return durationMs === undefined ? '–' : `${(durationMs / 1000).toFixed(2)} s`;
}
