/**
 * The tables as the program sees them; `migrations/` makes them. Names here are camelCase, in the database
 * snake_case. Times are Unix ms, truth values 0 or 1, hashes hexadecimal SHA-256: what SQLite, PostgreSQL and
 * MySQL all store alike.
 */
export interface Schema {
  user: UserTable;
  session: SessionTable;
  channel: ChannelTable;
  streamKey: StreamKeyTable;
  broadcast: BroadcastTable;
  oneTimeToken: OneTimeTokenTable;
  setting: SettingTable;
}

export interface UserTable {
  id: string;
  /** Lower case, unique, in addresses. */
  name: string;
  displayName: string;
  /** PHC string, argon2id. */
  passwordHash: string;
  isAdmin: number;
  createdAt: number;
}

export interface SessionTable {
  /** Public: names the session in lists. */
  id: string;
  tokenHash: string;
  userId: string;
  userAgent: string;
  createdAt: number;
  lastSeenAt: number;
}

export interface ChannelTable {
  id: string;
  userId: string;
  name: string;
  title: string;
  description: string;
  category: string;
  /** JSON array of strings. */
  tags: string;
  language: string;
  createdAt: number;
}

export interface StreamKeyTable {
  id: string;
  channelId: string;
  keyHash: string;
  prefix: string;
  label: string;
  createdAt: number;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

export interface BroadcastTable {
  id: string;
  channelId: string;
  startedAt: number;
  /** Renewed while it runs: the end of a broadcast that a crash cut off. */
  seenAt: number;
  endedAt: number | null;
}

/** Links that work once: making the first administrator, joining by invite. */
export interface OneTimeTokenTable {
  id: string;
  purpose: 'setup' | 'invite';
  tokenHash: string;
  createdAt: number;
  expiresAt: number;
  usedAt: number | null;
}

/** Facts about this installation that outlive a run. `value` is JSON. */
export interface SettingTable {
  name: string;
  value: string;
}
