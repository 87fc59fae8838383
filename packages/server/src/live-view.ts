/** The hub as the platform wants to see it: broadcasts in the words of the API. */
import type { IngestHealth, LiveNow } from '@millrace/contract';
import type { Broadcast } from './live/broadcast.ts';
import type { LiveHub } from './live/hub.ts';
import type { LiveView } from './platform/ports.ts';

export function liveViewOf(hub: LiveHub, ingestPort: () => number): LiveView {
  return {
    *all() {
      for (const broadcast of hub.all()) yield [broadcast.channel, liveNow(broadcast)] as const;
    },
    get(channel) {
      const broadcast = hub.onAir(channel);
      return broadcast === undefined ? undefined : liveNow(broadcast);
    },
    ingest(channel) {
      const broadcast = hub.onAir(channel);
      return broadcast === undefined ? undefined : ingestHealth(broadcast);
    },
    publishingKeys: () => hub.publishingKeys(),
    endPublisher: (keyId, reason) => hub.endPublisher(keyId, reason),
    ingestPort,
  };
}

function liveNow(broadcast: Broadcast): LiveNow {
  const kinds = broadcast.tracks().map((init) => init.kind);
  return {
    broadcast: broadcast.id,
    startedAt: new Date(broadcast.startedAtMs).toISOString(),
    viewers: broadcast.viewerCount,
    state: stateOf(broadcast),
    video: kinds.includes('video'),
    audio: kinds.includes('audio'),
  };
}

function ingestHealth(broadcast: Broadcast): IngestHealth {
  const { video, audio, advice, droppedFrames, encoder, driftMs } = broadcast.health();
  return {
    state: stateOf(broadcast),
    startedAt: new Date(broadcast.startedAtMs).toISOString(),
    encoder,
    video: video ?? null,
    audio: audio ?? null,
    driftMs,
    droppedFrames,
    viewers: broadcast.viewerCount,
    advice: [...advice],
  };
}

function stateOf(broadcast: Broadcast): 'live' | 'interrupted' {
  return broadcast.state.name === 'interrupted' ? 'interrupted' : 'live';
}
