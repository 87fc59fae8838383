/** What the program must tell apart among a database's errors. */

/** Extended result codes: SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY (sqlite.org/rescode.html). */
const SQLITE_UNIQUE: readonly unknown[] = [2067, 1555];

/** Another row has that value already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && SQLITE_UNIQUE.includes(error.errcode);
}

/** SQLITE_BUSY in its low byte: another process holds the lock. */
export function isLocked(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === 5
  );
}
