/**
 * Can this player play that track? In: what the player said in `hello.canPlay`, and a track. Out: yes or no.
 *
 * A player tests candidates before it knows the exact codec string, so families are compared: `avc1`, `mp4a.40`,
 * `mp4a.6B`. MP3 is played from MP4 or, where MSE takes it only bare (Chromium), as `audio/mpeg` from the same
 * chunk's payload. A player that tested nothing is believed to play everything.
 */
import type { InitSegment } from '@millrace/media';

export function canPlayTrack(canPlay: readonly string[], init: InitSegment): boolean {
  if (canPlay.length === 0) return true;
  const family = familyOf(init.config.codecString);
  return canPlay.some((type) => {
    const [mime = '', ...parameters] = type.toLowerCase().split(';');
    if (mime.trim() === 'audio/mpeg') return init.config.codec === 'mp3';
    const codecs = /codecs\s*=\s*"?([^"]*)"?/.exec(parameters.join(';'))?.[1] ?? '';
    return codecs.split(',').some((codec) => familyOf(codec.trim()) === family);
  });
}

/** `avc1.64001F` → `avc1`; `mp4a.40.2` → `mp4a.40`: within mp4a the object type tells codecs apart. */
function familyOf(codec: string): string {
  const [name = '', type = ''] = codec.toLowerCase().split('.');
  return name === 'mp4a' ? `${name}.${type}` : name;
}
