/**
 * Why the server could not start, in the words of the person who has to mend it. In: what `startServer` threw, and the
 * settings. Out: what is wrong and which setting or command helps; `undefined` for what nobody foresaw, where the
 * trace is the best there is to show.
 */
import type { Config } from './config.ts';
import { isDamaged, isLocked, isNotWritable } from './db/errors.ts';
import { MigrationError } from './db/index.ts';

type StartSettings = Pick<Config, 'host' | 'httpPort' | 'rtmpPort' | 'dataDir'>;

interface SystemError extends Error {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly port?: unknown;
}

/** Node's codes of `listen(2)`. */
const LISTEN: Readonly<Record<string, (port: number, flag: string, host: string) => string>> = {
  EADDRINUSE: (port, flag) =>
    `Port ${port} is in use by another program. Stop that one, or choose another port with ${flag}.`,
  EACCES: (port, flag) =>
    `Port ${port} may not be opened by this user: ports below 1024 need a permission. Choose another with ${flag}.`,
  EADDRNOTAVAIL: (_port, _flag, host) => `This machine has no address ${host}. Choose another with --host.`,
  ENOTFOUND: (_port, _flag, host) => `This machine has no address ${host}. Choose another with --host.`,
};

/** Codes of making and opening files. */
const FOLDER: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is on a read-only file system',
  EEXIST: 'there is a file of that name',
  ENOTDIR: 'a part of its path is a file',
  ENOENT: 'the path leads nowhere',
  ENOSPC: 'the disk is full',
  EISDIR: 'its database is a folder',
};

export function startProblem(error: unknown, settings: StartSettings): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof MigrationError) return error.message;
  const { host, httpPort, rtmpPort, dataDir } = settings;
  const { code, syscall, port }: SystemError = error;
  const name = String(code);
  if (syscall === 'listen' || syscall === 'getaddrinfo') {
    const flag = port === rtmpPort && port !== httpPort ? '--rtmp-port' : '--http-port';
    return LISTEN[name]?.(Number(port), flag, host);
  }
  if (syscall === 'mkdir' || syscall === 'open') return cannotWrite(dataDir, FOLDER[name] ?? error.message);
  if (isLocked(error))
    return `The database in ${dataDir} is held by another process. Wait until it is done, or end it.`;
  if (isNotWritable(error)) return cannotWrite(dataDir, error.message);
  if (isDamaged(error))
    return `The database in ${dataDir} is damaged or no database. Put a backup in place with \`millrace restore FILE\`.`;
  return undefined;
}

function cannotWrite(dataDir: string, reason: string): string {
  return `The data folder ${dataDir} cannot be used: ${reason}. Choose another with --data-dir.`;
}
