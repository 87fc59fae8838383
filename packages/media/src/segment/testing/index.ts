/** For tests of every package that reads packaged media: frames as encoders send them, and windows filled by them. */
export * from './frames.ts';
export { type FillOptions, fillWindow } from './packaged.ts';
