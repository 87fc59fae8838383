/**
 * Every bound on what a peer may make us hold, with its reason. Units in the names.
 */

/** A key frame of 100 Mbps 4K is about 4 MB; the next power of two with room to spare. */
export const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

/** Until somebody asks to publish, all a peer has to say are commands; the longest are about 1 KiB. */
export const MAX_MESSAGE_BYTES_BEFORE_PUBLISH = 64 * 1024;

/**
 * Open chunk streams of one connection. Encoders use two to six, the highest number seen is 33 (DJI); each costs
 * about 200 bytes, and a peer could name 65,599 of them.
 */
export const MAX_CHUNK_STREAMS = 64;

/**
 * Bytes of half-received messages of one connection, all chunk streams together: one message of the largest
 * size, and 2 MiB for the others that interleave with it.
 */
export const MAX_PARTIAL_BYTES = MAX_MESSAGE_BYTES + 2 * 1024 * 1024;

/**
 * Allocated ahead of received bytes, a connection: a message that fits gets its array at once, a larger one grows
 * with what was really received. A key frame of 6 Mbps with two seconds a GOP is about 250 KiB.
 */
export const EAGER_BYTES = 256 * 1024;

/** A command is text and a few numbers. */
export const MAX_COMMAND_BYTES = 64 * 1024;

/** Tags in an aggregate: about a minute of audio and video. */
export const MAX_AGGREGATE_MESSAGES = 4096;

/** Media that arrives between a publish request and its answer is held, up to this, then the peer is closed. */
export const MAX_HELD_MEDIA_BYTES = 1024 * 1024;
export const MAX_HELD_MEDIA_MESSAGES = 1024;

/** Names, addresses and keys in commands: anything longer is no address. */
export const MAX_ADDRESS_CHARACTERS = 4096;

/** The peer's acknowledgement window is clamped: below, acks would outweigh media; above, they would never go. */
export const MIN_ACK_WINDOW_BYTES = 16 * 1024;
export const MAX_ACK_WINDOW_BYTES = 16 * 1024 * 1024;

/** What we announce: librtmp, FMS and SRS say the same. */
export const OUR_WINDOW_BYTES = 2_500_000;

/** The chunk size of what we send. OBS and FFmpeg use the same for what they send. */
export const OUR_CHUNK_BYTES = 4096;

/** §5.4: before anybody says otherwise. */
export const DEFAULT_CHUNK_BYTES = 128;
