/** What one RTMP peer may cost, with the reasons. All of them can be set; these are the defaults. */
export interface RtmpLimits {
  /** From the connection to the connect command. */
  readonly handshakeMs: number;
  /** From connect, or from the end of the last publish, to the first media of the next. */
  readonly firstMediaMs: number;
  /** Without a single byte from a publisher. */
  readonly idleMs: number;
  /** With bytes, but without one whole message of media: a slow sender of a large frame, or a slowloris. */
  readonly unfinishedMs: number;
  /** For the answer to "may this key publish?". After it the answer is no. */
  readonly authoriseMs: number;
  /** Between our pings: they find half-open peers and measure the way. */
  readonly pingMs: number;
  /** For a peer to take what it was last told, before its socket is destroyed. */
  readonly closeMs: number;
  /** Replies a peer does not read. All replies of a publish together are about 1 KiB. */
  readonly unsentBytes: number;
  /** One house, one office, one load test: far above all, far below what descriptors allow. */
  readonly connectionsPerAddress: number;
  /** Together: an idle connection costs about 10 KiB. */
  readonly connections: number;
}

export const RTMP_LIMITS: RtmpLimits = {
  handshakeMs: 10_000,
  firstMediaMs: 20_000,
  idleMs: 10_000,
  unfinishedMs: 60_000,
  authoriseMs: 5_000,
  pingMs: 5_000,
  closeMs: 2_000,
  unsentBytes: 64 * 1024,
  connectionsPerAddress: 256,
  connections: 10_000,
};
