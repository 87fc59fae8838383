/**
 * The NAL units of one AVC access unit: checked, and made fit for an `avc1` sample.
 *
 * In: length-prefixed NAL units as FLV carries them. Out: what the access unit holds, and the payload for `mdat`
 * with 4-byte lengths. The payload is the input itself (no copy) unless something had to go.
 * Spec: ISO/IEC 14496-10 §7.3.1 and Table 7-1 (NAL units), §7.3.3 (slice header), §D.1 (SEI);
 * ISO/IEC 14496-15 §5.3.2 (samples; no filler data in them).
 */
/** Table 7-1. */
export const NAL_TYPES = {
  slice: 1,
  partitionA: 2,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  delimiter: 9,
  filler: 12,
} as const;

/** Table D-1: payloadType 6, a point where decoding can start without an IDR picture. */
const SEI_RECOVERY_POINT = 6;
/** An access unit of more NAL units is an attack: level 6.2 allows fewer slices than that in a picture. */
const MAX_NALS = 4096;
/** Table 7-6: slice_type modulo 5; 2 is I, 4 is SI. */
const INTRA_SLICE_TYPES: ReadonlySet<number> = new Set([2, 4]);

/** `undefined` for an empty unit or one whose forbidden bit is set. */
export function nalType(nal: Uint8Array): number | undefined {
  const header = nal[0];
  return header === undefined || (header & 0x80) !== 0 ? undefined : header & 0x1f;
}

export interface AccessUnit {
  /** The NAL units with 4-byte lengths; a view of the input when nothing had to be left out. */
  readonly payload: Uint8Array;
  /** Holds a slice: there is a picture in it. */
  readonly picture: boolean;
  readonly idr: boolean;
  /** All that can be said cheaply of a picture that calls itself a key frame without IDR: it starts with an intra
   * slice, or a recovery point message says that decoding may begin here. */
  readonly randomAccess: boolean;
  /** In-band SPS and PPS, views into the input. They stay in the payload, too. */
  readonly parameterSets: readonly Uint8Array[];
}

export type AccessUnitResult =
  | { readonly ok: true; readonly unit: AccessUnit }
  | { readonly ok: false; readonly code: string; readonly message: string };

const NO_SETS: readonly Uint8Array[] = [];

/** Never throws: an access unit that cannot be used is an ordinary thing on a live line. */
export function readAccessUnit(bytes: Uint8Array, nalLengthBytes: number): AccessUnitResult {
  let picture = false;
  let idr = false;
  let randomAccess = false;
  let sets: Uint8Array[] | undefined;
  let nalCount = 0;
  let keptBytes = 0;
  let leftOut = nalLengthBytes !== 4;

  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < nalLengthBytes) {
      // Some encoders pad the access unit with zeros; anything else is a cut unit.
      if (!isZero(bytes, at))
        return refused('codec/avc-nal-length', `${bytes.length - at} stray bytes at the end`);
      leftOut = true;
      break;
    }
    const length = readLength(bytes, at, nalLengthBytes);
    const start = at + nalLengthBytes;
    const end = start + length;
    if (end > bytes.length) {
      return refused(
        'codec/avc-nal-length',
        `a NAL unit of ${length} bytes at ${at}, ${bytes.length - start} are left`,
      );
    }
    if (++nalCount > MAX_NALS) return refused('codec/avc-nal-count', `more than ${MAX_NALS} NAL units`);
    at = end;
    if (length === 0) {
      leftOut = true;
      continue;
    }
    const header = bytes[start] ?? 0;
    if ((header & 0x80) !== 0) return refused('codec/avc-nal-header', 'forbidden_zero_bit is set');
    switch (header & 0x1f) {
      case NAL_TYPES.idr:
        picture = true;
        idr = true;
        break;
      case NAL_TYPES.slice:
      case NAL_TYPES.partitionA:
        if (!picture && isIntraSlice(bytes, start, end)) randomAccess = true;
        picture = true;
        break;
      case NAL_TYPES.sei:
        if (hasRecoveryPoint(bytes, start, end)) randomAccess = true;
        break;
      case NAL_TYPES.sps:
      case NAL_TYPES.pps:
        (sets ??= []).push(bytes.subarray(start, end));
        break;
      case NAL_TYPES.filler:
        leftOut = true;
        continue;
      default:
        break;
    }
    keptBytes += 4 + length;
  }

  const payload = leftOut ? copyKept(bytes, nalLengthBytes, keptBytes) : bytes;
  return { ok: true, unit: { payload, picture, idr, randomAccess, parameterSets: sets ?? NO_SETS } };
}

function refused(code: string, message: string): AccessUnitResult {
  return { ok: false, code, message };
}

/** The second walk, only for units that need it: drops filler and empty units, widens the lengths to 4 bytes. */
function copyKept(bytes: Uint8Array, nalLengthBytes: number, keptBytes: number): Uint8Array {
  const kept = new Uint8Array(keptBytes);
  const view = new DataView(kept.buffer);
  let to = 0;
  for (let at = 0; to < keptBytes;) {
    const length = readLength(bytes, at, nalLengthBytes);
    const start = at + nalLengthBytes;
    at = start + length;
    if (length === 0 || ((bytes[start] ?? 0) & 0x1f) === NAL_TYPES.filler) continue;
    view.setUint32(to, length);
    kept.set(bytes.subarray(start, at), to + 4);
    to += 4 + length;
  }
  return kept;
}

function readLength(bytes: Uint8Array, at: number, byteCount: number): number {
  let length = 0;
  for (let i = 0; i < byteCount; i++) length = length * 256 + (bytes[at + i] ?? 0);
  return length;
}

function isZero(bytes: Uint8Array, from: number): boolean {
  for (let i = from; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/**
 * §7.3.3: first_mb_in_slice ue(v) and slice_type ue(v). Only the slice that begins the picture is judged: its
 * first_mb_in_slice is 0, a single "1", and slice types need at most 7 bits, so one byte behind the NAL header tells.
 */
function isIntraSlice(bytes: Uint8Array, start: number, end: number): boolean {
  const header = start + 1 < end ? (bytes[start + 1] ?? 0) : 0;
  if ((header & 0x80) === 0) return false;
  const zeros = Math.clz32(header & 0x7f) - 25;
  if (zeros > 3) return false;
  const sliceType = ((header >> (6 - 2 * zeros)) & ((1 << (zeros + 1)) - 1)) - 1;
  return INTRA_SLICE_TYPES.has(sliceType % 5);
}

/** §7.3.2.3.1: messages of payloadType and payloadSize, each a run of 0xFF and a last byte. */
function hasRecoveryPoint(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + 1;
  while (at + 2 < end) {
    let type = 0;
    while (bytes[at] === 0xff && at < end) {
      type += 255;
      at++;
    }
    type += bytes[at++] ?? 0;
    let size = 0;
    while (bytes[at] === 0xff && at < end) {
      size += 255;
      at++;
    }
    size += bytes[at++] ?? 0;
    if (type === SEI_RECOVERY_POINT) return at <= end;
    at += size;
  }
  return false;
}
