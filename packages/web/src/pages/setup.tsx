/** The first administrator, by the one-time link that the server prints at its first start. */
import { useLocation } from 'preact-iso';
import { api } from '../api/client.ts';
import { words } from '../i18n/index.ts';
import { loadSite, signedIn, site } from '../state/session.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Missing } from '../ui/missing.tsx';
import { useTitle } from '../ui/title.ts';
import { AccountForm } from './account-form.tsx';

export default function Setup() {
  const { account: text, site: siteText } = words();
  const { route, query } = useLocation();
  useTitle(text.setupTitle);
  const token = query['token'];

  if (site.value?.needsSetup === false) {
    return (
      <Missing title={text.setupDone} text={text.setupDoneText}>
        <ButtonLink href="/signin" kind="primary">
          {siteText.signIn}
        </ButtonLink>
      </Missing>
    );
  }
  if (token === undefined || token === '') {
    return <Missing title={text.setupLinkMissing} text={text.setupLinkMissingText} />;
  }
  return (
    <AccountForm
      title={text.setupTitle}
      lead={text.setupText}
      action={text.setupAction}
      purpose="new"
      onSend={async ({ name, password }) => {
        signedIn(await api.setUp({ token, name, password }));
        // First away from the address with the token, then let the page learn that the site is set up.
        route('/dashboard', true);
        await loadSite();
      }}
    />
  );
}
