/** The header of the site: the way home, who is signed in, language and theme. */
import type { Account } from '@millrace/contract';
import { useLocation } from 'preact-iso';
import { explain } from '../api/errors.ts';
import { words } from '../i18n/index.ts';
import { account, signOut, site } from '../state/session.ts';
import { Avatar } from '../ui/avatar.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Icon, Mark } from '../ui/icon.tsx';
import { Menu } from '../ui/menu.tsx';
import { toast } from '../ui/toast.tsx';
import { PreferenceChoices } from './preference-choices.tsx';

export function Header() {
  const { site: text } = words();
  const { path } = useLocation();
  const who = account.value;
  return (
    <header class="site-header">
      <a class="site-name" href="/" aria-label={`${site.value?.name ?? 'Millrace'} · ${text.home}`}>
        <Mark />
        <span>{site.value?.name ?? 'Millrace'}</span>
      </a>
      <nav class="site-nav" aria-label={text.mainNavigation}>
        <Menu label={text.preferencesMenu} button={<Icon name="globe" />}>
          {() => <PreferenceChoices />}
        </Menu>
        {who === undefined && <span class="site-account-place" />}
        {who === null && (
          <>
            {path !== '/signin' && <ButtonLink href="/signin">{text.signIn}</ButtonLink>}
            {path !== '/signup' && site.value?.registration !== 'closed' && (
              <ButtonLink href="/signup" kind="primary">
                {text.signUp}
              </ButtonLink>
            )}
          </>
        )}
        {who !== null && who !== undefined && <AccountMenu who={who} />}
      </nav>
    </header>
  );
}

function AccountMenu({ who }: { readonly who: Account }) {
  const { site: text, account: accountText } = words();
  const { route } = useLocation();

  async function onSignOut(): Promise<void> {
    try {
      await signOut();
      route('/');
      toast(accountText.signedOut);
    } catch (error) {
      toast(explain(error));
    }
  }

  return (
    <>
      <a class="button plain wide-only" href="/dashboard">
        <Icon name="dashboard" />
        {text.dashboard}
      </a>
      <Menu
        label={`${text.accountMenu}: ${who.displayName}`}
        button={<Avatar name={who.name} displayName={who.displayName} size={32} />}
      >
        {(close) => (
          <ul class="menu-list" onClick={close}>
            <li class="menu-who">
              <strong>{who.displayName}</strong>
              <span>/{who.channel}</span>
            </li>
            <li>
              <a href={`/${who.channel}`}>
                <Icon name="eye" />
                {text.myChannel}
              </a>
            </li>
            <li>
              <a href="/dashboard">
                <Icon name="dashboard" />
                {text.dashboard}
              </a>
            </li>
            <li>
              <a href="/settings">
                <Icon name="settings" />
                {text.settings}
              </a>
            </li>
            <li>
              <button type="button" onClick={() => void onSignOut()}>
                <Icon name="signOut" />
                {text.signOut}
              </button>
            </li>
          </ul>
        )}
      </Menu>
    </>
  );
}
