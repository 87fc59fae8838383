/**
 * Every setting of the program, once: its type, range, default and what it does. Flags, environment variables,
 * file keys, error messages, `millrace config` and the check of docs/operating/settings.md are all made from
 * this table.
 *
 * A setting `httpPort` is the flag `--http-port`, the variable `MILLRACE_HTTP_PORT` and the file key `http-port`.
 */
import { Type, type Static, type TSchema } from 'typebox';

const port = (fallback: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: fallback, description });
const count = (minimum: number, maximum: number, fallback: number, description: string) =>
  Type.Integer({ minimum, maximum, default: fallback, description });
const text = (fallback: string, description: string) =>
  Type.String({ minLength: 1, maxLength: 1024, default: fallback, description });
const flag = (description: string) => Type.Boolean({ default: false, description });
const choice = <const T extends string[]>(
  values: readonly [...T],
  fallback: T[number],
  description: string,
) => Type.Enum<T>(values, { default: fallback, description });

export const ConfigSchema = Type.Object(
  {
    host: text('0.0.0.0', 'Address that both listeners bind to; 127.0.0.1 keeps the server to this machine.'),
    httpPort: port(8000, 'Port of the pages, the API and playback. 0 picks a free one.'),
    rtmpPort: port(1935, 'Port that encoders publish to. 0 picks a free one.'),
    dataDir: text('./data', 'Folder of everything the server stores. Made when it is missing.'),
    publicUrl: Type.Optional(
      Type.String({
        maxLength: 255,
        pattern: '^https?://[^/@?#\\s]+/?$',
        description:
          'Address people type to reach the server, such as https://live.example.org. Set it behind a proxy: an https address makes the session cookie Secure.',
      }),
    ),
    trustedProxies: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
      maxItems: 64,
      default: [],
      description:
        'Addresses or networks (10.0.0.0/8) of the proxies in front; X-Forwarded-* is believed from them only.',
    }),
    siteName: Type.String({
      minLength: 1,
      maxLength: 50,
      default: 'Millrace',
      description: 'Name that the pages show.',
    }),
    registration: choice(
      ['open', 'invite', 'closed'],
      'open',
      'Who may make an account: everyone, holders of an invite (`millrace invite`), or nobody.',
    ),
    demo: flag('Adds a channel `demo` that shows a bundled clip.'),
    logFormat: choice(['pretty', 'json'], 'pretty', 'Log lines for people, or one JSON object a line.'),
    logLevel: choice(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'info',
      'The least important line that is still logged.',
    ),
    chunkMs: count(
      0,
      1000,
      100,
      'Length of a delivered chunk in ms; 0 sends each frame at once (lowest delay, most CPU).',
    ),
    partMs: count(100, 2000, 500, 'Target length of an LL-HLS part in ms.'),
    segmentMs: count(
      1000,
      10_000,
      2000,
      'Target length of a segment in ms; a segment always starts with a key frame.',
    ),
    graceMs: count(
      0,
      600_000,
      30_000,
      'How long a broadcast waits, in ms, for an encoder that dropped before it ends.',
    ),
    secondPublisher: choice(
      ['replace', 'refuse'],
      'replace',
      'What a second encoder on a live channel does: take over, or be refused.',
    ),
    maxViewers: count(
      1,
      1_000_000,
      10_000,
      'Viewers served at once; the next one is told that the server is full.',
    ),
    fanoutTickMs: count(
      0,
      1000,
      0,
      'Joins what a viewer gets within this time, in ms, into one write; 0 writes each chunk. 350 halves the CPU of many viewers.',
    ),
    playOrigins: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
      maxItems: 256,
      default: ['*'],
      description:
        'Sites whose pages may play (https://example.org), beside players that are no pages; * is every site.',
    }),
    sessionIdleHours: count(1, 8760, 336, 'A sign-in unused for this many hours ends.'),
    sessionMaxHours: count(1, 8760, 2160, 'A sign-in ends after this many hours, used or not.'),
    signInsPerMinute: count(1, 1_000_000, 20, 'Tries to sign in from one address a minute.'),
    signInsPerMinutePerAccount: count(1, 1_000_000, 5, 'Tries to sign in to one account a minute.'),
    signUpsPerHour: count(1, 1_000_000, 5, 'New accounts from one address an hour.'),
    failedPublishesPerMinute: count(1, 1_000_000, 10, 'Refused stream keys from one address a minute.'),
  },
  { additionalProperties: false },
);

export type Config = Readonly<Static<typeof ConfigSchema>>;
export type SettingName = keyof Config;

export interface Setting {
  readonly name: SettingName;
  readonly schema: TSchema;
  /** `http-port`: the file key; with two dashes before it, the flag. */
  readonly key: string;
  /** `MILLRACE_HTTP_PORT` */
  readonly variable: string;
  readonly description: string;
  readonly fallback: unknown;
  /** Printed as `***` wherever settings are shown. */
  readonly secret: boolean;
  /** What may stand there, in words. */
  readonly allowed: string;
}

/** The parts of JSON Schema that this table uses. */
interface SettingSchema {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly pattern?: string;
  readonly secret?: boolean;
}

function allowedValues(schema: SettingSchema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  switch (schema.type) {
    case 'integer':
      return `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list (in a flag or variable: separated by commas)';
    default:
      if (schema.pattern !== undefined) return 'an http:// or https:// address without a path';
      return `text of 1 to ${schema.maxLength} characters`;
  }
}

const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const SETTINGS: readonly Setting[] = Object.entries(ConfigSchema.properties).map(([name, schema]) => {
  const facts = schema as TSchema & SettingSchema;
  return {
    name: name as SettingName,
    schema,
    key: kebab(name),
    variable: `MILLRACE_${kebab(name).replaceAll('-', '_').toUpperCase()}`,
    description: facts.description ?? '',
    fallback: facts.default,
    secret: facts.secret === true,
    allowed: allowedValues(facts),
  };
});
