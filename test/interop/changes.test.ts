/**
 * The encoder stops and comes back within the grace time with other settings: the same broadcast goes on, and the open
 * page shows the new size and plays the new sound without a hand. And what a browser cannot decode, it refuses by name.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../harness/browser.ts';
import { pushWithFfmpeg, type PushOptions } from '../harness/encoder.ts';
import { missing, startProgram } from './programs.ts';
import { hearsIt, seesItMove, SLOW_MS, Stage } from './stage.ts';
import { VIEWERS } from './viewers.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

interface Change {
  readonly name: string;
  readonly from: PushOptions;
  readonly to: PushOptions;
  readonly width: number;
  /** Known not to go on by HLS, and why. */
  readonly notByHls?: string;
}
const CHANGES: readonly Change[] = [
  {
    name: 'another size',
    from: { encoding: 'avcAac', size: '320x180' },
    to: { encoding: 'avcAac', size: '640x360' },
    width: 640,
  },
  {
    name: 'another size, profile, and MP3 in place of AAC',
    from: { encoding: 'avcAac', size: '640x360' },
    to: { encoding: 'avcMp3', size: '320x180' },
    width: 320,
    notByHls: 'the sound playlist turns from segments to bare MP3, and hls.js does not follow',
  },
];

for (const { name: change, from, to, width, notByHls } of CHANGES) {
  for (const viewerCase of VIEWERS) {
    for (const protocol of ['ws', 'hls']) {
      const skip = missing('ffmpeg', ...viewerCase.needs) || (protocol === 'hls' && (notByHls ?? false));
      test(`${change}: ${viewerCase.name} by ${protocol}`, { skip }, async (t) => {
        const { name, to: target } = await stage.channel();
        const pushUrl = `${target.server}/${target.key}`;
        const first = pushWithFfmpeg(pushUrl, from);
        t.after(() => first.kill());
        const viewer = await stage.viewer(viewerCase);
        t.after(() => viewer.goto('about:blank'));
        await viewer.goto(`${stage.server.origin}/${name}?protocol=${protocol}`);
        await seesItMove(viewer, true);
        const broadcast = (await stage.ask(name)).live?.broadcast;
        assert.ok(broadcast);

        await first.kill();
        const second = pushWithFfmpeg(pushUrl, to);
        t.after(() => second.kill());
        await until(
          'the new size',
          () => viewer.look(),
          (watched) => watched.width === width,
          SLOW_MS,
        );
        await seesItMove(viewer, true);
        await hearsIt(viewer);
        assert.equal((await stage.ask(name)).live?.broadcast, broadcast, 'the same broadcast goes on');
      });
    }
  }
}

test(
  'Firefox says that it cannot decode High 4:4:4',
  { skip: missing('ffmpeg', 'firefox-esr') },
  async (t) => {
    const { name, to } = await stage.channel();
    const command =
      '-hide_banner -loglevel warning -nostdin -re -f lavfi -i testsrc2=size=320x180:rate=30 ' +
      '-c:v libx264 -preset ultrafast -profile:v high444 -pix_fmt yuv444p -g 30 -f flv';
    const encoder = startProgram('ffmpeg', [...command.split(' '), `${to.server}/${to.key}`]);
    t.after(() => encoder.kill());
    const firefox = VIEWERS.find((viewerCase) => viewerCase.name === 'Firefox');
    assert.ok(firefox);
    await stage.playlist(name);
    const viewer = await stage.viewer(firefox);
    await viewer.goto(`${stage.server.origin}/${name}`);
    const { message } = await until(
      'the refusal',
      () => viewer.look(),
      (watched) => watched.state === 'error',
      SLOW_MS,
    );
    assert.match(message, /This browser cannot decode this broadcast/);
  },
);
