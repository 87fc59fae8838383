/** The media core: RTMP, FLV, CMAF and HLS as pure functions over bytes. See each folder's index for its words. */
export * from './bytes/index.ts';
export * from './time/index.ts';
export * from './frame.ts';
export * from './segment/events.ts';
