/** Codecs and encoders by the names that people know them by. */
type Names = readonly (readonly [mark: RegExp, name: string])[];

/** RFC 6381 codec strings, by the names in the menus of encoders. */
const CODECS: Names = [
  [/^avc[13]\./, 'H.264'],
  [/^(?:hvc1|hev1)\./, 'H.265'],
  [/^av01\./, 'AV1'],
  [/^vp09\./, 'VP9'],
  // Object types of ISO/IEC 14496-3: 0x6b and 0x69 are MPEG-1/2 layer 3, 34 is layer 3 too.
  [/^(?:mp3|mp4a\.(?:6b|69|40\.34))$/i, 'MP3'],
  [/^mp4a\.40\.(?:5|29)$/, 'HE-AAC'],
  [/^mp4a\.40\./, 'AAC'],
  [/^opus$/i, 'Opus'],
  [/^flac$/i, 'FLAC'],
];

export function codecName(codec: string): string {
  return CODECS.find(([mark]) => mark.test(codec))?.[1] ?? codec;
}

/** What encoders put into the `flashVer` of RTMP's connect: most still say that they are Adobe's of 2009. */
const ENCODERS: Names = [
  [/Lavf/, 'FFmpeg'],
  [/FMSc\/1\.0/, 'OBS / librtmp'],
  [/^LNX 10,0,32,18/, 'GStreamer'],
];

/** The program, and in brackets what it said of itself where that tells more, such as a version. */
export function encoderName(flashVersion: string): string {
  const name = ENCODERS.find(([mark]) => mark.test(flashVersion))?.[1];
  const version = /Lavf[\d.]+/.exec(flashVersion)?.[0];
  if (name === undefined) return flashVersion;
  return version === undefined ? name : `${name} (${version})`;
}
