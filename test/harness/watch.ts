/**
 * What a person in front of the watch page sees and hears, as numbers. `WATCH` runs in the page (Chromium, Firefox or
 * WebKit) and gives a `Watched`; sound is heard through Web Audio, not by asking the player.
 */
export interface Watched {
  /** Media time on the video's clock, in seconds. */
  readonly time: number;
  readonly paused: boolean;
  readonly width: number;
  /** Pictures shown since the element began. */
  readonly frames: number;
  /** Loudest sample since the last call, 0 to 1. */
  readonly loudness: number;
  /** Changes when the picture does. */
  readonly picture: number;
  readonly state: string;
  /** How the media reaches the player: `ws`, `hls`, `native`. */
  readonly protocol: string;
  readonly message: string;
}

/** Source of a function `() => Promise<Watched>`; the first call starts to listen. */
export const WATCH = `async () => {
  const player = document.querySelector('millrace-player');
  const video = player?.shadowRoot?.querySelector('video');
  if (!video) return { time: 0, paused: true, width: 0, frames: 0, loudness: 0, picture: 0, state: 'no player', protocol: '', message: document.body?.innerText?.slice(0, 200) ?? '' };
  globalThis.ears ??= new Map();
  let ear = globalThis.ears.get(video);
  if (!ear && video.readyState >= 2) {
    const context = new AudioContext();
    await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 500))]);
    const analyser = new AnalyserNode(context, { fftSize: 32768 });
    context.createMediaElementSource(video).connect(analyser).connect(context.destination);
    ear = { analyser, samples: new Float32Array(analyser.fftSize) };
    globalThis.ears.set(video, ear);
  }
  let loudness = 0;
  if (ear) {
    ear.analyser.getFloatTimeDomainData(ear.samples);
    for (const sample of ear.samples) loudness = Math.max(loudness, Math.abs(sample));
  }
  let picture = 0;
  if (video.videoWidth > 0) {
    const canvas = new OffscreenCanvas(32, 18);
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0, 32, 18);
    for (const value of context.getImageData(0, 0, 32, 18).data) picture = (picture * 31 + value) % 2147483647;
  }
  return {
    time: video.currentTime,
    paused: video.paused,
    width: video.videoWidth,
    frames: video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0,
    loudness,
    picture,
    state: String(player.state ?? ''),
    protocol: String(player.stats?.protocol ?? ''),
    message: (player.shadowRoot.textContent ?? '').replace(/\\s+/g, ' ').slice(-300),
  };
}`;
