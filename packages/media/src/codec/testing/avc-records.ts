/** Decoder configuration records as x264 writes them; what is in them as ffprobe reads them. */
export interface AvcRecordCase {
  readonly name: string;
  readonly record: string;
  readonly codecString: string;
  readonly size: readonly [number, number];
  readonly sampleAspectRatio: readonly [number, number];
  readonly frameRate: number;
  readonly chromaFormat: number;
  readonly bitDepth: number;
}

const square = [1, 1] as const;

export const AVC_RECORDS: readonly AvcRecordCase[] = [
  {
    name: 'constrained baseline 720p',
    record: '0142c01fffe100196742c01fd9005005bb0110000003001000000303c0f183248001000568cb83cb20',
    codecString: 'avc1.42C01F',
    size: [1280, 720],
    sampleAspectRatio: square,
    frameRate: 30,
    chromaFormat: 1,
    bitDepth: 8,
  },
  {
    name: 'main, cropped on two sides',
    record: '014d401effe10019674d401eeca06c1ef3560220000003002000000641e2c5b2c001000568ebe3cb20',
    codecString: 'avc1.4D401E',
    size: [854, 478],
    sampleAspectRatio: square,
    frameRate: 25,
    chromaFormat: 1,
    bitDepth: 8,
  },
  {
    name: 'high 1080p at 59.94',
    record: '0164002affe100196764002aacd940780227e5c04400000fa4000753003c60c65801000668ebe3cb22c0fdf8f800',
    codecString: 'avc1.64002A',
    size: [1920, 1080],
    sampleAspectRatio: square,
    frameRate: 60_000 / 1001,
    chromaFormat: 1,
    bitDepth: 8,
  },
  {
    name: 'high with scaling matrices',
    record: '0164000dffe100196764000dacd94141fb0110000003001000000303c0f142996001000768ebe3cb3002c0fdf8f800',
    codecString: 'avc1.64000D',
    size: [320, 240],
    sampleAspectRatio: square,
    frameRate: 30,
    chromaFormat: 1,
    bitDepth: 8,
  },
  {
    name: 'interlaced, anamorphic, colours described',
    record:
      '0164001effe100216764001eacd940b424dff80200016b50505054000003000400000300c87c50a65801000668fba3cb22c0fdf8f800',
    codecString: 'avc1.64001E',
    size: [720, 576],
    sampleAspectRatio: [64, 45],
    frameRate: 25,
    chromaFormat: 1,
    bitDepth: 8,
  },
  {
    name: 'a sample aspect ratio of the table',
    record: '01640009ffe1001967640009acd9428df930510000030001000003001e0f12259601000668ebe3cb22c0fdf8f800',
    codecString: 'avc1.640009',
    size: [160, 90],
    sampleAspectRatio: [40, 33],
    frameRate: 15,
    chromaFormat: 1,
    bitDepth: 8,
  },
  {
    name: 'high 4:2:2 with 10 bits',
    record: '017a0020ffe1001a677a0020b6cd9405005bb011000003000100000300640f18319601000668ebe3cb22c0fefafa00',
    codecString: 'avc1.7A0020',
    size: [1280, 720],
    sampleAspectRatio: square,
    frameRate: 50,
    chromaFormat: 2,
    bitDepth: 10,
  },
  {
    name: 'high 4:4:4, where cropping counts single samples',
    record: '01f4000dffe1001a67f4000d919b282a10f1f1f808800000030080000018078a14cb01000668ebe3c44844fff8f800',
    codecString: 'avc1.F4000D',
    size: [322, 242],
    sampleAspectRatio: square,
    frameRate: 24,
    chromaFormat: 3,
    bitDepth: 8,
  },
];
