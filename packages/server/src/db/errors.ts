/** What the program must tell apart among a database's errors. */

/** Extended result codes: SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY (sqlite.org/rescode.html). */
const SQLITE_UNIQUE: readonly unknown[] = [2067, 1555];

/** Another row has that value already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && SQLITE_UNIQUE.includes(error.errcode);
}

/** SQLITE_BUSY: another process holds the lock. */
export const isLocked = (error: unknown): boolean => primaryCode(error) === 5;

/** SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN. */
export const isNotWritable = (error: unknown): boolean => [8, 10, 13, 14].includes(primaryCode(error));

/** SQLITE_CORRUPT, SQLITE_NOTADB. */
export const isDamaged = (error: unknown): boolean => [11, 26].includes(primaryCode(error));

/** The low byte of a result code; -1 for an error that is not SQLite's. */
function primaryCode(error: unknown): number {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return -1;
  return error.errcode & 0xff;
}
