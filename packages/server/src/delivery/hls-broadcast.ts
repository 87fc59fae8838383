/**
 * HLS of one broadcast: its playlists, written once a version and shared by all who ask, and the requests that wait.
 *
 * In: a source (window and events). Out: playlist bodies, plain and gzipped, and promises that the window will hold
 * what a request names.
 */
import { gzipSync } from 'node:zlib';
import type { Ms, TrackKind, UnixMs } from '@millrace/media';
import {
  type PlaylistReload,
  multivariantInput,
  reloadAction,
  renderMediaPlaylist,
  renderMultivariant,
} from '@millrace/media/hls';
import { HlsSessions } from './hls-sessions.ts';
import type { HlsSource } from './hls-source.ts';
import { type OnAbort, type Outcome, WaiterList } from './hls-waiters.ts';

/** Before the first segment is whole no target is known: its longest (10 s) and some room for the encoder to start. */
const START_WAIT_MS: Ms = 15_000;
/** draft-pantos-hls-rfc8216bis §6.2.5.2: a blocked request is given up after three target durations. */
const WAIT_TARGETS = 3;
/** Name of the query parameter that a player carries on when it was in the address it was given. */
export const TOKEN_PARAMETER = 'token';

export interface PlaylistBody {
  readonly text: Buffer;
  readonly gzip: Buffer;
  readonly etag: string;
}

export class HlsBroadcast {
  readonly source: HlsSource;
  readonly sessions = new HlsSessions();
  readonly #waiters: Readonly<Record<TrackKind | 'start', WaiterList>> = {
    video: new WaiterList(),
    audio: new WaiterList(),
    start: new WaiterList(),
  };
  readonly #playlists = new Map<string, { readonly version: string; readonly body: PlaylistBody }>();

  constructor(source: HlsSource, nowMs: () => UnixMs) {
    this.source = source;
    const stopCounting = source.addViewerCounter(() => this.sessions.count(nowMs()));
    const stop = source.subscribe(() => {
      if (source.window.playable || source.window.ended) this.#waiters.start.wake();
      for (const { kind, version } of source.window.tracks) {
        if (this.#seen[kind] === version) continue;
        this.#seen[kind] = version;
        this.#waiters[kind].wake();
      }
      if (!source.window.ended) return;
      stop();
      stopCounting();
    });
  }
  readonly #seen: Partial<Record<TrackKind, number>> = {};

  /** Requests that are held at this moment. */
  get waiting(): number {
    return this.#waiters.video.size + this.#waiters.audio.size + this.#waiters.start.size;
  }

  /** Playlists exist once each track has a whole segment. */
  whenPlayable(onAbort: OnAbort): Promise<Outcome> {
    const { window } = this.source;
    return this.#waiters.start.wait(
      () => (window.playable ? 'go' : window.ended ? 'stop' : 'wait'),
      START_WAIT_MS,
      onAbort,
    );
  }

  /** The track's playlist contains what the reload asks for. `stop`: the request must be refused. */
  whenContains(kind: TrackKind, reload: PlaylistReload, onAbort: OnAbort): Promise<Outcome> {
    const { window } = this.source;
    return this.#waiters[kind].wait(
      () => {
        const track = window.track(kind);
        if (window.ended) return 'go';
        if (track === undefined || window.targets === undefined) return 'stop';
        const { action } = reloadAction(reload, track, window.targets);
        return action === 'answer' ? 'go' : action === 'refuse' ? 'stop' : 'wait';
      },
      this.#waitMs,
      onAbort,
    );
  }

  /** The part is whole. `stop`: it is unknown, or gone, or will never come. */
  whenPart(kind: TrackKind, number: number, onAbort: OnAbort): Promise<Outcome> {
    const { window } = this.source;
    return this.#waiters[kind].wait(
      () => {
        const track = window.track(kind);
        if (track?.findPart(number) !== undefined) return 'go';
        return track?.nextPartNumber === number && !window.ended ? 'wait' : 'stop';
      },
      this.#waitMs,
      onAbort,
    );
  }

  get #waitMs(): Ms {
    const targets = this.source.window.targets;
    return targets === undefined ? START_WAIT_MS : WAIT_TARGETS * targets.targetDurationSeconds * 1000;
  }

  multivariant(withToken: boolean): PlaylistBody {
    const { window, id } = this.source;
    const version = window.tracks.map((track) => track.version).join('-');
    return this.#shared(`multivariant,${withToken}`, version, () =>
      renderMultivariant(
        multivariantInput(window, (kind) => `${id}/${kind}.m3u8`, withToken ? TOKEN_PARAMETER : undefined),
      ),
    );
  }

  /** `undefined`: the broadcast has no such track. */
  mediaPlaylist(kind: TrackKind, delta: boolean, withToken: boolean): PlaylistBody | undefined {
    const { window } = this.source;
    const track = window.track(kind);
    if (track === undefined || window.targets === undefined) return undefined;
    return this.#shared(`${kind},${delta},${withToken}`, String(track.version), () => {
      const queryParameter = withToken ? TOKEN_PARAMETER : undefined;
      return renderMediaPlaylist({ window, kind, delta, queryParameter }) ?? '#EXTM3U\n';
    });
  }

  /** Written and compressed at most once a version, whoever asks. */
  #shared(key: string, version: string, render: () => string): PlaylistBody {
    const known = this.#playlists.get(key);
    if (known?.version === version) return known.body;
    const text = Buffer.from(render());
    const etag = `W/"${this.source.id}-${key.replaceAll(',', '-')}-${version}"`;
    const body: PlaylistBody = { text, gzip: gzipSync(text, { level: 6 }), etag };
    this.#playlists.set(key, { version, body });
    return body;
  }
}
