import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localPath } from '../shell/local-path.ts';
import { embedCode } from '../ui/embed-code.ts';
import { checkNewAccount, checkSignIn } from './account-check.ts';
import { describeBrowser } from './browser-name.ts';
import { ffmpegLine } from './dashboard/ffmpeg-line.ts';
import { checkTags, splitTags } from './dashboard/tags.ts';

const input = (name: string, password: string) => ({ name, password, invite: '' });

test('a new account: what is wrong stands with the field it is about', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['mara', 'long enough', []],
    ['', '', ['name', 'password']],
    ['ma', 'long enough', ['name']],
    ['-mara', 'long enough', ['name']],
    ['Mära', 'long enough', ['name']],
    ['a'.repeat(33), 'long enough', ['name']],
    ['mara', 'short', ['password']],
  ];
  for (const [name, password, fields] of cases) {
    assert.deepEqual(Object.keys(checkNewAccount(input(name, password))), fields, `${name} / ${password}`);
  }
});

test('signing in asks for nothing but that something is there', () => {
  assert.deepEqual(checkSignIn(input('x', 'y')), {});
  assert.deepEqual(Object.keys(checkSignIn(input('', ''))), ['name', 'password']);
});

test('after signing in one goes to a page of this site and nowhere else', () => {
  assert.equal(localPath('/dashboard'), '/dashboard');
  assert.equal(localPath('/mara?x=1'), '/mara?x=1');
  const foreign = [
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/a\n/b',
    '',
  ];
  for (const next of foreign) assert.equal(localPath(next), undefined, next);
  assert.equal(localPath(undefined), undefined);
});

test('tags come apart at spaces and commas of either script, once each, without #', () => {
  assert.deepEqual(splitTags(' #go, 编程，live  go、茶；山居 '), ['go', '编程', 'live', '茶', '山居']);
  assert.deepEqual(splitTags('  ,，  # '), []);
  assert.equal(checkTags(['a', 'b']), undefined);
  assert.notEqual(checkTags(Array.from({ length: 11 }, (_, index) => `t${index}`)), undefined);
  assert.notEqual(checkTags(['x'.repeat(31)]), undefined);
});

test('the ffmpeg line ends in the address with the key', () => {
  assert.match(ffmpegLine('rtmp://h:1935/live/', undefined), / rtmp:\/\/h:1935\/live\/STREAM_KEY$/);
  assert.match(ffmpegLine('rtmp://h:1935/live', 'live_abc'), / rtmp:\/\/h:1935\/live\/live_abc$/);
});

test('the embed code frames the page that may be framed', () => {
  assert.match(embedCode('https://tv.example', 'mara'), /^<iframe src="https:\/\/tv\.example\/embed\/mara" /);
});

test('browsers are recognised although they claim to be each other', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0',
      'Edge',
      'Windows',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 'Firefox', 'Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1',
      'Safari',
      'iPhone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 16) Chrome/156.0 Mobile Safari/537.36 MicroMessenger/8.0',
      'WeChat',
      'Android',
    ],
  ];
  for (const [agent, browser, system] of cases) assert.deepEqual(describeBrowser(agent), { browser, system });
  assert.equal(describeBrowser('curl/8.0'), undefined);
});
