/**
 * The rules of accounts: who may join, sign in and stay signed in. In: what a route or the command line was given;
 * out: an account and, where one signs in, the session's token, which is kept nowhere else.
 *
 * Spec: OWASP ASVS 5, chapters 6 (authentication) and 7 (sessions).
 */
import type { Account, SessionInfo } from '@millrace/contract';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import type { Database } from '../../db/index.ts';
import { isUniqueViolation } from '../../db/errors.ts';
import { ChannelStore } from '../channels/store.ts';
import { ApiError } from '../errors.ts';
import { addressKey, type Limits } from '../limits.ts';
import { isReservedName } from '../names.ts';
import { newId, newToken, sha256Hex } from '../secrets.ts';
import { isCommonPassword } from './common-passwords.ts';
import { NO_PASSWORD, type Passwords } from './password.ts';
import { AccountStore, type Session, type User } from './store.ts';

const HOUR_MS = 3_600_000;
/** A link that was printed to a terminal yesterday is in a log today. */
const SETUP_TOKEN_MS = 24 * HOUR_MS;
const INVITE_MS = 7 * 24 * HOUR_MS;
/** "Last seen" is exact to this; a page with ten requests writes once. */
const TOUCH_AFTER_MS = 60_000;
/** More devices than a person has; the one unused for longest is signed out. */
const MAX_SESSIONS_PER_USER = 50;
const MAX_USER_AGENT_LETTERS = 200;

/** Where a request came from. */
export interface Visitor {
  readonly address: string;
  readonly userAgent: string;
}

/** Who is asking, once the cookie was understood. */
export interface SignedIn {
  readonly user: User;
  readonly sessionId: string;
}

/** `token` goes into the cookie and is stored only as a hash. */
export interface FreshSession {
  readonly user: User;
  readonly token: string;
}

export interface AccountServiceOptions {
  readonly db: Database;
  readonly config: Config;
  readonly log: Logger;
  readonly limits: Limits;
  readonly passwords: Passwords;
  /** Unix ms. */
  readonly clock: () => number;
}

export class AccountService {
  readonly #db: Database;
  readonly #store: AccountStore;
  readonly #config: Config;
  readonly #log: Logger;
  readonly #limits: Limits;
  readonly #passwords: Passwords;
  readonly #clock: () => number;

  constructor({ db, config, log, limits, passwords, clock }: AccountServiceOptions) {
    this.#db = db;
    this.#store = new AccountStore(db);
    this.#config = config;
    this.#log = log;
    this.#limits = limits;
    this.#passwords = passwords;
    this.#clock = clock;
  }

  // Making accounts

  async register(
    {
      name,
      password,
      invite,
    }: { readonly name: string; readonly password: string; readonly invite?: string },
    visitor: Visitor,
  ): Promise<FreshSession> {
    const { registration } = this.#config;
    if (registration === 'closed') {
      throw new ApiError('registration-closed', 'This server does not take new accounts.');
    }
    const inviteHash = invite === undefined ? undefined : sha256Hex(invite);
    if (registration === 'invite') await this.#requireInvite(inviteHash);
    await this.#checkNewAccount(name, password);
    await this.#limits.signUpByAddress.take(addressKey(visitor.address));
    const user = await this.#makeUser({ name, password, admin: false }, async (store) => {
      if (registration !== 'invite') return;
      if (inviteHash === undefined || !(await store.useToken('invite', inviteHash, this.#clock()))) {
        throw inviteInvalid();
      }
    });
    this.#log.info({ user: user.id, name }, 'account registered');
    return { user, token: await this.#startSession(user, visitor) };
  }

  /** The first administrator, by the link that the server printed. */
  async setUp(
    { name, password, token }: { readonly name: string; readonly password: string; readonly token: string },
    visitor: Visitor,
  ): Promise<FreshSession> {
    await this.#limits.signInByAddress.take(addressKey(visitor.address));
    const tokenHash = sha256Hex(token);
    if (await this.#store.hasAdmin()) throw alreadySetUp();
    if (!(await this.#store.isTokenUsable('setup', tokenHash, this.#clock()))) throw setupTokenInvalid();
    await this.#checkNewAccount(name, password);
    const user = await this.#makeUser({ name, password, admin: true }, async (store) => {
      if (await store.hasAdmin()) throw alreadySetUp();
      if (!(await store.useToken('setup', tokenHash, this.#clock()))) throw setupTokenInvalid();
    });
    this.#log.info({ user: user.id, name }, 'first administrator made');
    return { user, token: await this.#startSession(user, visitor) };
  }

  /** By the operator, who is bound by no limit and no closed door, only by names and passwords that make sense. */
  async addUser(account: {
    readonly name: string;
    readonly password: string;
    readonly admin: boolean;
  }): Promise<User> {
    await this.#checkNewAccount(account.name, account.password);
    return this.#makeUser(account, async () => {});
  }

  /** Stores the user with the channel of the same name. `alsoCheck` runs in the same transaction. */
  async #makeUser(
    { name, password, admin }: { readonly name: string; readonly password: string; readonly admin: boolean },
    alsoCheck: (store: AccountStore) => Promise<void>,
  ): Promise<User> {
    const passwordHash = await this.#passwords.hash(password);
    return this.#storeUser({ name, passwordHash, admin }, alsoCheck);
  }

  async #storeUser(
    {
      name,
      passwordHash,
      admin,
    }: { readonly name: string; readonly passwordHash: string; readonly admin: boolean },
    alsoCheck: (store: AccountStore) => Promise<void>,
  ): Promise<User> {
    const createdAt = this.#clock();
    const user: User = {
      id: newId(),
      name,
      displayName: name,
      passwordHash,
      isAdmin: admin ? 1 : 0,
      createdAt,
    };
    try {
      await this.#db.transaction().execute(async (transaction) => {
        const store = new AccountStore(transaction);
        await alsoCheck(store);
        await store.insertUser(user);
        await new ChannelStore(transaction).insert({
          id: newId(),
          userId: user.id,
          name,
          title: '',
          description: '',
          category: '',
          tags: '[]',
          language: '',
          createdAt,
        });
      });
    } catch (error) {
      throw isUniqueViolation(error) ? nameTaken(name) : error;
    }
    return user;
  }

  /** An account of the program's own, such as the demo's: no password fits it. */
  async ensureUserWithoutPassword(name: string): Promise<User> {
    const known = await this.#store.userByName(name);
    return known ?? this.#storeUser({ name, passwordHash: NO_PASSWORD, admin: false }, async () => {});
  }

  async #checkNewAccount(name: string, password: string): Promise<void> {
    if (isReservedName(name)) {
      throw new ApiError('name-reserved', `The name “${name}” is kept for the site itself. Choose another.`, {
        field: 'name',
      });
    }
    if ((await this.#store.userByName(name)) !== undefined) throw nameTaken(name);
    this.#checkPassword(password, name, 'password');
  }

  #checkPassword(password: string, name: string, field: string): void {
    if (isCommonPassword(password, [name, this.#config.siteName])) {
      throw new ApiError('password-too-common', 'This password is among the first that others would guess.', {
        field,
      });
    }
  }

  async #requireInvite(inviteHash: string | undefined): Promise<void> {
    if (inviteHash === undefined) {
      throw new ApiError('registration-closed', 'An account here needs an invite.', { field: 'invite' });
    }
    if (!(await this.#store.isTokenUsable('invite', inviteHash, this.#clock()))) throw inviteInvalid();
  }

  // Links that work once

  async needsSetup(): Promise<boolean> {
    return !(await this.#store.hasAdmin());
  }

  /** A new token each time; the earlier ones stop working. `undefined` once there is an administrator. */
  async issueSetupToken(): Promise<string | undefined> {
    if (!(await this.needsSetup())) return undefined;
    await this.#store.deleteTokens(this.#clock(), 'setup');
    return this.#issueToken('setup', SETUP_TOKEN_MS);
  }

  async issueInvite(): Promise<string> {
    await this.#store.deleteTokens(this.#clock());
    return this.#issueToken('invite', INVITE_MS);
  }

  async #issueToken(purpose: 'setup' | 'invite', lifeMs: number): Promise<string> {
    const token = newToken();
    const createdAt = this.#clock();
    await this.#store.insertOneTimeToken({
      id: newId(),
      purpose,
      tokenHash: sha256Hex(token),
      createdAt,
      expiresAt: createdAt + lifeMs,
      usedAt: null,
    });
    return token;
  }

  // Signing in and out

  /** Unknown name and wrong password cost the same and read the same. */
  async signIn(
    { name, password }: { readonly name: string; readonly password: string },
    visitor: Visitor,
  ): Promise<FreshSession> {
    const accountKey = name.trim().toLowerCase();
    await this.#limits.signInByAddress.take(addressKey(visitor.address));
    await this.#limits.signInByAccount.take(accountKey);
    const user = await this.#store.userByName(accountKey);
    const right = await this.#passwords.verify(password, user?.passwordHash);
    if (user === undefined || !right) {
      throw new ApiError('wrong-name-or-password', 'The name or the password is wrong.');
    }
    await this.#limits.signInByAccount.forgive(accountKey);
    return { user, token: await this.#startSession(user, visitor) };
  }

  async signOut({ user, sessionId }: SignedIn): Promise<void> {
    await this.#store.deleteSession(user.id, sessionId);
  }

  /** Ends every session of the account; the answer is a new one for whoever changed the password. */
  async changePassword(
    { user }: SignedIn,
    { current, next }: { readonly current: string; readonly next: string },
    visitor: Visitor,
  ): Promise<FreshSession> {
    await this.#limits.signInByAccount.take(user.name);
    if (!(await this.#passwords.verify(current, user.passwordHash))) {
      throw new ApiError('wrong-name-or-password', 'The current password is wrong.', { field: 'current' });
    }
    await this.#limits.signInByAccount.forgive(user.name);
    this.#checkPassword(next, user.name, 'next');
    await this.#replacePassword(user, next);
    return { user, token: await this.#startSession(user, visitor) };
  }

  /** By the operator, for someone who forgot theirs. Ends every session of the account. */
  async resetPassword(name: string, next: string): Promise<User> {
    const user = await this.#store.userByName(name);
    if (user === undefined) throw new ApiError('not-found', `There is no account “${name}”.`);
    this.#checkPassword(next, name, 'password');
    await this.#replacePassword(user, next);
    return user;
  }

  async #replacePassword(user: User, next: string): Promise<void> {
    const passwordHash = await this.#passwords.hash(next);
    await this.#db.transaction().execute(async (transaction) => {
      const store = new AccountStore(transaction);
      await store.setPasswordHash(user.id, passwordHash);
      await store.deleteSessionsOf(user.id);
    });
    this.#log.info({ user: user.id }, 'password changed');
  }

  // Sessions

  /** `undefined` when the token is unknown, or its session was idle or lasted too long. */
  async identify(token: string): Promise<SignedIn | undefined> {
    const row = await this.#store.sessionByTokenHash(sha256Hex(token));
    if (row === undefined) return undefined;
    const { session, user } = row;
    const now = this.#clock();
    if (!this.#isAlive(session, now)) {
      await this.#store.deleteSession(user.id, session.id);
      return undefined;
    }
    if (now - session.lastSeenAt >= TOUCH_AFTER_MS) await this.#store.touchSession(session.id, now);
    return { user, sessionId: session.id };
  }

  #isAlive(session: Session, now: number): boolean {
    const { createdAt, lastSeenAt } = this.#oldestAllowed(now);
    return session.createdAt > createdAt && session.lastSeenAt > lastSeenAt;
  }

  #oldestAllowed(now: number) {
    return {
      createdAt: now - this.#config.sessionMaxHours * HOUR_MS,
      lastSeenAt: now - this.#config.sessionIdleHours * HOUR_MS,
    };
  }

  async sessions({ user, sessionId }: SignedIn): Promise<readonly SessionInfo[]> {
    const now = this.#clock();
    const rows = await this.#store.sessionsOf(user.id);
    return rows
      .filter((session) => this.#isAlive(session, now))
      .map((session) => ({
        id: session.id,
        createdAt: new Date(session.createdAt).toISOString(),
        lastSeenAt: new Date(session.lastSeenAt).toISOString(),
        userAgent: session.userAgent,
        current: session.id === sessionId,
      }));
  }

  async endSession({ user }: SignedIn, id: string): Promise<void> {
    if (!(await this.#store.deleteSession(user.id, id))) {
      throw new ApiError('not-found', 'You have no such session.');
    }
  }

  async forgetExpired(): Promise<void> {
    const now = this.#clock();
    await this.#store.deleteExpiredSessions(this.#oldestAllowed(now));
    await this.#store.deleteTokens(now);
  }

  async #startSession(user: User, visitor: Visitor): Promise<string> {
    const token = newToken();
    const now = this.#clock();
    await this.#db.transaction().execute(async (transaction) => {
      const store = new AccountStore(transaction);
      const others = await store.sessionsOf(user.id);
      for (const old of others.slice(MAX_SESSIONS_PER_USER - 1)) await store.deleteSession(user.id, old.id);
      await store.insertSession({
        id: newId(),
        tokenHash: sha256Hex(token),
        userId: user.id,
        userAgent: visitor.userAgent.slice(0, MAX_USER_AGENT_LETTERS),
        createdAt: now,
        lastSeenAt: now,
      });
    });
    return token;
  }
}

/** What the API says of an account. */
export function toAccount(user: User): Account {
  return {
    name: user.name,
    displayName: user.displayName,
    admin: user.isAdmin === 1,
    createdAt: new Date(user.createdAt).toISOString(),
    channel: user.name,
  };
}

const nameTaken = (name: string) =>
  new ApiError('name-taken', `The name “${name}” is taken. Choose another.`, { field: 'name' });
const alreadySetUp = () => new ApiError('already-set-up', 'This server has an administrator already.');
const setupTokenInvalid = () =>
  new ApiError(
    'setup-token-invalid',
    'This link was used, has expired or was replaced. Restart the server, or run `millrace setup-link`, for a new one.',
    { field: 'token' },
  );
const inviteInvalid = () =>
  new ApiError('registration-closed', 'This invite was used or has expired.', { field: 'invite' });
