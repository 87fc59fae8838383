/** The player's decisions, without DOM: usable and testable anywhere. */
export * from './backoff.ts';
export * from './buffer-plan.ts';
export * from './capture-map.ts';
export * from './chunk-payload.ts';
export * from './clock.ts';
export * from './errors.ts';
export * from './latency-control.ts';
export * from './player-state.ts';
export * from './session.ts';
export * from './source-choice.ts';
export * from './words.ts';
