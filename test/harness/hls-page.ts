/**
 * A page of another site that plays an HLS address with hls.js as it comes, and measures what people would notice.
 *
 * Out: an address to open with `?src=`; in the page `report()` tells what was played, heard and complained of. The
 * encoder of these tests flashes white and beeps at each full second: the page notes when it sees and hears that.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface HlsReport {
  readonly time: number;
  readonly paused: boolean;
  readonly width: number;
  readonly latency: number;
  readonly fatal: readonly string[];
  readonly warnings: readonly string[];
  /** Stalls that hls.js reported. */
  readonly stalls: number;
  readonly audioCodec: string;
  readonly containers: readonly string[];
  /** Loudest sample of the last second or so. */
  readonly loudness: number;
  /** Beep minus flash, in ms, of each second that had both. */
  readonly offsetsMs: readonly number[];
  readonly partsLoaded: number;
  readonly segmentsLoaded: number;
  readonly ended: boolean;
  readonly buffered: readonly (readonly [string, number, number])[];
}

const PAGE = `<!doctype html><meta charset="utf-8"><video id="v" playsinline width="160"></video>
<script src="/hls.js"></script>
<script>
const video = document.getElementById('v');
const query = new URLSearchParams(location.search);
const state = { fatal: [], warnings: [], stalls: 0, parts: 0, segments: 0, flashes: [], beeps: [], loudness: 0 };
const hls = new Hls({ lowLatencyMode: query.get('low') !== 'no', debug: query.has('debug'), enableWorker: query.get('worker') !== 'no', liveSyncMode: 'edge' });
hls.on(Hls.Events.ERROR, (_, data) => {
  const text = data.details + (data.reason ? ': ' + data.reason : '') + (data.error ? ' ' + data.error.message : '') + (data.url ? ' ' + data.url : '');
  if (data.fatal) state.fatal.push(text);
  else if (data.details === 'bufferStalledError') state.stalls++;
  else state.warnings.push(text);
});
hls.on(Hls.Events.FRAG_LOADED, (_, data) => { if (data.part) state.parts++; else if (data.frag.sn !== 'initSegment') state.segments++; });
hls.loadSource(query.get('src'));
hls.attachMedia(video);
video.play().catch(() => undefined);

const context = new AudioContext();
const source = context.createMediaElementSource(video);
const tap = context.createScriptProcessor(256, 1, 1);
source.connect(tap); tap.connect(context.destination);
let quietSince = 0;
tap.onaudioprocess = (event) => {
  const samples = event.inputBuffer.getChannelData(0);
  let peak = 0, first = -1;
  for (let i = 0; i < samples.length; i++) {
    const level = Math.abs(samples[i]);
    if (level > peak) peak = level;
    if (first < 0 && level > 0.05) first = i;
  }
  state.loudness = Math.max(peak, state.loudness * 0.995);
  const at = (event.playbackTime + Math.max(0, first) / context.sampleRate) * 1000;
  if (first < 0) { if (!quietSince) quietSince = at; return; }
  if (quietSince && at - quietSince > 300) {
    const clock = context.getOutputTimestamp();
    state.beeps.push(clock.performanceTime + at - clock.contextTime * 1000);
  }
  quietSince = 0;
};
const canvas = new OffscreenCanvas(8, 8);
const pen = canvas.getContext('2d', { willReadFrequently: true });
let dark = true;
function look(now, frame) {
  pen.drawImage(video, 0, 0, 8, 8);
  const light = pen.getImageData(4, 4, 1, 1).data[1] > 128;
  if (light && dark) state.flashes.push(frame.expectedDisplayTime);
  dark = !light;
  video.requestVideoFrameCallback(look);
}
video.requestVideoFrameCallback(look);

function report() {
  const offsetsMs = state.flashes.flatMap((flash) => {
    const beep = state.beeps.reduce((best, at) => Math.abs(at - flash) < Math.abs(best - flash) ? at : best, Infinity);
    return Math.abs(beep - flash) < 500 ? [beep - flash] : [];
  });
  const tracks = hls.bufferController ? hls.bufferController.tracks : {};
  return {
    time: video.currentTime, paused: video.paused, width: video.videoWidth, latency: hls.latency,
    fatal: state.fatal, warnings: state.warnings, stalls: state.stalls,
    audioCodec: hls.levels[0]?.audioCodec ?? '',
    containers: Object.values(tracks).map((track) => track.container + ';' + track.codec),
    loudness: state.loudness, offsetsMs, partsLoaded: state.parts, segmentsLoaded: state.segments, ended: video.ended,
    buffered: Object.entries(tracks).flatMap(([name, track]) => track.buffer ? Array.from({ length: track.buffer.buffered.length }, (_, i) => [name, track.buffer.buffered.start(i), track.buffer.buffered.end(i)]) : []),
  };
}
</script>`;

export interface HlsPageServer {
  url(src: string, options?: Readonly<Record<string, string>>): string;
  close(): Promise<void>;
}

export async function startHlsPage(): Promise<HlsPageServer> {
  const script = await readFile(fileURLToPath(import.meta.resolve('hls.js/dist/hls.js')));
  const server = createServer((request, response) => {
    const isScript = request.url === '/hls.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (src, options = {}) =>
      `http://127.0.0.1:${port}/?${new URLSearchParams({ src, ...options }).toString()}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** ffmpeg arguments for a picture that flashes and a sound that beeps in the first 100 ms of each second. */
export const FLASH_AND_BEEP = [
  '-f',
  'lavfi',
  '-i',
  "color=c=black:s=320x180:r=30,drawbox=enable='lt(mod(t,1),0.1)':c=white:t=fill",
  '-f',
  'lavfi',
  '-i',
  "aevalsrc='if(lt(mod(t,1),0.1),0.8*sin(2*PI*1000*t),0)':s=44100",
] as const;
