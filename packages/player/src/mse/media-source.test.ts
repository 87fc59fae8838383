/** MP3 in the words of each browser engine, as its real `isTypeSupported` answered. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { feedFormat, playableTypes } from './media-source.ts';

function standIn(supported: readonly string[]): void {
  const source = Object.assign(() => undefined, {
    isTypeSupported: (type: string) => supported.includes(type),
  });
  Reflect.set(globalThis, 'MediaSource', source);
}
afterEach(() => Reflect.deleteProperty(globalThis, 'MediaSource'));

const RFC_NAME = 'audio/mp4; codecs="mp4a.6B"';

test('WebKit takes MP3 in MP4 under its RFC 6381 name', () => {
  standIn([RFC_NAME, 'audio/mp4; codecs="mp4a.69"']);
  assert.deepEqual(feedFormat('audio/mp4', 'mp4a.69'), {
    type: 'audio/mp4; codecs="mp4a.69"',
    payloadOnly: false,
  });
  assert.deepEqual(playableTypes(), [RFC_NAME]);
});

test('Firefox takes MP3 in MP4 only under the name mp3, and the server is told so in its own words', () => {
  const type = 'audio/mp4; codecs="mp3"';
  standIn([type]);
  assert.deepEqual(feedFormat('audio/mp4', 'mp4a.6B'), { type, payloadOnly: false });
  assert.deepEqual(playableTypes(), [RFC_NAME]);
});

test('Chromium takes MP3 only bare', () => {
  standIn(['audio/mpeg']);
  assert.deepEqual(feedFormat('audio/mp4', 'mp4a.6B'), { type: 'audio/mpeg', payloadOnly: true });
  assert.deepEqual(playableTypes(), ['audio/mpeg']);
});

test('a browser without MP3 is given none', () => {
  standIn(['audio/mp4; codecs="mp4a.40.2"']);
  assert.equal(feedFormat('audio/mp4', 'mp4a.6B'), undefined);
  assert.deepEqual(playableTypes(), ['audio/mp4; codecs="mp4a.40.2"']);
});
