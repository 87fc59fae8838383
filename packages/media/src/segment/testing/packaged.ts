/** Configurations and frames in, a filled window out; `onChange` is called as often as a server would look. */
import type { Frame, TrackConfig } from '../../frame.ts';
import type { PackagerEvent, PackagerOptions } from '../events.ts';
import { Packager } from '../packager.ts';
import { SegmentWindow, type WindowOptions } from '../window.ts';

export interface FillOptions {
  readonly packager?: PackagerOptions;
  readonly window?: WindowOptions;
  /** Leave the broadcast running. */
  readonly open?: boolean;
  /** After the events of one frame were applied, when there were any. */
  readonly onChange?: (events: readonly PackagerEvent[], window: SegmentWindow) => void;
}

export function fillWindow(
  input: readonly (Frame | TrackConfig)[],
  options: FillOptions = {},
): SegmentWindow {
  const packager = new Packager(options.packager ?? { chunkMs: 100, partMs: 500, segmentMs: 2000 });
  const window = new SegmentWindow(options.window);
  const take = (events: readonly PackagerEvent[]): void => {
    for (const event of events) window.apply(event);
    if (events.length > 0) options.onChange?.(events, window);
  };
  for (const item of input) take('payload' in item ? packager.push(item) : packager.configure(item));
  if (options.open !== true) take(packager.end());
  return window;
}
