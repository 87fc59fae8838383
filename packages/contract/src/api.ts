/**
 * The bodies of the HTTP API (`/api/v1`), as JSON Schema and as types. The server validates with the schemas,
 * the pages import only the types.
 */
import { Type, type Static } from 'typebox';
import {
  CHANNEL_LIMITS,
  KEY_LABEL_CHARACTERS,
  NAME_CHARACTERS,
  NAME_PATTERN,
  PASSWORD_CHARACTERS,
} from './limits.ts';

export * from './limits.ts';

export const Name = Type.String({
  minLength: NAME_CHARACTERS.min,
  maxLength: NAME_CHARACTERS.max,
  pattern: NAME_PATTERN,
});
export const Password = Type.String({
  minLength: PASSWORD_CHARACTERS.min,
  maxLength: PASSWORD_CHARACTERS.max,
});

/** `GET /api/v1/site`: what a page must know before anything else. */
export const Site = Type.Object({
  name: Type.String(),
  version: Type.String(),
  registration: Type.Union([Type.Literal('open'), Type.Literal('invite'), Type.Literal('closed')]),
  /** True until the first administrator was made by the one-time link. */
  needsSetup: Type.Boolean(),
  /** Server address to type into OBS; the stream key is the other half. */
  ingestUrl: Type.String(),
});
export type Site = Static<typeof Site>;

export const Account = Type.Object({
  name: Type.String(),
  displayName: Type.String(),
  admin: Type.Boolean(),
  createdAt: Type.String({ format: 'date-time' }),
  /** The user's own channel has the user's name. */
  channel: Type.String(),
});
export type Account = Static<typeof Account>;

/** `GET /api/v1/session` */
export const SessionAnswer = Type.Object({ account: Type.Union([Account, Type.Null()]) });
export type SessionAnswer = Static<typeof SessionAnswer>;

/** `POST /api/v1/accounts`: register and be signed in. */
export const RegisterBody = Type.Object(
  { name: Name, password: Password, invite: Type.Optional(Type.String({ maxLength: 128 })) },
  { additionalProperties: false },
);
export type RegisterBody = Static<typeof RegisterBody>;

/** `POST /api/v1/session`: sign in. `DELETE` signs out. */
export const SignInBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: 256 }),
  },
  { additionalProperties: false },
);
export type SignInBody = Static<typeof SignInBody>;

/** `POST /api/v1/setup`: the first administrator, with the one-time token that the server printed. */
export const SetupBody = Type.Object(
  { token: Type.String({ minLength: 16, maxLength: 128 }), name: Name, password: Password },
  { additionalProperties: false },
);
export type SetupBody = Static<typeof SetupBody>;

/** `PUT /api/v1/account/password`: ends all other sessions. */
export const ChangePasswordBody = Type.Object(
  { current: Type.String({ minLength: 1, maxLength: 256 }), next: Password },
  { additionalProperties: false },
);
export type ChangePasswordBody = Static<typeof ChangePasswordBody>;

/** `GET /api/v1/account/sessions`; `DELETE /api/v1/account/sessions/:id` */
export const SessionInfo = Type.Object({
  id: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
  lastSeenAt: Type.String({ format: 'date-time' }),
  userAgent: Type.String(),
  current: Type.Boolean(),
});
export type SessionInfo = Static<typeof SessionInfo>;
export const SessionList = Type.Object({ sessions: Type.Array(SessionInfo) });
export type SessionList = Static<typeof SessionList>;

export const LiveNow = Type.Object({
  broadcast: Type.String(),
  startedAt: Type.String({ format: 'date-time' }),
  viewers: Type.Integer(),
  /** `live`, or `interrupted` while the grace time runs. */
  state: Type.Union([Type.Literal('live'), Type.Literal('interrupted')]),
  video: Type.Boolean(),
  audio: Type.Boolean(),
});
export type LiveNow = Static<typeof LiveNow>;

export const Channel = Type.Object({
  name: Type.String(),
  displayName: Type.String(),
  title: Type.String(),
  description: Type.String(),
  category: Type.String(),
  tags: Type.Array(Type.String()),
  language: Type.String(),
  live: Type.Union([LiveNow, Type.Null()]),
});
export type Channel = Static<typeof Channel>;

/** `GET /api/v1/channels?live=true` */
export const ChannelList = Type.Object({ channels: Type.Array(Channel) });
export type ChannelList = Static<typeof ChannelList>;

/** `PATCH /api/v1/channels/:channel` (the owner) */
export const ChannelPatch = Type.Object(
  {
    displayName: Type.Optional(
      Type.String({ minLength: 1, maxLength: CHANNEL_LIMITS.displayNameCharacters }),
    ),
    title: Type.Optional(Type.String({ maxLength: CHANNEL_LIMITS.titleCharacters })),
    description: Type.Optional(Type.String({ maxLength: CHANNEL_LIMITS.descriptionCharacters })),
    category: Type.Optional(Type.String({ maxLength: CHANNEL_LIMITS.categoryCharacters })),
    tags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: CHANNEL_LIMITS.tagCharacters }), {
        maxItems: CHANNEL_LIMITS.tags,
      }),
    ),
    language: Type.Optional(Type.String({ maxLength: 16 })),
  },
  { additionalProperties: false },
);
export type ChannelPatch = Static<typeof ChannelPatch>;

/** `GET /api/v1/channels/:channel/keys` (the owner). The secret itself is never in here. */
export const StreamKey = Type.Object({
  id: Type.String(),
  label: Type.String(),
  /** The first characters, to tell keys apart: `live_aB3…`. */
  prefix: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
  lastUsedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
});
export type StreamKey = Static<typeof StreamKey>;
export const StreamKeyList = Type.Object({ keys: Type.Array(StreamKey) });
export type StreamKeyList = Static<typeof StreamKeyList>;

/** `POST /api/v1/channels/:channel/keys`; `POST …/keys/:id/rotate` takes no body; `DELETE …/keys/:id` */
export const CreateStreamKeyBody = Type.Object(
  { label: Type.Optional(Type.String({ maxLength: KEY_LABEL_CHARACTERS })) },
  { additionalProperties: false },
);
export type CreateStreamKeyBody = Static<typeof CreateStreamKeyBody>;
/** The only answer that ever carries a key. */
export const NewStreamKey = Type.Object({ key: StreamKey, secret: Type.String() });
export type NewStreamKey = Static<typeof NewStreamKey>;

/** One thing the streamer can do better, said in words by the page from its code. */
export const IngestAdvice = Type.Union([
  Type.Literal('key-frames-too-far-apart'),
  Type.Literal('bitrate-unstable'),
  Type.Literal('frame-rate-unstable'),
  Type.Literal('audio-missing'),
  Type.Literal('video-missing'),
  Type.Literal('clock-drift'),
  Type.Literal('frames-dropped'),
  Type.Literal('b-frames'),
]);
export type IngestAdvice = Static<typeof IngestAdvice>;

/** `GET /api/v1/channels/:channel/ingest` (the owner): the health of what arrives now. */
export const IngestHealth = Type.Object({
  state: Type.Union([Type.Literal('offline'), Type.Literal('live'), Type.Literal('interrupted')]),
  startedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  /** The encoder as it names itself. */
  encoder: Type.String(),
  video: Type.Union([
    Type.Object({
      codec: Type.String(),
      width: Type.Integer(),
      height: Type.Integer(),
      framesPerSecond: Type.Number(),
      bitsPerSecond: Type.Number(),
      keyFrameIntervalMs: Type.Number(),
    }),
    Type.Null(),
  ]),
  audio: Type.Union([
    Type.Object({
      codec: Type.String(),
      sampleRate: Type.Integer(),
      channels: Type.Integer(),
      bitsPerSecond: Type.Number(),
    }),
    Type.Null(),
  ]),
  /** Audio clock minus video clock, in ms, since the broadcast began. */
  driftMs: Type.Number(),
  droppedFrames: Type.Integer(),
  viewers: Type.Integer(),
  advice: Type.Array(IngestAdvice),
});
export type IngestHealth = Static<typeof IngestHealth>;

/** Every error the API answers with: `{ "error": { "code", "message", "field"? } }`. */
export const API_ERRORS = {
  'bad-request': 400,
  'not-signed-in': 401,
  'wrong-name-or-password': 401,
  forbidden: 403,
  'registration-closed': 403,
  'bad-origin': 403,
  'setup-token-invalid': 403,
  'not-found': 404,
  'name-taken': 409,
  'already-set-up': 409,
  'too-large': 413,
  'unsupported-media-type': 415,
  'password-too-common': 422,
  'name-reserved': 422,
  'too-many-keys': 422,
  'too-many-requests': 429,
  internal: 500,
  'server-busy': 503,
} as const;
export type ApiErrorCode = keyof typeof API_ERRORS;
export interface ApiErrorBody {
  readonly error: { readonly code: ApiErrorCode; readonly message: string; readonly field?: string };
}
