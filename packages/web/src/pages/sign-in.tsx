/** Back to one's account, and then to the page that asked for it. */
import { useLocation } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { api } from '../api/client.ts';
import { words } from '../i18n/index.ts';
import { account, signedIn, site } from '../state/session.ts';
import { useTitle } from '../ui/title.ts';
import { AccountForm } from './account-form.tsx';
import { localPath } from '../shell/local-path.ts';

export default function SignIn() {
  const { account: text, site: siteText } = words();
  const { route, query } = useLocation();
  useTitle(siteText.signIn);
  // Also for those who come here signed in already.
  const who = account.value;
  useEffect(() => {
    if (who) route(localPath(query['next']) ?? '/', true);
  }, [who]);
  return (
    <AccountForm
      title={text.signInTitle}
      action={text.signInAction}
      purpose="sign-in"
      onSend={async ({ name, password }) => {
        signedIn(await api.signIn({ name, password }));
      }}
      below={
        site.value?.registration !== 'closed' && (
          <p class="soft">
            {text.noAccount} <a href="/signup">{siteText.signUp}</a>
          </p>
        )
      }
    />
  );
}
