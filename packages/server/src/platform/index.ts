/**
 * The platform: accounts, channels, keys and their API, over one database. `main.ts` makes it, hands its three
 * ports to the engine, and registers its routes.
 */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { openDatabase } from '../db/index.ts';
import type { BroadcastObserver, ChannelDirectory, PublishAuthority } from '../live/ports.ts';
import { Access } from './accounts/access.ts';
import { Passwords } from './accounts/password.ts';
import { accountRoutes } from './accounts/routes.ts';
import { AccountService } from './accounts/service.ts';
import { KeyAuthority } from './channels/authority.ts';
import { BroadcastLog } from './channels/broadcast-log.ts';
import { KeyWatch } from './channels/key-watch.ts';
import { channelRoutes } from './channels/routes.ts';
import { ChannelService } from './channels/service.ts';
import { ChannelStore } from './channels/store.ts';
import { registerApi } from './http/scope.ts';
import { createLimits } from './limits.ts';
import { NOTHING_LIVE, type LiveView } from './ports.ts';
import { findRunningServer, forgetRunningServer, noteRunningServer } from './running-server.ts';
import { setupUrl } from './setup-url.ts';
import { siteRoutes } from './site.ts';

export { NOTHING_LIVE, type LiveView } from './ports.ts';

export interface PlatformOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Unix ms. */
  readonly clock?: () => number;
}

export interface Platform {
  readonly authority: PublishAuthority;
  readonly directory: ChannelDirectory;
  readonly observer: BroadcastObserver;
  /** All of `/api/v1/*`. Call once, before `app.listen`. */
  registerRoutes(app: FastifyInstance, live: LiveView): void;
  /**
   * Call once, when both listeners are bound. While there is no administrator yet, the answer carries the address
   * of the page that makes the first one; it works once and for a day, and only this answer ever shows it.
   */
  started(ports: {
    readonly httpPort: number;
    readonly rtmpPort: number;
  }): Promise<{ readonly setupUrl?: string }>;
  /** The channel `demo` (made when it is missing) and a stream key of its own, valid until `close`. */
  demoChannel(): Promise<{ readonly channel: string; readonly key: string }>;
  /** After the engine ended its broadcasts: what it reported is written, then the database closes. */
  close(): Promise<void>;
}

const DEMO_CHANNEL = 'demo';
const DEMO_KEY_LABEL = 'built-in demo';
/** What stands beside the bundled clip, until somebody writes something else. */
const DEMO_WORDS = {
  title: 'The mill at dusk · 黄昏的水车',
  category: 'Demo',
  tags: JSON.stringify(['clip', 'loop']),
  description:
    'A short clip that comes with Millrace, pushed round and round over RTMP as an encoder would.\n' +
    '随 Millrace 附带的一段短片，像推流软件一样通过 RTMP 循环推送。',
};

/** @throws {MigrationError} the database is of another version. */
export async function createPlatform({ config, log, clock = Date.now }: PlatformOptions): Promise<Platform> {
  const database = await openDatabase(config.dataDir);
  const { db } = database;
  const channelStore = new ChannelStore(db);
  const limits = createLimits(config);
  const accounts = new AccountService({ db, config, log, limits, passwords: new Passwords(), clock });
  const observer = new BroadcastLog(db, log, clock);
  const authority = new KeyAuthority({ db, config, log, failedTries: limits.failedPublishByAddress, clock });
  const operator = new ChannelService({ db, log, live: NOTHING_LIVE, clock });
  let keyWatch: KeyWatch | undefined;

  const other = await findRunningServer(db);
  if (other !== undefined && other.pid !== process.pid) {
    log.warn({ pid: other.pid, dataDir: config.dataDir }, 'another server seems to run on this data folder');
  } else {
    const abandoned = await channelStore.endAbandonedBroadcasts();
    if (abandoned > 0) log.warn({ broadcasts: abandoned }, 'broadcasts that a crash cut off were closed');
  }
  await accounts.forgetExpired();

  const revokeDemoKeys = async () => {
    for (const key of await operator.keysAsOperator(DEMO_CHANNEL)) {
      if (key.label === DEMO_KEY_LABEL) await operator.revokeKeyAsOperator(DEMO_CHANNEL, key.id);
    }
  };

  return {
    authority,
    observer,
    directory: { exists: (channel) => channelStore.exists(channel) },

    registerRoutes(app, live) {
      keyWatch = new KeyWatch(database, live, log);
      const channels = new ChannelService({ db, log, live, clock });
      const access = new Access(accounts, {
        publicIsHttps: config.publicUrl?.startsWith('https:') === true,
        maxAgeSeconds: config.sessionMaxHours * 3600,
      });
      registerApi(app, { publicUrl: config.publicUrl }, (scope) => {
        siteRoutes(scope, config, accounts, live);
        accountRoutes(scope, accounts, access);
        channelRoutes(scope, channels, access);
      });
    },

    async started({ httpPort, rtmpPort }) {
      await noteRunningServer(db, { pid: process.pid, httpPort, rtmpPort, startedAt: clock() });
      const token = await accounts.issueSetupToken();
      return token === undefined ? {} : { setupUrl: setupUrl(config, httpPort, token) };
    },

    async demoChannel() {
      await accounts.ensureUserWithoutPassword(DEMO_CHANNEL);
      const row = await channelStore.byName(DEMO_CHANNEL);
      if (row?.title === '') await channelStore.update(row.id, DEMO_WORDS);
      await revokeDemoKeys();
      const { secret } = await operator.createKeyAsOperator(DEMO_CHANNEL, DEMO_KEY_LABEL);
      return { channel: DEMO_CHANNEL, key: secret };
    },

    async close() {
      keyWatch?.close();
      await observer.close();
      if (await channelStore.exists(DEMO_CHANNEL)) await revokeDemoKeys();
      await forgetRunningServer(db, process.pid);
      await database.close();
    },
  };
}
