export * from './media-sink.ts';
export * from './media-source.ts';
export * from './ranges.ts';
