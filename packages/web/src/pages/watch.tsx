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
import { account } from '../state/session.ts';
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
  const { data: channel, error } = useLoad((signal) => api.channel(name, signal), {
    key: name,
    everyMs: REFRESH_MS,
  });
  if (channel === undefined && error instanceof RequestError && error.code === 'not-found') {
    return <NoSuchChannel name={name} />;
  }
  return <WatchChannel key={name} name={name} channel={channel} />;
}

function WatchChannel({ name, channel }: { readonly name: string; readonly channel: Channel | undefined }) {
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
        <Picture name={name} channel={channel} />
      </div>
      <div class="watch-head">{channel === undefined ? <HeadSkeleton /> : <Head channel={channel} />}</div>
      <aside class="watch-side" aria-label={text.about}>
        {channel === undefined ? <SideSkeleton /> : <About channel={channel} />}
        {channel !== undefined && <AlsoLive besides={name} />}
      </aside>
    </div>
  );
}

function Picture({ name, channel }: { readonly name: string; readonly channel: Channel | undefined }) {
  const { watch: text } = words();
  const player = useRef<HTMLElement>(null);
  const showing = usePlaying(player, name);
  const [wasLive, setWasLive] = useState(false);
  const live = channel === undefined ? undefined : channel.live !== null;
  useEffect(() => {
    if (live === true) setWasLive(true);
  }, [live]);

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

/** True while the player shows moving pictures: it knows sooner than the next answer of the API. */
function usePlaying(player: { current: HTMLElement | null }, channel: string): boolean {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    const onState = (event: Event): void => {
      if (!(event.target instanceof HTMLElement) || event.target !== player.current) return;
      const state: unknown =
        event instanceof CustomEvent ? (event.detail as { state?: unknown }).state : undefined;
      setPlaying(state === 'playing' || state === 'buffering' || state === 'paused');
    };
    document.addEventListener('statechange', onState, true);
    return () => document.removeEventListener('statechange', onState, true);
  }, [channel]);
  return playing;
}

function Head({ channel }: { readonly channel: Channel }) {
  const { watch: text, site } = words();
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
              {site.dashboard}
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
      {channel.description === '' ? (
        <p class="soft">{text.noDescription(channel.displayName)}</p>
      ) : (
        <p class="prose">{channel.description}</p>
      )}
      <ChannelTopics channel={channel} all />
    </section>
  );
}

function AlsoLive({ besides }: { readonly besides: string }) {
  const { watch: text } = words();
  const { data } = useLoad((signal) => api.liveChannels(signal), { everyMs: OTHERS_REFRESH_MS });
  const others = data?.channels.filter((channel) => channel.name !== besides);
  if (others === undefined) return null;
  return (
    <section class="panel">
      <h2>{text.alsoLive}</h2>
      {others.length === 0 ? (
        <p class="soft">{text.nobodyElse}</p>
      ) : (
        <ul class="channel-rows">
          {others.map((channel) => (
            <ChannelRow key={channel.name} channel={channel} />
          ))}
        </ul>
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

function SideSkeleton() {
  return (
    <section class="panel" aria-hidden="true">
      <span class="skeleton line short" />
      <span class="skeleton line" />
      <span class="skeleton line" />
    </section>
  );
}

function NoSuchChannel({ name }: { readonly name: string }) {
  const { watch: text } = words();
  return <Missing title={text.noSuchChannel(name)} text={text.noSuchChannelText} />;
}
