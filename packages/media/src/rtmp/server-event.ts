/** What a server session tells its owner, in the order it happened. */
import type { FormatError } from '../bytes/index.ts';
import type { MediaMessage } from './message.ts';
import type { PublishAddress } from './address.ts';

/** Names one publish request of a connection: an answer to an older one is recognised as late. */
export type PublishRequestId = number;

export type ServerEvent =
  | {
      readonly type: 'connect';
      /** The encoder as it names itself (flashVer): printable, at most 128 characters, maybe empty. */
      readonly encoder: string;
    }
  /** Answer with `acceptPublish` or `refusePublish`. */
  | { readonly type: 'publish-request'; readonly id: PublishRequestId; readonly address: PublishAddress }
  /** Media of the accepted publish. */
  | { readonly type: 'media'; readonly message: MediaMessage }
  /** The encoder ended the accepted publish; the connection stays, another publish may follow. */
  | { readonly type: 'publish-end' }
  /** Always the last: flush what `takeOutput` has, then close. `error` says what the peer did wrong. */
  | { readonly type: 'closed'; readonly error: FormatError };
