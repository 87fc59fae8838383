/**
 * An RTMP server whose authority and hub are in memory: what was published lies in `publishes`, to be looked at.
 */
import { EventEmitter, once } from 'node:events';
import type {
  MediaMessage,
  PublishAnswer,
  PublishDecision,
  PublisherEndReason,
  PublisherInfo,
  PublishRequest,
} from '../../live/ports.ts';
import type { RtmpLimits } from '../limits.ts';
import { RtmpServer } from '../rtmp-server.ts';

export const GOOD_KEY = 'live_good';

export interface Published {
  readonly info: PublisherInfo;
  readonly messages: MediaMessage[];
  /** How the publisher ended; `undefined` while it goes on. */
  ended: 'unpublished' | 'lost' | undefined;
  readonly kick: (reason: PublisherEndReason) => void;
}

export interface RtmpFixture {
  readonly server: RtmpServer;
  readonly port: number;
  readonly requests: PublishRequest[];
  readonly publishes: Published[];
  readonly logged: string[];
  /** `publish`, `media` and `end`, each with the `Published`. */
  readonly events: EventEmitter;
  /** The next publish to be accepted. */
  nextPublish(): Promise<Published>;
  ended(published: Published): Promise<void>;
  /** Resolves once this many messages of media have come. */
  media(published: Published, count: number): Promise<void>;
  close(): Promise<void>;
}

const SETTINGS = {
  chunkMs: 100,
  partMs: 500,
  segmentMs: 2000,
  graceMs: 30_000,
  secondPublisher: 'replace',
} as const;

export interface RtmpFixtureOptions {
  readonly limits?: Partial<RtmpLimits>;
  /** Instead of the rule that keys beginning with `GOOD_KEY` may publish. */
  readonly authorise?: (request: PublishRequest) => Promise<PublishDecision>;
}

export async function startRtmp(options: RtmpFixtureOptions = {}): Promise<RtmpFixture> {
  const events = new EventEmitter();
  events.setMaxListeners(0);
  const requests: PublishRequest[] = [];
  const publishes: Published[] = [];
  const logged: string[] = [];
  const log = (fields: object, message: string): void => void logged.push(`${message} ${describe(fields)}`);

  const authorise = async (request: PublishRequest): Promise<PublishDecision> => {
    requests.push(request);
    if (options.authorise) return options.authorise(request);
    if (!request.key.startsWith(GOOD_KEY)) return { allowed: false, reason: 'unknown-key' };
    return { allowed: true, channelId: 'c1', channel: 'anna', keyId: 'k1', settings: SETTINGS };
  };
  let current: Published | undefined;
  const publish = (
    _decision: unknown,
    info: PublisherInfo,
    onEnd: (reason: PublisherEndReason) => void,
  ): PublishAnswer => {
    const published: Published = { info, messages: [], ended: undefined, kick: onEnd };
    if (current?.ended === undefined) current?.kick('replaced');
    current = published;
    publishes.push(published);
    events.emit('publish', published);
    return {
      accepted: true,
      sink: {
        push(message) {
          published.messages.push(message);
          events.emit('media', published);
        },
        end(reason) {
          published.ended = reason;
          events.emit('end', published);
        },
      },
    };
  };
  const server = new RtmpServer({
    authority: { authorise },
    target: { publish },
    log: { debug: log, info: log, warn: log, error: log },
    ...(options.limits ? { limits: options.limits } : {}),
  });
  const port = await server.listen(0, '127.0.0.1');
  return {
    server,
    port,
    requests,
    publishes,
    logged,
    events,
    async nextPublish() {
      const [published] = (await once(events, 'publish')) as [Published];
      return published;
    },
    async ended(published) {
      while (published.ended === undefined) await once(events, 'end');
    },
    async media(published, count) {
      while (published.messages.length < count) await once(events, 'media');
    },
    close: () => server.close(),
  };
}

function describe(fields: object): string {
  return JSON.stringify(fields, (_name, value: unknown) => (value instanceof Error ? String(value) : value));
}
