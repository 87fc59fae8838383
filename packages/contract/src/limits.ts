/**
 * What may stand in the fields that people fill in, as plain numbers: the schemas of `api.ts` are made of them,
 * and the forms of the pages use the same ones without carrying a schema library along.
 */

/** Names of accounts and channels: what stands in an address. */
export const NAME_PATTERN = '^[a-z0-9](?:[a-z0-9_-]{1,30}[a-z0-9])$';
export const NAME_CHARACTERS = { min: 3, max: 32 } as const;
export const PASSWORD_CHARACTERS = { min: 8, max: 256 } as const;
export const CHANNEL_LIMITS = {
  displayNameCharacters: 50,
  titleCharacters: 140,
  descriptionCharacters: 2000,
  categoryCharacters: 50,
  tagCharacters: 30,
  tags: 10,
} as const;
export const KEY_LABEL_CHARACTERS = 50;
