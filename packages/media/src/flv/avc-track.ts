/**
 * AVC in FLV: sequence headers and access units to configurations and frames.
 *
 * A changed parameter set, whether in a new sequence header or in a key frame itself, gives a new configuration;
 * decoding then starts again at a key frame. In-band sets stay in the frame: decoders accept what they know already.
 * Spec: FLV 10.1 §E.4.3.2 (AVCVIDEOPACKET); ISO/IEC 14496-15 §5.3.
 */
import {
  type AccessUnit,
  NAL_TYPES,
  avcVideoConfig,
  nalType,
  parameterSetId,
  parseAvcC,
  readAccessUnit,
} from '../codec/index.ts';
import { FormatError } from '../bytes/index.ts';
import type { TagEvent, VideoConfig } from '../frame.ts';
import { type CodecTrack, type CodedPacket, dropped, orDropped, sameBytes } from './codec-track.ts';

/** A set with every scaling list written out stays below 1 KiB; more is not kept from the network. */
const MAX_PARAMETER_SET_BYTES = 4096;

interface ParameterSets {
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}

export class AvcTrack implements CodecTrack {
  /** The sequence header as it came last, to know an identical one without reading it. */
  #header: Uint8Array | undefined;
  #nalLengthBytes = 4;
  #sets: ParameterSets = { sps: [], pps: [] };
  #config: VideoConfig | undefined;
  #awaitingKey = true;

  configure(record: Uint8Array, out: TagEvent[]): void {
    if (this.#header !== undefined && sameBytes(record, this.#header)) return;
    orDropped('video', out, () => {
      const header = new Uint8Array(record);
      const { nalLengthBytes, sps, pps } = parseAvcC(header);
      this.#adopt({ sps, pps }, out);
      this.#header = header;
      this.#nalLengthBytes = nalLengthBytes;
    });
  }

  packet(packet: CodedPacket, out: TagEvent[]): void {
    if (packet.payload.length === 0) return;
    if (this.#config === undefined) {
      out.push(dropped('video', 'flv/video-before-config', 'a frame before the sequence header'));
      return;
    }
    const result = readAccessUnit(packet.payload, this.#nalLengthBytes);
    if (!result.ok) {
      out.push(dropped('video', result.code, result.message));
      return;
    }
    const { unit } = result;
    const key = unit.idr || (packet.keyFlagged && unit.randomAccess);
    if (unit.parameterSets.length > 0 && (key || !unit.picture) && !this.#adoptInBand(unit, out)) {
      this.#awaitingKey = true;
      return;
    }
    if (!unit.picture) {
      out.push(dropped('video', 'flv/avc-no-picture', 'an access unit without a slice'));
      return;
    }
    if (key) this.#awaitingKey = false;
    else if (this.#awaitingKey) {
      out.push(
        dropped('video', 'flv/video-before-key', 'a frame that depends on a key frame which never came'),
      );
      return;
    }
    out.push({
      type: 'frame',
      frame: {
        kind: 'video',
        dtsMs: packet.dtsMs,
        compositionOffsetMs: packet.compositionOffsetMs,
        key,
        payload: unit.payload,
      },
    });
  }

  /** False when the unit carries parameter sets that cannot be read: it would break every decoder behind us. */
  #adoptInBand(unit: AccessUnit, out: TagEvent[]): boolean {
    const accepted = orDropped('video', out, () => {
      const merged = mergeSets(this.#sets, unit.parameterSets);
      if (merged !== this.#sets) this.#adopt(merged, out);
      return true;
    });
    return accepted === true;
  }

  /** @throws {FormatError} and changes nothing when the sets are no configuration */
  #adopt(sets: ParameterSets, out: TagEvent[]): void {
    const config = avcVideoConfig(sets);
    this.#sets = sets;
    if (this.#config !== undefined && sameBytes(config.record, this.#config.record)) return;
    this.#config = config;
    this.#awaitingKey = true;
    out.push({ type: 'config', config });
  }
}

/**
 * The sets known so far with those of an access unit put over them, by id. The first SPS of the unit comes first,
 * because it describes the picture that follows. The same object comes back when nothing is new.
 *
 * @throws {FormatError} `codec/avc-set-short`, `codec/avc-set`
 */
function mergeSets(known: ParameterSets, inBand: readonly Uint8Array[]): ParameterSets {
  const isKnown = (nal: Uint8Array): boolean =>
    known.pps.some((set) => sameBytes(set, nal)) ||
    (known.sps[0] !== undefined && sameBytes(known.sps[0], nal));
  if (inBand.every(isKnown)) return known;

  const sps = new Map<number, Uint8Array>();
  const pps = new Map<number, Uint8Array>();
  for (const nal of inBand) {
    if (nal.length > MAX_PARAMETER_SET_BYTES) {
      throw new FormatError('codec/avc-set', `a parameter set of ${nal.length} bytes`);
    }
    const sets = nalType(nal) === NAL_TYPES.sps ? sps : pps;
    sets.set(parameterSetId(nal), new Uint8Array(nal));
  }
  for (const nal of known.sps) addIfNew(sps, nal);
  for (const nal of known.pps) addIfNew(pps, nal);
  // Several PPS have no order that matters: by id, so that the same sets give the same record.
  const ordered = [...pps].sort(([a], [b]) => a - b).map(([, nal]) => nal);
  return { sps: [...sps.values()], pps: ordered };
}

function addIfNew(sets: Map<number, Uint8Array>, nal: Uint8Array): void {
  const id = parameterSetId(nal);
  if (!sets.has(id)) sets.set(id, nal);
}
