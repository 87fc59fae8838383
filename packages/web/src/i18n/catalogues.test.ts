/** The compiler sees to it that no key is missing; these see to what it cannot see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { API_ERRORS } from '@millrace/contract';
import { en } from './en.ts';
import { CATALOGUES } from './index.ts';

type Entry = readonly [path: string, kind: string, text: string];

/** Every text of a catalogue; a sentence with parameters is called with the letter x for each. */
function entries(value: unknown, path = ''): Entry[] {
  if (typeof value === 'string') return [[path, 'string', value]];
  if (typeof value === 'function') {
    const details = Array.from({ length: value.length }, () => 'x');
    return [[path, 'function', String((value as (...all: unknown[]) => unknown)(...details))]];
  }
  assert(typeof value === 'object' && value !== null, path);
  return Object.entries(value).flatMap(([key, inner]) =>
    entries(inner, path === '' ? key : `${path}.${key}`),
  );
}

test('each catalogue has the same texts, none empty, lists of the same length', () => {
  const wanted = entries(en).map(([path, kind]) => `${path} ${kind}`);
  for (const [language, catalogue] of Object.entries(CATALOGUES)) {
    const found = entries(catalogue);
    assert.deepEqual(
      found.map(([path, kind]) => `${path} ${kind}`),
      wanted,
      language,
    );
    for (const [path, , text] of found) assert.notEqual(text.trim(), '', `${language} ${path}`);
  }
});

test('Chinese texts are Chinese, and use the punctuation of their script', () => {
  for (const [path, , text] of entries(CATALOGUES['zh-CN'])) {
    assert.match(text, /\p{Script=Han}/u, `${path}: ${text}`);
    assert.doesNotMatch(text, /\p{Script=Han}[,;:?!]/u, `${path}: ${text}`);
  }
});

test('the words that the product calls its things by', () => {
  const zh = CATALOGUES['zh-CN'];
  assert.equal(zh.live.live, '直播中');
  assert.equal(zh.live.offline, '未开播');
  assert.equal(zh.dashboard.title, '直播中心');
  assert.equal(zh.dashboard.streamKey, '推流密钥');
  assert.equal(zh.dashboard.serverAddress, '推流地址');
  assert.equal(zh.site.signIn, '登录');
  assert.equal(zh.site.signUp, '注册');
});

test('every error of the API has its sentence, and no sentence is for an error that does not exist', () => {
  const own = ['unreachable', 'unknown'];
  for (const catalogue of Object.values(CATALOGUES)) {
    assert.deepEqual(
      Object.keys(catalogue.errors).toSorted(),
      [...Object.keys(API_ERRORS), ...own].toSorted(),
    );
  }
});
