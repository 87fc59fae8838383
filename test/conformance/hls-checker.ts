/**
 * Our own checker of live HLS playlists, for what a parser of single playlists cannot see: rules between tags,
 * between one version of a playlist and the next, and between renditions. It shares no code with the writer.
 *
 * In: the text of playlists in the order in which they were served. Out: sentences that name the broken rule.
 * Spec: draft-pantos-hls-rfc8216bis (the section stands with each rule); Apple HLS authoring specification.
 */

export interface Part {
  readonly uri: string;
  readonly duration: number;
  readonly independent: boolean;
}

export interface Segment {
  readonly msn: number;
  readonly uri: string | undefined;
  readonly duration: number | undefined;
  readonly parts: readonly Part[];
  readonly dateMs: number | undefined;
  readonly map: string | undefined;
  readonly discontinuitySequence: number;
  readonly gap: boolean;
}

export interface Playlist {
  readonly version: number;
  readonly targetDuration: number;
  readonly partTarget: number | undefined;
  readonly serverControl: ReadonlyMap<string, string>;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly skipped: number;
  readonly segments: readonly Segment[];
  readonly hint: string | undefined;
  readonly reports: readonly ReadonlyMap<string, string>[];
  readonly ended: boolean;
  readonly independentSegments: boolean;
}

/** Attribute lists, §4.2: `NAME=value` or `NAME="value"`, separated by commas. */
export function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)) {
    attributes.set(name, value.replace(/^"|"$/g, ''));
  }
  return attributes;
}

export function readPlaylist(text: string): Playlist {
  const lines = text.split('\n').filter((line) => line !== '');
  const tag = (name: string): string | undefined =>
    lines.find((line) => line === name || line.startsWith(`${name}:`))?.slice(name.length + 1);
  const segments: Segment[] = [];
  const mediaSequence = Number(tag('#EXT-X-MEDIA-SEQUENCE') ?? 0);
  const firstDiscontinuity = Number(tag('#EXT-X-DISCONTINUITY-SEQUENCE') ?? 0);
  const skipped = Number(readAttributes(tag('#EXT-X-SKIP') ?? '').get('SKIPPED-SEGMENTS') ?? 0);

  let msn = mediaSequence + skipped;
  let discontinuitySequence = firstDiscontinuity;
  let map: string | undefined;
  let parts: Part[] = [];
  let dateMs: number | undefined;
  let duration: number | undefined;
  let gap = false;
  const close = (uri: string | undefined): void => {
    segments.push({ msn, uri, duration, parts, dateMs, map, discontinuitySequence, gap });
    msn++;
    parts = [];
    dateMs = undefined;
    duration = undefined;
    gap = false;
  };
  for (const line of lines) {
    const [name = '', ...rest] = line.split(':');
    const value = rest.join(':');
    if (!line.startsWith('#')) close(line);
    else if (name === '#EXTINF') duration = Number.parseFloat(value);
    else if (name === '#EXT-X-DISCONTINUITY') discontinuitySequence++;
    else if (name === '#EXT-X-GAP') gap = true;
    else if (name === '#EXT-X-MAP') map = readAttributes(value).get('URI');
    else if (name === '#EXT-X-PROGRAM-DATE-TIME') dateMs = Date.parse(value);
    else if (name === '#EXT-X-PART') {
      const attributes = readAttributes(value);
      parts.push({
        uri: attributes.get('URI') ?? '',
        duration: Number(attributes.get('DURATION')),
        independent: attributes.get('INDEPENDENT') === 'YES',
      });
    }
  }
  if (parts.length > 0) close(undefined);
  const partTarget = readAttributes(tag('#EXT-X-PART-INF') ?? '').get('PART-TARGET');
  return {
    version: Number(tag('#EXT-X-VERSION') ?? 1),
    targetDuration: Number(tag('#EXT-X-TARGETDURATION')),
    partTarget: partTarget === undefined ? undefined : Number(partTarget),
    serverControl: readAttributes(tag('#EXT-X-SERVER-CONTROL') ?? ''),
    mediaSequence,
    discontinuitySequence: firstDiscontinuity,
    skipped,
    segments,
    hint: readAttributes(tag('#EXT-X-PRELOAD-HINT') ?? '').get('URI'),
    reports: lines
      .filter((line) => line.startsWith('#EXT-X-RENDITION-REPORT:'))
      .map((line) => readAttributes(line.slice(line.indexOf(':') + 1))),
    ended: tag('#EXT-X-ENDLIST') !== undefined,
    independentSegments: tag('#EXT-X-INDEPENDENT-SEGMENTS') !== undefined,
  };
}

const SHORTEST_PART = 0.85;
/** Durations are written with five decimals. */
const ROUNDING_S = 0.000_02;

export interface CheckerOptions {
  /** The input had holes or breaks, so that parts may be short where it did. */
  readonly irregular?: boolean;
  /** Packed audio: short segments in place of parts. */
  readonly packed?: boolean;
}

/** Follows one media playlist through its versions. */
export class PlaylistChecker {
  readonly problems: string[] = [];
  readonly #options: CheckerOptions;
  #before: Playlist | undefined;
  #firstSequence: number | undefined;
  /** Everything ever said of a segment; later versions must agree. */
  readonly #segments = new Map<number, Segment>();
  readonly #parts = new Map<string, Part>();
  checked = 0;

  constructor(options: CheckerOptions = {}) {
    this.#options = options;
  }

  #rule(holds: boolean, sentence: string): void {
    if (!holds) this.problems.push(`playlist ${this.checked}: ${sentence}`);
  }

  check(text: string): Playlist {
    this.checked++;
    this.#rule(text.startsWith('#EXTM3U\n'), '§4.4.1.1: begins with EXTM3U');
    const playlist = readPlaylist(text);
    this.#checkHeader(playlist);
    this.#checkSegments(playlist);
    this.#checkParts(playlist);
    this.#checkEnd(playlist);
    if (this.#before !== undefined) this.#checkChange(this.#before, playlist);
    this.#checkAgainstAll(playlist);
    this.#before = playlist;
    return playlist;
  }

  #checkHeader(playlist: Playlist): void {
    const { targetDuration, partTarget, serverControl } = playlist;
    this.#rule(
      Number.isInteger(targetDuration) && targetDuration > 0,
      '§4.4.3.1: TARGETDURATION is a whole number',
    );
    this.#rule(serverControl.get('CAN-BLOCK-RELOAD') === 'YES', '§4.4.3.8: CAN-BLOCK-RELOAD=YES');
    if (this.#options.packed === true) {
      this.#rule(partTarget === undefined, 'packed audio has no parts');
    } else {
      this.#rule(partTarget !== undefined && partTarget > 0, '§4.4.3.7: PART-TARGET is given');
      const holdBack = Number(serverControl.get('PART-HOLD-BACK'));
      this.#rule(holdBack >= 3 * (partTarget ?? 0) - 1e-9, '§4.4.3.8: PART-HOLD-BACK is three part targets');
    }
    const skipUntil = Number(serverControl.get('CAN-SKIP-UNTIL'));
    this.#rule(skipUntil >= 6 * targetDuration, '§4.4.3.8: CAN-SKIP-UNTIL is six target durations');
    this.#rule(playlist.version >= 9, '§8: SKIP needs version 9');
  }

  #checkSegments(playlist: Playlist): void {
    let previous: Segment | undefined;
    for (const segment of playlist.segments) {
      const name = `segment ${segment.msn}`;
      if (segment.duration !== undefined) {
        this.#rule(
          Math.round(segment.duration) <= playlist.targetDuration,
          `§4.4.3.1: ${name} of ${segment.duration} s is within TARGETDURATION ${playlist.targetDuration}`,
        );
      }
      this.#rule(segment.dateMs !== undefined, `house rule: PROGRAM-DATE-TIME on ${name}`);
      this.#rule(
        segment.map !== undefined || playlist.skipped > 0 || segment.uri?.endsWith('.mp3') !== false,
        `§4.4.4.5: EXT-X-MAP before ${name}`,
      );
      if (
        previous?.dateMs !== undefined &&
        previous.duration !== undefined &&
        segment.dateMs !== undefined &&
        previous.discontinuitySequence === segment.discontinuitySequence &&
        this.#options.irregular !== true
      ) {
        const driftMs = segment.dateMs - previous.dateMs - previous.duration * 1000;
        this.#rule(
          Math.abs(driftMs) < 20,
          `§6.2.1: the date of ${name} follows its media time (${driftMs} ms off)`,
        );
      }
      previous = segment;
    }
  }

  #checkParts(playlist: Playlist): void {
    const { partTarget = 0, targetDuration } = playlist;
    let fromEnd = 0;
    for (const segment of playlist.segments.toReversed()) {
      const partsDuration = segment.parts.reduce((sum, part) => sum + part.duration, 0);
      fromEnd += segment.duration ?? partsDuration;
      for (const [index, part] of segment.parts.entries()) {
        const name = `part ${segment.msn}.${index} of ${part.duration} s`;
        this.#rule(
          part.duration <= partTarget + ROUNDING_S,
          `§4.4.4.9: ${name} is within PART-TARGET ${partTarget}`,
        );
        const last = segment.uri !== undefined && index === segment.parts.length - 1;
        const newest = segment.uri === undefined && index === segment.parts.length - 1;
        if (!last && !newest && !part.independent && this.#options.irregular !== true) {
          this.#rule(
            part.duration >= SHORTEST_PART * partTarget - ROUNDING_S,
            `§4.4.4.9: ${name} is 85 % of PART-TARGET ${partTarget}`,
          );
        }
      }
      if (segment.parts.length > 0) {
        this.#rule(
          fromEnd <= 3 * targetDuration + (segment.duration ?? partsDuration),
          `§6.2.2: parts of segment ${segment.msn} are within three target durations of the end`,
        );
        if (segment.duration !== undefined && this.#options.irregular !== true) {
          this.#rule(
            Math.abs(partsDuration - segment.duration) < 0.001,
            `parts of segment ${segment.msn} (${partsDuration} s) make up its ${segment.duration} s`,
          );
        }
      }
    }
  }

  #checkEnd(playlist: Playlist): void {
    if (playlist.ended) {
      this.#rule(playlist.hint === undefined, '§4.4.5.3: no PRELOAD-HINT after ENDLIST');
      this.#rule(
        playlist.segments.every((segment) => segment.uri !== undefined),
        'after ENDLIST every segment is whole',
      );
      return;
    }
    this.#rule(
      (playlist.hint === undefined) === (this.#options.packed === true),
      '§4.4.5.3: a PRELOAD-HINT at the live edge',
    );
    if (playlist.hint !== undefined) {
      const parts = playlist.segments.flatMap((segment) => segment.parts);
      this.#rule(!parts.some((part) => part.uri === playlist.hint), 'the hinted part is not listed yet');
    }
    for (const report of playlist.reports) {
      this.#rule(
        report.has('URI') && report.has('LAST-MSN'),
        '§4.4.5.4: RENDITION-REPORT has URI and LAST-MSN',
      );
    }
    const listedS = playlist.segments.reduce((sum, segment) => sum + (segment.duration ?? 0), 0);
    this.#firstSequence ??= playlist.mediaSequence;
    if (playlist.mediaSequence > this.#firstSequence && playlist.skipped === 0) {
      this.#rule(
        listedS >= 3 * playlist.targetDuration,
        '§6.2.2: a live playlist holds three target durations',
      );
    }
  }

  #checkChange(before: Playlist, now: Playlist): void {
    this.#rule(now.targetDuration === before.targetDuration, '§4.4.3.1: TARGETDURATION never changes');
    this.#rule(now.partTarget === before.partTarget, '§4.4.3.7: PART-TARGET never changes');
    this.#rule(now.mediaSequence >= before.mediaSequence, '§6.2.2: MEDIA-SEQUENCE never decreases');
    this.#rule(
      now.discontinuitySequence >= before.discontinuitySequence,
      '§6.2.2: DISCONTINUITY-SEQUENCE never decreases',
    );
    this.#rule(!before.ended || now.ended, '§6.2.1: nothing follows ENDLIST');
    const first = now.segments.flatMap((segment) => segment.parts).find((part) => !this.#parts.has(part.uri));
    if (first !== undefined) {
      this.#rule(
        first.uri === before.hint,
        `§4.4.5.3: the new part ${first.uri} was the hinted one, ${before.hint}`,
      );
    }
  }

  #checkAgainstAll(now: Playlist): void {
    for (const segment of now.segments) {
      const known = this.#segments.get(segment.msn);
      if (known !== undefined) this.#checkSame(known, segment, now.skipped > 0);
      const parts = segment.parts.length > 0 ? segment.parts : (known?.parts ?? []);
      this.#segments.set(segment.msn, { ...segment, parts });
      for (const part of segment.parts) {
        const first = this.#parts.get(part.uri);
        this.#rule(first === undefined || first.duration === part.duration, `${part.uri} keeps its duration`);
        this.#parts.set(part.uri, part);
      }
    }
  }

  #checkSame(before: Segment, now: Segment, delta: boolean): void {
    const name = `segment ${now.msn}`;
    if (before.uri !== undefined) this.#rule(before.uri === now.uri, `§6.2.1: ${name} keeps its URI`);
    if (before.duration !== undefined) {
      this.#rule(before.duration === now.duration, `§6.2.1: ${name} keeps its duration`);
    }
    this.#rule(before.dateMs === now.dateMs, `§6.2.1: ${name} keeps its date`);
    // In a delta update the tags of skipped segments, EXT-X-DISCONTINUITY and EXT-X-MAP among them, are not repeated.
    if (!delta) {
      this.#rule(
        before.discontinuitySequence === now.discontinuitySequence,
        `§6.2.2: ${name} keeps its discontinuity sequence number`,
      );
      this.#rule(before.map === undefined || before.map === now.map, `§6.2.1: ${name} keeps its EXT-X-MAP`);
    }
    for (const [index, part] of now.parts.entries()) {
      const known = before.parts[index];
      this.#rule(known === undefined || known.uri === part.uri, `part ${now.msn}.${index} keeps its URI`);
    }
  }
}

/** A player's merge of a delta update with the version before it (§6.3.7) gives the full playlist. */
export function sameAfterMerge(full: string, delta: string): string | undefined {
  const whole = readPlaylist(full);
  const update = readPlaylist(delta);
  const kept = whole.segments.slice(update.skipped);
  if (kept.length !== update.segments.length) {
    return `a delta update that skips ${update.skipped} lists ${update.segments.length} of ${whole.segments.length} segments`;
  }
  for (const [index, segment] of kept.entries()) {
    const other = update.segments[index];
    if (
      other?.uri !== segment.uri ||
      other?.msn !== segment.msn ||
      other.parts.length !== segment.parts.length
    ) {
      return `segment ${segment.msn} differs in the delta update`;
    }
  }
  const skippedMs = whole.segments.slice(0, update.skipped).length;
  return skippedMs === update.skipped ? undefined : 'more segments are skipped than the playlist has';
}

/** §4.4.6: what the multivariant playlist must say. `codecs`: every codec has a name that players agree on. */
export function checkMultivariant(text: string, { codecs: named }: { readonly codecs: boolean }): string[] {
  const problems: string[] = [];
  const rule = (holds: boolean, sentence: string): void => {
    if (!holds) problems.push(sentence);
  };
  const lines = text.split('\n');
  const variants = lines.filter((line) => line.startsWith('#EXT-X-STREAM-INF:')).map(readAttributes);
  const media = lines.filter((line) => line.startsWith('#EXT-X-MEDIA:')).map(readAttributes);
  rule(lines[0] === '#EXTM3U', '§4.4.1.1: begins with EXTM3U');
  rule(variants.length > 0, '§4.4.6.2: has a variant');
  for (const variant of variants) {
    const bandwidth = Number(variant.get('BANDWIDTH'));
    const average = Number(variant.get('AVERAGE-BANDWIDTH'));
    rule(Number.isInteger(bandwidth) && bandwidth > 0, '§4.4.6.2: BANDWIDTH is a positive integer');
    rule(Number.isInteger(average) && average <= bandwidth, 'AVERAGE-BANDWIDTH is at most BANDWIDTH');
    const codecs = variant.get('CODECS') ?? '';
    rule(!named || /^[\w.]+(,[\w.]+)*$/.test(codecs), `CODECS names each codec: ${codecs}`);
    if (codecs.includes('avc1') || variant.has('RESOLUTION')) {
      rule(/^\d+x\d+$/.test(variant.get('RESOLUTION') ?? ''), 'a variant with video has a RESOLUTION');
      rule(Number(variant.get('FRAME-RATE')) > 0, 'a variant with video has a FRAME-RATE');
    }
    const group = variant.get('AUDIO');
    if (group !== undefined) {
      const member = media.find((entry) => entry.get('TYPE') === 'AUDIO' && entry.get('GROUP-ID') === group);
      rule(member?.get('URI') !== undefined, 'the AUDIO group has a member with an address');
    }
  }
  return problems;
}
