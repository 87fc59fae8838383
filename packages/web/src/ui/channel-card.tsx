/** A live channel among others: cover with the facts on it, then who it is and what it shows. One link, one target. */
import type { Channel } from '@millrace/contract';
import { words } from '../i18n/index.ts';
import { Avatar } from './avatar.tsx';
import { Cover } from './cover.tsx';
import { Icon } from './icon.tsx';
import { LiveBadge, TimeOnAir, Viewers } from './live.tsx';

/** More do not fit into one line of a card. */
const MAX_TAGS_SHOWN = 3;

export function ChannelCard({ channel }: { readonly channel: Channel }) {
  const { live } = channel;
  const { watch: text, live: liveText } = words();
  return (
    <li class="channel-card">
      <a href={`/${channel.name}`}>
        <div class="card-cover">
          <Cover name={channel.name} displayName={channel.displayName} />
          {live !== null && (
            <div class="card-facts">
              <LiveBadge state={live.state} />
              {!live.video && (
                <span class="fact">
                  <Icon name="sound" size={16} />
                  {liveText.audioOnly}
                </span>
              )}
              <span class="card-facts-end">
                <Viewers count={live.viewers} />
                <TimeOnAir since={live.startedAt} />
              </span>
            </div>
          )}
        </div>
        <div class="card-words">
          <Avatar name={channel.name} displayName={channel.displayName} />
          <div>
            <h2>{channel.title || text.untitled(channel.displayName)}</h2>
            <p class="soft">{channel.displayName}</p>
            <ChannelTopics channel={channel} />
          </div>
        </div>
      </a>
    </li>
  );
}

export function ChannelTopics({
  channel,
  all = false,
}: {
  readonly channel: Channel;
  readonly all?: boolean;
}) {
  if (channel.category === '' && channel.tags.length === 0) return null;
  return (
    <p class="topics">
      {channel.category !== '' && <span class="topic category">{channel.category}</span>}
      {channel.tags.slice(0, all ? undefined : MAX_TAGS_SHOWN).map((tag) => (
        <span key={tag} class="topic">
          {tag}
        </span>
      ))}
    </p>
  );
}

/** A channel in one line, for lists beside something else. */
export function ChannelRow({ channel }: { readonly channel: Channel }) {
  return (
    <li>
      <a class="channel-row" href={`/${channel.name}`}>
        <span class="row-cover">
          <Cover name={channel.name} displayName={channel.displayName} />
        </span>
        <span class="channel-row-words">
          <strong>{channel.title || words().watch.untitled(channel.displayName)}</strong>
          <span class="channel-row-facts">
            <span class="soft">{channel.displayName}</span>
            {channel.live !== null && <Viewers count={channel.live.viewers} />}
          </span>
        </span>
      </a>
    </li>
  );
}

export function ChannelCardSkeleton() {
  return (
    <li class="channel-card" aria-hidden="true">
      <div class="card-cover skeleton" />
      <div class="card-words">
        <span class="avatar skeleton" />
        <div>
          <span class="skeleton line" />
          <span class="skeleton line short" />
        </div>
      </div>
    </li>
  );
}
