/** What ingest needs of a log; pino's logger fits. A stream key never goes in. */
export interface IngestLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
