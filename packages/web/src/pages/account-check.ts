/** What is wrong with a name and a password, said before the server is asked. */
import { NAME_PATTERN, PASSWORD_CHARACTERS } from '@millrace/contract/limits';
import { words } from '../i18n/index.ts';
import type { FieldErrors } from '../ui/form.ts';

export type AccountField = 'name' | 'password' | 'invite';
export interface AccountInput {
  readonly name: string;
  readonly password: string;
  readonly invite: string;
}

/** What is wrong with a new account's name and password, before the server is asked. */
export function checkNewAccount({ name, password }: AccountInput): FieldErrors<AccountField> {
  const text = words().account;
  const errors: FieldErrors<AccountField> = {};
  if (name === '') errors.name = text.nameMissing;
  else if (!new RegExp(NAME_PATTERN).test(name)) errors.name = text.nameWrong;
  if (password === '') errors.password = text.passwordMissing;
  else if (password.length < PASSWORD_CHARACTERS.min)
    errors.password = text.passwordShort(PASSWORD_CHARACTERS.min);
  return errors;
}

/** Signing in asks for nothing but that something is there. */
export function checkSignIn({ name, password }: AccountInput): FieldErrors<AccountField> {
  const text = words().account;
  return {
    ...(name === '' ? { name: text.nameMissing } : {}),
    ...(password === '' ? { password: text.passwordMissing } : {}),
  };
}
