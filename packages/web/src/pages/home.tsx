/** The front page: who is live now; when nobody is, how to be the first. */
import '../styles/home.css';
import type { Channel } from '@millrace/contract';
import { api } from '../api/client.ts';
import { explain } from '../api/errors.ts';
import { useLoad } from '../api/load.ts';
import { words } from '../i18n/index.ts';
import { account, site } from '../state/session.ts';
import { ButtonLink } from '../ui/button.tsx';
import { ChannelCard, ChannelCardSkeleton } from '../ui/channel-card.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { SiteCover } from '../ui/cover.tsx';
import { LoadFailed } from '../ui/load-failed.tsx';
import { useTitle } from '../ui/title.ts';

/** Viewer counts and newcomers: often enough to be live, seldom enough to cost nothing. */
const REFRESH_MS = 10_000;
/** So few live channels leave room to say how to be the next. */
const FEW = 3;

export default function Home() {
  const { home: text, site: siteText } = words();
  useTitle(undefined);
  const { data, error, reload } = useLoad((signal) => api.liveChannels(signal), { everyMs: REFRESH_MS });
  const channels = data?.channels;

  return (
    <div class="page home">
      {site.value?.needsSetup === true && <p class="banner">{siteText.setupNeeded}</p>}
      {channels?.length === 0 ? (
        <Invitation />
      ) : (
        <>
          <h1>{text.title}</h1>
          {channels === undefined && error !== undefined && (
            <LoadFailed title={text.loadFailed} text={explain(error)} onRetry={reload} />
          )}
          {channels === undefined && error === undefined && <CardGrid channels={undefined} />}
          {channels !== undefined && <CardGrid channels={channels} />}
          {channels !== undefined && channels.length <= FEW && <YourTurn />}
        </>
      )}
    </div>
  );
}

function CardGrid({ channels }: { readonly channels: readonly Channel[] | undefined }) {
  return (
    <ul class={channels?.length === 1 ? 'card-grid alone' : 'card-grid'} aria-busy={channels === undefined}>
      {channels === undefined
        ? [0, 1, 2].map((place) => <ChannelCardSkeleton key={place} />)
        : channels.map((channel) => <ChannelCard key={channel.name} channel={channel} />)}
    </ul>
  );
}

function Steps() {
  return (
    <ol class="steps">
      {words().home.steps.map((step) => (
        <li key={step.title}>
          <h3>{step.title}</h3>
          <p>{step.text}</p>
        </li>
      ))}
    </ol>
  );
}

const isSignedIn = (): boolean => account.value !== null && account.value !== undefined;
const mayJoin = (): boolean => isSignedIn() || site.value?.registration !== 'closed';

function JoinButton() {
  const { home: text } = words();
  return (
    <ButtonLink href={isSignedIn() ? '/dashboard' : '/signup'} kind="primary">
      {isSignedIn() ? text.toDashboard : text.startHere}
    </ButtonLink>
  );
}

function YourTurn() {
  if (!mayJoin()) return null;
  return (
    <section class="your-turn">
      <h2>{words().home.yourTurn}</h2>
      <Steps />
      <JoinButton />
    </section>
  );
}

function Invitation() {
  const { home: text } = words();
  return (
    <section class="invitation">
      <div class="invitation-cover">
        <SiteCover />
      </div>
      <h1>{text.quiet}</h1>
      <p class="lead">{text.quietLead}</p>
      <Steps />
      {mayJoin() && <JoinButton />}
      <div class="demo-hint">
        <h2>{text.demoTitle}</h2>
        <p>{text.demoText}</p>
        <CopyField label={text.demoTitle} hideLabel value="npm start -- --demo" />
      </div>
    </section>
  );
}
