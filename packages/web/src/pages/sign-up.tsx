/** A new account: a name, a password, and the visitor is signed in and on the way to a first broadcast. */
import { useLocation } from 'preact-iso';
import { api } from '../api/client.ts';
import { words } from '../i18n/index.ts';
import { signedIn, site } from '../state/session.ts';
import { Missing } from '../ui/missing.tsx';
import { useTitle } from '../ui/title.ts';
import { AccountForm } from './account-form.tsx';
import { localPath } from '../shell/local-path.ts';

export default function SignUp() {
  const { account: text, site: siteText } = words();
  const { route, query } = useLocation();
  useTitle(siteText.signUp);
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
        route(localPath(query['next']) ?? '/dashboard', true);
      }}
      below={
        <p class="soft">
          {text.haveAccount} <a href="/signin">{siteText.signIn}</a>
        </p>
      }
    />
  );
}
