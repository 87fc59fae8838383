/** What HLS delivery needs of a live broadcast, so that it can be tested without one. */
import type { SegmentWindow } from '@millrace/media/segment';

export interface HlsSource {
  readonly id: string;
  /** Changes before each event that `subscribe` tells of. */
  readonly window: SegmentWindow;
  /** Called after every change of the window. The answer ends it. */
  subscribe(listener: (event: { readonly type: string }) => void): () => void;
  /** Viewers that poll are counted by who serves them. The answer ends it. */
  addViewerCounter(count: () => number): () => void;
}

export interface HlsHub {
  /** The broadcast of a channel: live, or ended a little while ago. */
  broadcast(channel: string): HlsSource | undefined;
}
