/** A new account: a name, a password, and the visitor is signed in and on the way to a first broadcast. */
import { useLocation } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { api } from '../api/client.ts';
import { words } from '../i18n/index.ts';
import { account, signedIn, site } from '../state/session.ts';
import { Missing } from '../ui/missing.tsx';
import { useTitle } from '../ui/title.ts';
import { AccountForm } from './account-form.tsx';
import { localPath } from '../shell/local-path.ts';

export default function SignUp() {
  const { account: text, site: siteText } = words();
  const { route, query } = useLocation();
  useTitle(siteText.signUp);
  // Also for those who come here signed in already.
  const who = account.value;
  useEffect(() => {
    if (who) route(localPath(query['next']) ?? '/dashboard', true);
  }, [who]);
  const registration = site.value?.registration ?? 'open';
  if (registration === 'closed') {
    return <Missing title={text.registrationClosed} text={text.registrationClosedText} />;
  }
  const byInvite = registration === 'invite';
  return (
    <AccountForm
      title={text.signUpTitle}
      action={text.signUpAction}
      purpose="new"
      withInvite={byInvite}
      onSend={async ({ name, password, invite }) => {
        signedIn(await api.register({ name, password, ...(byInvite ? { invite } : {}) }));
      }}
      below={
        <p class="soft">
          {text.haveAccount} <a href="/signin">{siteText.signIn}</a>
        </p>
      }
    />
  );
}
