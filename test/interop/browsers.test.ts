/**
 * Every encoder of the table in every browser engine, by WebSocket and by HLS: the picture moves and the sound is
 * heard. A program that is not on the machine is named, and its cases are skipped.
 */
import { after, before, test } from 'node:test';
import { ENCODERS } from './encoders.ts';
import { missing } from './programs.ts';
import { hearsIt, seesItMove, Stage } from './stage.ts';
import { VIEWERS } from './viewers.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

for (const encoderCase of ENCODERS) {
  test(encoderCase.name, { skip: missing(...encoderCase.needs) }, async (t) => {
    const { name, to } = await stage.channel();
    const encoder = await stage.push(encoderCase, name, to);
    t.after(() => encoder.kill());
    for (const viewerCase of VIEWERS) {
      for (const protocol of ['ws', 'hls']) {
        const skip = missing(...viewerCase.needs);
        await t.test(`${viewerCase.name} by ${protocol}`, { skip }, async (t) => {
          const viewer = await stage.viewer(viewerCase);
          t.after(() => viewer.goto('about:blank'));
          await viewer.goto(`${stage.server.origin}/${name}?protocol=${protocol}`);
          await seesItMove(viewer, encoderCase.video);
          if (encoderCase.audio) await hearsIt(viewer);
        });
      }
    }
  });
}
