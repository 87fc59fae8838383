import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyAction } from './keys.ts';

const key = (name: string, more: object = {}): Parameters<typeof keyAction>[0] => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  defaultPrevented: false,
  ...more,
});

test('keys of the player, in either case', () => {
  assert.equal(keyAction(key(' '), 'DIV'), 'play');
  assert.equal(keyAction(key('K'), 'DIV'), 'play');
  assert.equal(keyAction(key('?'), 'DIV'), 'help');
  assert.equal(keyAction(key('ArrowUp'), 'BUTTON'), 'louder');
  assert.equal(keyAction(key('x'), 'DIV'), undefined);
});

test('keys that belong to the browser or to the focused control are left alone', () => {
  assert.equal(keyAction(key('f', { ctrlKey: true }), 'DIV'), undefined);
  assert.equal(keyAction(key('f', { defaultPrevented: true }), 'DIV'), undefined);
  assert.equal(keyAction(key(' '), 'BUTTON'), undefined);
  assert.equal(keyAction(key('ArrowUp'), 'INPUT'), undefined);
  assert.equal(keyAction(key('m'), 'INPUT'), 'mute');
  assert.equal(keyAction(key('k'), 'TEXTAREA'), undefined);
  assert.equal(keyAction(key('Escape'), 'INPUT'), 'close');
});
