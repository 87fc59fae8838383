import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TickPolicy } from './tick-policy.ts';

test('ticks widen while the event loop is busy, step by step, and not beyond 350 ms', () => {
  const policy = new TickPolicy(0);
  const widths = Array.from({ length: 5 }, () => {
    policy.sample(0.95);
    return policy.tickMs;
  });
  assert.deepEqual(widths, [100, 200, 350, 350, 350]);
});

test('they narrow again after ten calm seconds a step, and never below the setting', () => {
  const policy = new TickPolicy(100);
  policy.sample(0.9);
  assert.equal(policy.tickMs, 200);
  for (let second = 0; second < 9; second++) policy.sample(0.2);
  assert.equal(policy.tickMs, 200);
  policy.sample(0.2);
  assert.equal(policy.tickMs, 100);
  for (let second = 0; second < 30; second++) policy.sample(0.1);
  assert.equal(policy.tickMs, 100);
});

test('in between they stay', () => {
  const policy = new TickPolicy(0);
  policy.sample(0.9);
  for (let second = 0; second < 30; second++) policy.sample(0.7);
  assert.equal(policy.tickMs, 100);
});
