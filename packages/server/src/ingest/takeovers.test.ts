import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Takeovers } from './takeovers.ts';

const LOSER = { remoteAddress: '192.0.2.1', encoder: 'a' };

test('the loser is refused while the winner is alive, and for as long as it keeps trying', () => {
  const takeovers = new Takeovers();
  takeovers.lost('c1', LOSER, 0);
  assert.equal(takeovers.refuses('c1', LOSER, true, 50_000), true);
  assert.equal(takeovers.refuses('c1', LOSER, true, 100_000), true, 'each try starts the time anew');
  assert.equal(takeovers.refuses('c1', LOSER, true, 200_000), false);
});

test('somebody else, another channel, and a dead winner are no loop', () => {
  const takeovers = new Takeovers();
  takeovers.lost('c1', LOSER, 0);
  assert.equal(takeovers.refuses('c1', { ...LOSER, encoder: 'b' }, true, 1), false);
  assert.equal(takeovers.refuses('c1', { ...LOSER, remoteAddress: '192.0.2.2' }, true, 1), false);
  assert.equal(takeovers.refuses('c2', LOSER, true, 1), false);
  assert.equal(takeovers.refuses('c1', LOSER, false, 1), false);
  assert.equal(takeovers.refuses('c1', LOSER, true, 2), false, 'forgotten by then');
});

test('what is remembered is bounded', () => {
  const takeovers = new Takeovers();
  for (let i = 0; i < 1_001; i++) takeovers.lost(`c${i}`, LOSER, 0);
  assert.equal(takeovers.refuses('c0', LOSER, true, 1), false);
  assert.equal(takeovers.refuses('c1000', LOSER, true, 1), true);
});
