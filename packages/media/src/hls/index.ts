export {
  type MultivariantInput,
  type MultivariantTrack,
  multivariantInput,
  renderMultivariant,
} from './multivariant.ts';
export {
  type MediaPlaylistInput,
  partHoldBackMs,
  renderMediaPlaylist,
  skipUntilMs,
} from './media-playlist.ts';
export {
  type PlaylistReload,
  type ReloadAction,
  type ReloadParse,
  parseReload,
  reloadAction,
  trackPosition,
} from './reload.ts';
export { type HlsFormat, hlsCodecString, hlsFormat, mediaName } from './format.ts';
export { TIMESTAMP_TAG_BYTES, packedAudioPieces, timestampTag } from './packed-audio.ts';
