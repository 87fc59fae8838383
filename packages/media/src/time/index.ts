export * from './units.ts';
export {
  BACKWARD_JUMP_LIMIT_MS,
  FORWARD_JUMP_LIMIT_MS,
  OVERLAP_LIMIT_MS,
  TIMELINE_START_MS,
  Timeline,
  type TimelineStats,
} from './timeline.ts';
