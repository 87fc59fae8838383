/**
 * A load process: publishers, viewers or both, on the orders of the bench. Started by `LoadProcess`; ends with it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { loadClip } from '../clip.ts';
import { nowUs } from '../mark.ts';
import type { LoadAnswers, LoadEnvelope, LoadReport, LoadReply, LoadRequest } from './messages.ts';
import { Publishers } from './publishers.ts';
import { joinTimeMs, Viewers } from './viewers.ts';

const viewers = new Viewers();
let publishers: Publishers | undefined;

process.on('message', (envelope: LoadEnvelope) => {
  answer(envelope.request).then(
    (value) => reply({ id: envelope.id, answer: value }),
    (error: unknown) =>
      reply({ id: envelope.id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => {
  publishers?.stop();
  viewers.stop();
  process.exit(0);
});

function reply(message: LoadReply): void {
  process.send?.(message);
}

const ANSWERS: {
  readonly [T in LoadRequest['type']]: (
    request: LoadRequest & { readonly type: T },
  ) => Promise<LoadAnswers[T]>;
} = { publish, view, report, 'take-delays': takeDelays, join };

function answer<T extends LoadRequest['type']>(
  request: LoadRequest & { readonly type: T },
): Promise<LoadAnswers[T]> {
  return ANSWERS[request.type](request);
}

async function publish(request: LoadRequest & { readonly type: 'publish' }): Promise<true> {
  publishers ??= new Publishers(await loadClip(request.clipPath), request.marking);
  const adder = publishers;
  await ramp(request.targets.length, request.rampMs, (index) => {
    const target = request.targets[index];
    return target === undefined ? Promise.resolve() : adder.add(target, index);
  });
  return true;
}

async function view(request: LoadRequest & { readonly type: 'view' }): Promise<true> {
  await ramp(request.count, request.rampMs, () => viewers.add(request.target, request.probe));
  return true;
}

function report(): Promise<LoadReport> {
  const { user, system } = process.cpuUsage();
  return Promise.resolve({
    atUs: nowUs(),
    publishers: publishers?.report(),
    viewers: viewers.report(),
    cpuUs: user + system,
  });
}

function takeDelays(): Promise<readonly number[]> {
  return Promise.resolve(viewers.takeDelaysMs());
}

async function join(request: LoadRequest & { readonly type: 'join' }): Promise<readonly number[]> {
  const timesMs: number[] = [];
  for (let n = 0; n < request.count; n += 1) {
    timesMs.push(await joinTimeMs(request.target));
    await delay(JOIN_PAUSE_MS + ((n * 387) % request.spreadMs));
  }
  return timesMs;
}

const JOIN_PAUSE_MS = 20;

/** Starts `count` actions spread over `rampMs`, waits for them all. */
async function ramp(count: number, rampMs: number, start: (index: number) => Promise<void>): Promise<void> {
  const started: Promise<void>[] = [];
  const beganMs = performance.now();
  for (let index = 0; index < count; index += 1) {
    const waitMs = beganMs + (index * rampMs) / count - performance.now();
    if (waitMs > 1) await delay(waitMs);
    const action = start(index);
    // Judged below, all together; this only keeps an early failure from ending the process.
    action.catch(() => {});
    started.push(action);
  }
  await Promise.all(started);
}
