/**
 * The three browser engines behind one small interface: open the watch page, look at it, listen to it.
 *
 * `look` gives what test/harness/watch.ts sees in the page: the picture's hash, the media clock. Sound is measured as
 * the loudest sample: by Web Audio in Chromium and WebKitGTK; in Firefox, whose Web Audio does not run on a machine
 * without a sound card, by recording what the video element gives out and decoding that.
 */
import { launchChromium, launchFirefox } from '../harness/browser.ts';
import { WATCH, type Watched } from '../harness/watch.ts';
import type { Display } from './display.ts';
import { launchWebKit } from './webkit.ts';

export interface Viewer {
  goto(url: string): Promise<void>;
  look(): Promise<Watched>;
  /** Loudest sample of the last moment, 0 to 1. */
  loudness(): Promise<number>;
  unmute(): Promise<void>;
  /** Any expression, awaited in the page. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Source of a function `() => Promise<number>`: a second of the video element's sound, recorded, decoded, measured. */
const RECORDED_LOUDNESS = `async () => {
  const video = document.querySelector('millrace-player').shadowRoot.querySelector('video');
  const sound = new MediaStream((video.sound ??= video.mozCaptureStream()).getAudioTracks());
  if (sound.getTracks().length === 0) return 0;
  const recorder = new MediaRecorder(sound);
  const pieces = [];
  recorder.ondataavailable = (event) => pieces.push(event.data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  recorder.stop();
  await stopped;
  const coded = await new Blob(pieces).arrayBuffer();
  const decoded = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(coded);
  return decoded.getChannelData(0).reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0);
}`;

/**
 * Runs before the page's own scripts. A video that is captured needs no sound card; sound alone that finds none ends in
 * an error in Firefox.
 */
const CAPTURE_AT_PLAY = `(() => {
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    this.sound ??= this.mozCaptureStream();
    return play.call(this);
  };
})()`;

/** WATCH without its ear, which would lead the sound into an AudioContext that stands still. */
const WATCH_DEAF = `async () => {
  globalThis.ears ??= { get: () => ({ analyser: { getFloatTimeDomainData() {} }, samples: [] }) };
  return (${WATCH})();
}`;

interface Page {
  readonly goto: (url: string) => Promise<unknown>;
  readonly evaluate: (expression: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const UNMUTE = `(() => {
  const video = document.querySelector('millrace-player').shadowRoot.querySelector('video');
  video.muted = false;
  video.volume = 1;
})()`;

function viewer({ goto, evaluate, close }: Page, hasWebAudio = true): Viewer {
  const look = async (): Promise<Watched> =>
    (await evaluate(`(${hasWebAudio ? WATCH : WATCH_DEAF})()`)) as Watched;
  return {
    async goto(url) {
      await goto(url);
    },
    look,
    async loudness() {
      if (hasWebAudio) return (await look()).loudness;
      return (await evaluate(`(${RECORDED_LOUDNESS})()`)) as number;
    },
    async unmute() {
      await evaluate(UNMUTE);
    },
    evaluate,
    close,
  };
}

export interface ViewerCase {
  readonly name: string;
  readonly needs: readonly string[];
  readonly open: (display: () => Promise<Display>) => Promise<Viewer>;
}

export const VIEWERS: readonly ViewerCase[] = [
  {
    name: 'Chromium',
    needs: ['chromium'],
    async open() {
      const browser = await launchChromium();
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      return viewer({
        goto: (url) => page.goto(url),
        evaluate: (expression) => page.evaluate(expression),
        close: () => browser.close(),
      });
    },
  },
  {
    name: 'Firefox',
    needs: ['firefox-esr'],
    async open() {
      const browser = await launchFirefox();
      const page = await browser.newPage();
      await page.evaluateOnNewDocument(CAPTURE_AT_PLAY);
      return viewer(
        {
          goto: (url) => page.goto(url),
          evaluate: (expression) => page.evaluate(expression),
          close: () => browser.close(),
        },
        false,
      );
    },
  },
  {
    name: 'WebKitGTK',
    needs: ['WebKitWebDriver', 'Xvfb'],
    open: async (display) => viewer(await launchWebKit(await display())),
  },
];
