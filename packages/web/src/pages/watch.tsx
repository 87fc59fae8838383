/**
 * A channel's page. The player is mounted from the address alone, before anything is known of the channel; what the
 * API says comes after and is drawn around the picture.
 */
import '../styles/watch.css';
import type { Channel } from '@millrace/contract';
import { useRoute } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api/client.ts';
import { RequestError } from '../api/errors.ts';
import { useLoad } from '../api/load.ts';
import { words } from '../i18n/index.ts';
import { account, site } from '../state/session.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button, ButtonLink } from '../ui/button.tsx';
import { ChannelRow, ChannelTopics } from '../ui/channel-card.tsx';
import { Cover } from '../ui/cover.tsx';
import { LiveBadge, TimeOnAir, Viewers } from '../ui/live.tsx';
import { Player } from '../ui/player.tsx';
import { ShareDialog } from '../ui/share-dialog.tsx';
import { Missing } from '../ui/missing.tsx';
import { useTitle } from '../ui/title.ts';

/** Viewers and state; the player itself learns at once when the picture begins or ends. */
const REFRESH_MS = 5000;
const OTHERS_REFRESH_MS = 30_000;

export default function Watch() {
  const name = useRoute().params['channel'] ?? '';
  const {
    data: channel,
    error,
    reload,
  } = useLoad((signal) => api.channel(name, signal), {
    key: name,
    everyMs: REFRESH_MS,
  });
  if (channel === undefined && error instanceof RequestError && error.code === 'not-found') {
    return <NoSuchChannel name={name} />;
  }
  return <WatchChannel key={name} name={name} channel={channel} reload={reload} />;
}

function WatchChannel({
  name,
  channel,
  reload,
}: {
  readonly name: string;
  readonly channel: Channel | undefined;
  readonly reload: () => void;
}) {
  const { watch: text } = words();
  const title = channel === undefined ? undefined : channel.live === null ? '' : channel.title;
  useTitle(
    channel === undefined
      ? name
      : title === ''
        ? channel.displayName
        : `${title ?? ''} · ${channel.displayName}`,
  );

  return (
    <div class="watch">
      <div class="watch-picture">
        <Picture name={name} channel={channel} onTurn={reload} />
      </div>
      <div class="watch-head">
        {channel === undefined ? (
          <HeadSkeleton />
        ) : (
          <>
            <Head channel={channel} />
            <About channel={channel} />
          </>
        )}
      </div>
      <aside class="watch-side" aria-label={text.alsoLive}>
        <AlsoLive besides={name} />
      </aside>
    </div>
  );
}

function Picture({
  name,
  channel,
  onTurn,
}: {
  readonly name: string;
  readonly channel: Channel | undefined;
  /** The player has seen the broadcast begin, break off, come back or end. */
  readonly onTurn: () => void;
}) {
  const { watch: text } = words();
  const player = useRef<HTMLElement>(null);
  const { showing, turn } = usePlayerState(player, name);
  useEffect(() => {
    if (turn > 0) onTurn();
  }, [turn]);
  const [wasLive, setWasLive] = useState(false);
  const live = channel === undefined ? undefined : channel.live !== null;
  useEffect(() => {
    if (live === true) setWasLive(true);
  }, [live]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => forwardKey(event, player.current);
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  const covered = live === false && !showing;
  return (
    <div class="picture">
      <Player channel={name} element={player} covered={covered} />
      {covered && channel !== undefined && (
        <div class="picture-cover">
          <Cover name={channel.name} displayName={channel.displayName} />
          <div class="picture-words" role="status">
            <h2>{wasLive ? text.ended : text.offlineTitle(channel.displayName)}</h2>
            <p>{text.offlineText}</p>
          </div>
        </div>
      )}
    </div>
  );
}

/** The player's letters and space work where nothing else on the page has the focus; arrows go on scrolling it. */
function forwardKey(event: KeyboardEvent, player: HTMLElement | null): void {
  const { target } = event;
  const nowhere = target instanceof HTMLElement && target.matches('body, main');
  if (!nowhere || event.key.length > 1 || event.defaultPrevented || player === null || player.inert) return;
  if (!player.dispatchEvent(new KeyboardEvent('keydown', event))) event.preventDefault();
}

/** States that the words around the picture follow. */
const TURNS: ReadonlySet<unknown> = new Set(['playing', 'interrupted', 'ended']);

/** `showing`: moving pictures; `turn` counts the broadcast's turns. The player knows sooner than the API is asked. */
function usePlayerState(player: { current: HTMLElement | null }, channel: string) {
  const [showing, setShowing] = useState(false);
  const [turn, setTurn] = useState(0);
  const lastTurn = useRef<unknown>(undefined);
  useEffect(() => {
    const onState = (event: Event): void => {
      if (!(event.target instanceof HTMLElement) || event.target !== player.current) return;
      const state: unknown =
        event instanceof CustomEvent ? (event.detail as { state?: unknown }).state : undefined;
      setShowing(state === 'playing' || state === 'buffering' || state === 'paused');
      if (!TURNS.has(state) || state === lastTurn.current) return;
      lastTurn.current = state;
      setTurn((count) => count + 1);
    };
    document.addEventListener('statechange', onState, true);
    return () => document.removeEventListener('statechange', onState, true);
  }, [channel]);
  return { showing, turn };
}

function Head({ channel }: { readonly channel: Channel }) {
  const { watch: text, site: siteText } = words();
  const [sharing, setSharing] = useState(false);
  const { live } = channel;
  const own = account.value?.channel === channel.name;
  return (
    <>
      <div class="watch-title">
        <h1>{channel.title || (live === null ? channel.displayName : text.untitled(channel.displayName))}</h1>
        <p class="facts">
          <LiveBadge state={live?.state ?? 'offline'} />
          {live !== null && (
            <>
              <Viewers count={live.viewers} />
              <TimeOnAir since={live.startedAt} />
            </>
          )}
        </p>
      </div>
      <div class="watch-who">
        <Avatar name={channel.name} displayName={channel.displayName} size={44} />
        <div class="watch-who-words">
          <strong>{channel.displayName}</strong>
          <span class="soft">/{channel.name}</span>
        </div>
        <div class="row">
          {own && (
            <ButtonLink href="/dashboard" icon="dashboard">
              {siteText.dashboard}
            </ButtonLink>
          )}
          <Button icon="share" onClick={() => setSharing(true)}>
            {text.share}
          </Button>
        </div>
      </div>
      {sharing && <ShareDialog channel={channel} onClose={() => setSharing(false)} />}
    </>
  );
}

function About({ channel }: { readonly channel: Channel }) {
  const { watch: text } = words();
  return (
    <section class="panel">
      <h2>{text.about}</h2>
      <ChannelTopics channel={channel} all />
      {channel.description === '' ? (
        <p class="soft">{text.noDescription(channel.displayName)}</p>
      ) : (
        <p class="prose">{channel.description}</p>
      )}
    </section>
  );
}

/** The column beside the picture, as high as the picture; below it on small screens. */
function AlsoLive({ besides }: { readonly besides: string }) {
  const { watch: text, home } = words();
  const signedIn = account.value !== null && account.value !== undefined;
  const mayJoin = signedIn || site.value?.registration !== 'closed';
  const { data } = useLoad((signal) => api.liveChannels(signal), { everyMs: OTHERS_REFRESH_MS });
  const others = data?.channels.filter((channel) => channel.name !== besides);
  return (
    <section class="panel also-live">
      <h2>{text.alsoLive}</h2>
      {others === undefined && <RowsSkeleton />}
      {others?.length === 0 && <p class="soft">{text.nobodyElse}</p>}
      {others !== undefined && others.length > 0 && (
        <ul class="channel-rows">
          {others.map((channel) => (
            <ChannelRow key={channel.name} channel={channel} />
          ))}
        </ul>
      )}
      {mayJoin && (
        <div class="also-live-end">
          <p class="soft">{text.yourTurn}</p>
          <ButtonLink href={signedIn ? '/dashboard' : '/signup'}>
            {signedIn ? home.toDashboard : home.startHere}
          </ButtonLink>
        </div>
      )}
    </section>
  );
}

function HeadSkeleton() {
  return (
    <>
      <div class="watch-title" aria-hidden="true">
        <span class="skeleton line tall" />
        <span class="skeleton line short" />
      </div>
      <div class="watch-who" aria-hidden="true">
        <span class="avatar skeleton" style={{ '--size': '44px' }} />
        <div class="watch-who-words">
          <span class="skeleton line short" />
        </div>
      </div>
    </>
  );
}

function RowsSkeleton() {
  return (
    <div class="channel-rows" aria-hidden="true">
      {[0, 1].map((place) => (
        <div key={place} class="channel-row">
          <span class="row-cover skeleton" />
          <span class="channel-row-words">
            <span class="skeleton line" />
            <span class="skeleton line short" />
          </span>
        </div>
      ))}
    </div>
  );
}

function NoSuchChannel({ name }: { readonly name: string }) {
  const { watch: text } = words();
  return <Missing title={text.noSuchChannel(name)} text={text.noSuchChannelText} />;
}
