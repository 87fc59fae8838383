/** What belongs to the account and to this browser: name, password, sessions, language and theme. */
import '../styles/forms.css';
import { CHANNEL_LIMITS, PASSWORD_CHARACTERS } from '@millrace/contract/limits';
import type { Account, SessionInfo } from '@millrace/contract';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/client.ts';
import { explain } from '../api/errors.ts';
import { useLoad } from '../api/load.ts';
import { formatAgo } from '../i18n/format.ts';
import { words } from '../i18n/index.ts';
import { PreferenceChoices } from '../shell/preference-choices.tsx';
import { nowMs } from '../state/clock.ts';
import { language } from '../state/preferences.ts';
import { account } from '../state/session.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { Field, FormError, PasswordField } from '../ui/field.tsx';
import { useForm } from '../ui/form.ts';
import { Icon } from '../ui/icon.tsx';
import { LoadFailed } from '../ui/load-failed.tsx';
import { useTitle } from '../ui/title.ts';
import { toast } from '../ui/toast.tsx';
import { describeBrowser } from './browser-name.ts';
import { SignedInOnly } from '../shell/signed-in-only.tsx';

export default function Settings() {
  const { settings: text } = words();
  useTitle(text.title);
  return (
    <SignedInOnly invitation={text.signInFirst} skeleton={<div class="page settings" aria-busy="true" />}>
      {(who) => (
        <div class="page settings">
          <h1>{text.title}</h1>
          <Profile who={who} />
          <Password name={who.name} />
          <Sessions />
          <section class="panel">
            <h2>{text.appearance}</h2>
            <PreferenceChoices />
          </section>
        </div>
      )}
    </SignedInOnly>
  );
}

function Profile({ who }: { readonly who: Account }) {
  const { settings: text, site } = words();
  const [displayName, setDisplayName] = useState(who.displayName);
  const form = useForm(['displayName']);
  useEffect(() => setDisplayName(who.displayName), [who.displayName]);

  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    await form.submit(
      () => ({}),
      async () => {
        const channel = await api.editChannel(who.channel, { displayName: displayName.trim() });
        account.value = { ...who, displayName: channel.displayName };
        toast(site.saved);
      },
    );
  }

  const unchanged = displayName.trim() === '' || displayName.trim() === who.displayName;
  return (
    <section class="panel">
      <h2>{text.profile}</h2>
      <form class="with-avatar" onSubmit={(event) => void onSubmit(event)}>
        <Avatar name={who.name} displayName={displayName.trim() || who.name} size={64} />
        <div class="stack">
          <Field
            label={text.displayName}
            autoComplete="nickname"
            maxLength={CHANNEL_LIMITS.displayNameCharacters}
            value={displayName}
            onValue={setDisplayName}
            hint={text.displayNameHint(who.channel)}
            error={form.errors['displayName']}
          />
          <FormError text={form.formError} />
          <div class="row">
            <Button type="submit" kind="primary" busy={form.busy} disabled={unchanged}>
              {site.save}
            </Button>
          </div>
        </div>
      </form>
    </section>
  );
}

type PasswordFieldName = 'current' | 'next';

function Password({ name }: { readonly name: string }) {
  const { settings: text, account: accountText } = words();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const form = useForm<PasswordFieldName>(['current', 'next'], {
    'wrong-name-or-password': 'current',
    'password-too-common': 'next',
  });

  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    const changed = await form.submit(
      () => ({
        ...(current === '' ? { current: accountText.passwordMissing } : {}),
        ...(next.length < PASSWORD_CHARACTERS.min
          ? { next: accountText.passwordShort(PASSWORD_CHARACTERS.min) }
          : {}),
      }),
      () => api.changePassword({ current, next }),
    );
    if (!changed) return;
    setCurrent('');
    setNext('');
    toast(text.passwordChanged);
  }

  return (
    <section class="panel">
      <h2>{text.password}</h2>
      <form class="stack" noValidate onSubmit={(event) => void onSubmit(event)}>
        {/* Password managers learn from it whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        <PasswordField
          label={text.currentPassword}
          autoComplete="current-password"
          value={current}
          onValue={(value) => {
            setCurrent(value);
            form.clear('current');
          }}
          error={form.errors.current}
        />
        <PasswordField
          label={text.newPassword}
          autoComplete="new-password"
          value={next}
          onValue={(value) => {
            setNext(value);
            form.clear('next');
          }}
          hint={accountText.passwordHint}
          error={form.errors.next}
        />
        <FormError text={form.formError} />
        <div class="row">
          <Button type="submit" kind="primary" busy={form.busy}>
            {text.changePassword}
          </Button>
        </div>
      </form>
    </section>
  );
}

function Sessions() {
  const { settings: text } = words();
  const { data, error, reload } = useLoad(() => api.sessions());
  const [ending, setEnding] = useState<SessionInfo>();

  return (
    <section class="panel">
      <h2>{text.sessions}</h2>
      {data === undefined && error !== undefined && (
        <LoadFailed title={text.sessionsFailed} text={explain(error)} onRetry={reload} />
      )}
      {data === undefined && error === undefined && <span class="skeleton line tall" />}
      <ul class="list">
        {inOrder(data?.sessions ?? []).map((session) => (
          <li key={session.id} class="list-row">
            <Icon name="device" />
            <div class="list-words">
              <strong>{deviceName(session)}</strong>
              <span class="soft">
                {session.current
                  ? text.thisSession
                  : text.lastSeen(formatAgo(Date.parse(session.lastSeenAt), nowMs.value, language.value))}
              </span>
            </div>
            {!session.current && <Button onClick={() => setEnding(session)}>{text.endSession}</Button>}
          </li>
        ))}
      </ul>
      {ending !== undefined && (
        <ConfirmDialog
          title={text.endSessionTitle(deviceName(ending))}
          text={text.endSessionText}
          action={text.endSessionAction}
          onConfirm={async () => {
            await api.endSession(ending.id);
            reload();
            toast(text.sessionEnded);
          }}
          onClose={() => setEnding(undefined)}
        />
      )}
    </section>
  );
}

/** This browser first, then whichever was active last. */
function inOrder(sessions: readonly SessionInfo[]): readonly SessionInfo[] {
  return sessions.toSorted(
    (a, b) => Number(b.current) - Number(a.current) || b.lastSeenAt.localeCompare(a.lastSeenAt),
  );
}

function deviceName(session: SessionInfo): string {
  const { settings: text } = words();
  const known = describeBrowser(session.userAgent);
  return known === undefined ? text.unknownDevice : text.browserOn(known.browser, known.system);
}
