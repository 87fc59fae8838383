import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Verdict, WaiterList } from './hls-waiters.ts';

const ignore = (): void => undefined;
const stays = (): boolean => true;
const LONG_MS = 60_000;

describe('waiters', () => {
  it('a crowd of 2,000 is asked once a change, however many events it had', async () => {
    const list = new WaiterList();
    let verdict: Verdict = 'wait';
    let asked = 0;
    const ask = (): Verdict => {
      asked++;
      return verdict;
    };
    const crowd = Array.from({ length: 2_000 }, () => list.wait(ask, LONG_MS, stays));
    assert.equal(list.size, 2_000);
    asked = 0;
    verdict = 'go';
    for (let event = 0; event < 5; event++) list.wake();
    assert.deepEqual([...new Set(await Promise.all(crowd))], ['go']);
    assert.equal(asked, 2_000);
    assert.equal(list.size, 0);
  });

  it('an answer that is there needs no waiting', async () => {
    const list = new WaiterList();
    assert.equal(await list.wait(() => 'go', LONG_MS, stays), 'go');
    assert.equal(await list.wait(() => 'stop', LONG_MS, stays), 'stop');
  });

  it('gives up after its limit, the shortest first', async () => {
    const list = new WaiterList();
    const long = list.wait(() => 'wait', LONG_MS, stays);
    // The list's own timer does not keep the process alive.
    const alive = setInterval(ignore, 1_000);
    assert.equal(await list.wait(() => 'wait', 5, stays), 'timeout');
    clearInterval(alive);
    assert.equal(list.size, 1);
    void long;
  });

  it('lets go of a client that went away', async () => {
    const list = new WaiterList();
    let abort = ignore;
    const outcome = list.wait(
      () => 'wait',
      LONG_MS,
      (give) => {
        abort = give;
        return true;
      },
    );
    abort();
    assert.equal(await outcome, 'aborted');
    assert.equal(list.size, 0);
  });

  it('does not hold a client whose leaving nobody would notice', async () => {
    const list = new WaiterList();
    assert.equal(
      await list.wait(
        () => 'wait',
        LONG_MS,
        () => false,
      ),
      'full',
    );
    assert.equal(list.size, 0);
  });
});
