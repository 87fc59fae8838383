export * from './media-protocol.ts';
export * from './api.ts';
