/**
 * A small origin for the player's tests: serves the built player and a page, and speaks `millrace.v1` from clips,
 * with every state at the test's command. It knows nothing of the real server.
 */
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import {
  MEDIA_FLAGS,
  MEDIA_FRAME_TYPES,
  MEDIA_HEADER_BYTES,
  MEDIA_SUBPROTOCOL,
  MEDIA_TRACKS,
  writeMediaHeader,
  type BroadcastState,
  type OfferedTrack,
  type PlayerMessage,
  type ServerMessage,
} from '@millrace/contract/media-protocol';
import { WebSocketServer, type WebSocket } from 'ws';
import type { ClipTrack } from './player-clip.ts';

const TICK_MS = 20;

interface Sent {
  readonly track: number;
  readonly key: boolean;
  readonly sequence: number;
  readonly frame: Buffer;
}

interface Running {
  readonly clip: ClipTrack;
  readonly track: number;
  readonly init: number;
  next: number;
  /** Added to the clip's times. */
  shift: number;
  sequence: number;
  restarted: boolean;
}

export class PlayerOrigin {
  readonly hellos: (PlayerMessage & { readonly type: 'hello' })[] = [];
  readonly messages: PlayerMessage[] = [];
  readonly #distDir: string;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => MEDIA_SUBPROTOCOL });
  readonly #viewers = new Map<
    WebSocket,
    { resumedFrom: ReadonlyMap<number, number> | undefined; paused: boolean }
  >();
  #timer: NodeJS.Timeout | undefined;
  #state: BroadcastState = 'waiting';
  #broadcast = 0;
  #running: Running[] = [];
  #history: Sent[] = [];
  #inits = 0;
  #epoch = 0;
  /** Wall clock of media time 0. */
  #zeroMs = 0;
  #frozenAtMs: number | undefined;
  refuseSockets = false;

  constructor(distDir: string) {
    this.#distDir = distDir;
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      const send = (type: string, body: string | Buffer): void => {
        response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' }).end(body);
      };
      if (url.pathname === '/page') {
        const { searchParams } = url;
        const src = searchParams.get('src') ?? '/live/test';
        send('text/html; charset=utf-8', page(src, searchParams.get('attributes') ?? ''));
      } else if (url.pathname.startsWith('/player')) {
        readFile(join(this.#distDir, basename(url.pathname))).then(
          (body) => send('text/javascript', body),
          () => response.writeHead(404).end(),
        );
      } else
        response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"code":"not-found"}}');
    });
    this.#server.on('upgrade', (request, socket, head) => {
      if (this.refuseSockets) {
        socket.destroy();
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (viewer) => this.#join(viewer));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const viewer of this.#viewers.keys()) viewer.terminate();
    this.#server.closeAllConnections();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  /** A new broadcast begins. `inProgressMs`: as if it had begun that long ago. */
  begin(clips: readonly ClipTrack[], inProgressMs = 0): void {
    this.#broadcast += 1;
    this.#epoch = 0;
    this.#history = [];
    this.#frozenAtMs = undefined;
    this.#zeroMs = Date.now() - inProgressMs;
    this.#running = clips.map((clip) => this.#run(clip, 0));
    this.#state = 'live';
    this.#tell(this.#tracksMessage(false), ...this.#initFrames(), { type: 'state', state: 'live' });
  }

  /** The encoder is gone. */
  interrupt(): void {
    this.#frozenAtMs = Date.now();
    this.#state = 'interrupted';
    this.#tell({ type: 'state', state: 'interrupted' });
  }

  /** The encoder is back: media time goes on where it stopped, from a key frame. */
  comeBack(): void {
    this.#zeroMs += Date.now() - (this.#frozenAtMs ?? Date.now());
    this.#frozenAtMs = undefined;
    this.#epoch += 1;
    for (const running of this.#running) {
      const upTo = running.clip.chunks[running.next];
      const resumeAt = (upTo?.dts ?? 0) + running.shift;
      running.next = Math.max(
        0,
        running.clip.chunks.findIndex((chunk, index) => chunk.key && index >= running.next),
      );
      running.shift = resumeAt - (running.clip.chunks[running.next]?.dts ?? 0);
      running.restarted = true;
    }
    this.#state = 'live';
    this.#tell({ type: 'state', state: 'live' });
  }

  end(): void {
    this.#running = [];
    this.#state = 'ended';
    this.#tell({ type: 'state', state: 'ended' });
  }

  /** The set of clips changes in mid-broadcast: a track appears, disappears, or changes its codec. */
  change(clips: readonly ClipTrack[]): void {
    const nowS = (Date.now() - this.#zeroMs) / 1000;
    this.#running = clips.map((clip) => {
      const same = this.#running.find((running) => running.clip === clip);
      if (same) return same;
      const before = this.#running.find((running) => running.clip.kind === clip.kind);
      const startS = before ? (before.clip.chunks[before.next]?.dts ?? 0) / before.clip.timescale : nowS;
      return this.#run(clip, startS, before?.sequence ?? 0);
    });
    this.#tell(this.#tracksMessage(false), ...this.#initFrames());
  }

  /** One track stops delivering, though it is still offered. */
  silence(kind: 'video' | 'audio'): void {
    this.#running = this.#running.map((running) =>
      running.clip.kind === kind ? { ...running, next: Infinity } : running,
    );
  }

  dropConnections(): void {
    for (const viewer of this.#viewers.keys()) viewer.terminate();
  }

  #run(clip: ClipTrack, fromS: number, sequence = 0): Running {
    const from = Math.max(
      0,
      clip.chunks.findIndex((chunk) => chunk.key && chunk.dts / clip.timescale >= fromS),
    );
    const shift = Math.round(fromS * clip.timescale) - (clip.chunks[from]?.dts ?? 0);
    this.#inits += 1;
    return {
      clip,
      track: MEDIA_TRACKS[clip.kind],
      init: this.#inits,
      next: from,
      shift,
      sequence,
      restarted: false,
    };
  }

  #join(viewer: WebSocket): void {
    viewer.on('close', () => this.#viewers.delete(viewer));
    viewer.on('error', () => viewer.terminate());
    viewer.on('message', (data, isBinary) => {
      if (isBinary || !Buffer.isBuffer(data)) return;
      const message = JSON.parse(data.toString()) as PlayerMessage;
      this.messages.push(message);
      if (message.type === 'hello') this.#welcome(viewer, message);
      else if (message.type === 'ping') {
        this.#send(viewer, { type: 'pong', clientTime: message.clientTime, serverTime: Date.now() });
      } else if (message.type === 'pause')
        this.#viewers.set(viewer, { resumedFrom: undefined, paused: true });
      else if (message.type === 'play') {
        this.#viewers.set(viewer, { resumedFrom: undefined, paused: false });
        for (const sent of this.#fromLastKey()) viewer.send(sent.frame);
      }
    });
  }

  #welcome(viewer: WebSocket, hello: PlayerMessage & { readonly type: 'hello' }): void {
    this.hellos.push(hello);
    this.#viewers.set(viewer, { resumedFrom: undefined, paused: false });
    const { resume } = hello;
    const resumed =
      resume !== undefined && resume.broadcast === `b${this.#broadcast}` && this.#state === 'live';
    if (this.#running.length > 0) {
      this.#send(viewer, this.#tracksMessage(resumed));
      for (const frame of this.#initFrames()) viewer.send(frame);
      const after = (sent: Sent): boolean => sent.sequence > (resume?.sequences[String(sent.track)] ?? -1);
      for (const sent of resumed ? this.#history.filter(after) : this.#fromLastKey()) viewer.send(sent.frame);
    }
    this.#send(viewer, { type: 'state', state: this.#state });
  }

  #fromLastKey(): Sent[] {
    const hasVideo = this.#history.some((sent) => sent.track === MEDIA_TRACKS.video);
    const wanted = hasVideo ? MEDIA_TRACKS.video : MEDIA_TRACKS.audio;
    const last = this.#history.findLastIndex((sent) => sent.track === wanted && sent.key);
    return last < 0 ? [] : this.#history.slice(Math.max(0, last - 1));
  }

  #tick(): void {
    if (this.#frozenAtMs !== undefined) return;
    const nowMs = Date.now() - this.#zeroMs;
    for (const running of this.#running) {
      for (;;) {
        const chunk = running.clip.chunks[running.next];
        if (chunk === undefined) break;
        const endMs = ((chunk.dts + running.shift + chunk.duration) * 1000) / running.clip.timescale;
        if (endMs > nowMs) break;
        running.next += 1;
        this.#publish(running, chunk);
      }
    }
  }

  #publish(running: Running, chunk: ClipTrack['chunks'][number]): void {
    const dts = chunk.dts + running.shift;
    const frame = Buffer.alloc(MEDIA_HEADER_BYTES + chunk.bytes.length);
    chunk.bytes.copy(frame, MEDIA_HEADER_BYTES);
    frame.writeBigUInt64BE(BigInt(dts), MEDIA_HEADER_BYTES + chunk.tfdtAt);
    writeMediaHeader(frame, 0, {
      type: MEDIA_FRAME_TYPES.chunk,
      track: running.track,
      rendition: 0,
      flags: (chunk.key ? MEDIA_FLAGS.key : 0) | (running.restarted ? MEDIA_FLAGS.discontinuity : 0),
      epoch: this.#epoch,
      sequence: running.sequence,
      duration: chunk.duration,
      dts,
      captureTime: this.#zeroMs + (dts * 1000) / running.clip.timescale,
    });
    running.restarted = false;
    const sent = { track: running.track, key: chunk.key, sequence: running.sequence, frame };
    running.sequence += 1;
    this.#history.push(sent);
    if (this.#history.length > 200) this.#history.shift();
    for (const [viewer, { paused }] of this.#viewers) if (!paused) viewer.send(frame);
  }

  #tracksMessage(resumed: boolean): ServerMessage {
    const tracks = this.#running.map(({ clip, track, init }): OfferedTrack => ({
      track,
      kind: clip.kind,
      rendition: 0,
      codec: clip.codec,
      mimeType: `${clip.kind}/mp4`,
      timescale: clip.timescale,
      init,
    }));
    return {
      type: 'tracks',
      version: 1,
      broadcast: `b${this.#broadcast}`,
      epoch: this.#epoch,
      tracks,
      chunkMs: 100,
      resumed,
      serverTime: Date.now(),
    };
  }

  #initFrames(): Buffer[] {
    return this.#running.map(({ clip, track, init }) => {
      const frame = Buffer.alloc(MEDIA_HEADER_BYTES + clip.init.length);
      clip.init.copy(frame, MEDIA_HEADER_BYTES);
      const none = { rendition: 0, flags: 0, duration: 0, dts: 0, captureTime: 0 };
      writeMediaHeader(frame, 0, {
        type: MEDIA_FRAME_TYPES.init,
        track,
        epoch: this.#epoch,
        sequence: init,
        ...none,
      });
      return frame;
    });
  }

  #tell(...items: readonly (ServerMessage | Buffer)[]): void {
    for (const viewer of this.#viewers.keys()) for (const item of items) this.#send(viewer, item);
  }

  #send(viewer: WebSocket, item: ServerMessage | Buffer): void {
    viewer.send(Buffer.isBuffer(item) ? item : JSON.stringify(item));
  }
}

function page(src: string, attributes: string): string {
  return `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>player</title>
<style>body{margin:0;background:#1a1817}millrace-player{max-width:100vw;max-height:100vh}</style>
<script type="module" src="/player/player.js"></script>
<millrace-player src="${src}" ${attributes}></millrace-player></html>`;
}
