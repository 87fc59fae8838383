export * from './events.ts';
export { Packager } from './packager.ts';
export {
  SegmentWindow,
  type WindowOptions,
  type WindowPart,
  type WindowSegment,
  type WindowTrack,
} from './window.ts';
