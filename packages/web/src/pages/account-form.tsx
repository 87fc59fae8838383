/** The form of sign-up, sign-in and first set-up: a name, a password, errors beside them, one button. */
import '../styles/forms.css';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { words } from '../i18n/index.ts';
import { Button } from '../ui/button.tsx';
import { Field, FormError, PasswordField } from '../ui/field.tsx';
import { useForm } from '../ui/form.ts';
import { checkNewAccount, checkSignIn, type AccountField, type AccountInput } from './account-check.ts';

const FIELDS = ['name', 'password', 'invite'] as const;
const PLACES = {
  'name-taken': 'name',
  'name-reserved': 'name',
  'password-too-common': 'password',
} as const;

export function AccountForm(props: {
  readonly title: string;
  readonly lead?: string;
  readonly action: string;
  readonly purpose: 'new' | 'sign-in';
  readonly withInvite?: boolean;
  readonly onSend: (input: AccountInput) => Promise<void>;
  readonly below?: ComponentChildren;
}) {
  const { account: text } = words();
  const fresh = props.purpose === 'new';
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [invite, setInvite] = useState('');
  const form = useForm<AccountField>(FIELDS, PLACES);

  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    // Names are lower case; a phone's keyboard likes to begin with a capital.
    const input: AccountInput = { name: name.trim().toLowerCase(), password, invite: invite.trim() };
    const element = event.currentTarget as HTMLFormElement;
    const sent = await form.submit(
      () => (fresh ? checkNewAccount(input) : checkSignIn(input)),
      () => props.onSend(input),
    );
    if (!sent)
      requestAnimationFrame(() => element.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
  }

  return (
    <div class="page narrow">
      <form class="account-form" noValidate onSubmit={(event) => void onSubmit(event)}>
        <h1>{props.title}</h1>
        {props.lead !== undefined && <p class="lead">{props.lead}</p>}
        <Field
          label={text.name}
          name="username"
          autoComplete="username"
          required
          value={name}
          onValue={(value) => {
            setName(value);
            form.clear('name');
          }}
          hint={fresh ? text.nameHint : undefined}
          error={form.errors.name}
        />
        <PasswordField
          label={text.password}
          name="password"
          autoComplete={fresh ? 'new-password' : 'current-password'}
          required
          value={password}
          onValue={(value) => {
            setPassword(value);
            form.clear('password');
          }}
          hint={fresh ? text.passwordHint : undefined}
          error={form.errors.password}
        />
        {props.withInvite === true && (
          <Field
            label={text.invite}
            name="invite"
            autoComplete="off"
            value={invite}
            onValue={(value) => {
              setInvite(value);
              form.clear('invite');
            }}
            error={form.errors.invite}
          />
        )}
        <FormError text={form.formError} />
        <Button type="submit" kind="primary" busy={form.busy}>
          {props.action}
        </Button>
        {props.below}
      </form>
    </div>
  );
}
