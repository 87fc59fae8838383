/** For pages of one's own: waits until it is known who this is, and asks a visitor to sign in. */
import type { Account } from '@millrace/contract';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { words } from '../i18n/index.ts';
import { account, site } from '../state/session.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Missing } from '../ui/missing.tsx';

export function SignedInOnly(props: {
  readonly invitation: string;
  readonly skeleton: ComponentChildren;
  readonly children: (who: Account) => ComponentChildren;
}) {
  const { site: text } = words();
  const { path } = useLocation();
  const who = account.value;
  if (who === undefined) return <>{props.skeleton}</>;
  if (who !== null) return <>{props.children(who)}</>;
  return (
    <Missing title={props.invitation}>
      <ButtonLink href={`/signin?next=${path}`} kind="primary">
        {text.signIn}
      </ButtonLink>
      {site.value?.registration !== 'closed' && <ButtonLink href="/signup">{text.signUp}</ButtonLink>}
    </Missing>
  );
}
