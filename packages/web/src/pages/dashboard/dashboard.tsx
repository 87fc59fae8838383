/**
 * The streamer's page. Three questions at a glance: am I live and healthy, what do I do next, how do I connect.
 */
import '../../styles/forms.css';
import '../../styles/dashboard.css';
import type { Account, IngestHealth } from '@millrace/contract';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import { useLoad } from '../../api/load.ts';
import { words } from '../../i18n/index.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Cover } from '../../ui/cover.tsx';
import { LiveBadge, TimeOnAir, Viewers } from '../../ui/live.tsx';
import { Player } from '../../ui/player.tsx';
import { useTitle } from '../../ui/title.ts';
import { SignedInOnly } from '../../shell/signed-in-only.tsx';
import { ChannelForm } from './channel-form.tsx';
import { Checklist } from './checklist.tsx';
import { ConnectGuide } from './connect-guide.tsx';
import { addSample, type Sample } from './history.ts';
import { HealthPanel } from './health-panel.tsx';
import { KeyPanel } from './key-panel.tsx';

const HEALTH_REFRESH_MS = 1000;

export default function Dashboard() {
  const { dashboard: text } = words();
  useTitle(text.title);
  return (
    <SignedInOnly invitation={text.signInFirst} skeleton={<div class="page" aria-busy="true" />}>
      {(who) => <OwnDashboard who={who} />}
    </SignedInOnly>
  );
}

function OwnDashboard({ who }: { readonly who: Account }) {
  const { dashboard: text } = words();
  const health = useLoad((signal) => api.ingest(who.channel, signal), {
    key: who.channel,
    everyMs: HEALTH_REFRESH_MS,
  });
  const channel = useLoad((signal) => api.channel(who.channel, signal), { key: who.channel });
  const keys = useLoad(() => api.keys(who.channel), { key: who.channel });
  /** The secret just made: kept in this page's memory only, until it is put away. */
  const [secret, setSecret] = useState<string>();
  const [history, setHistory] = useState<readonly Sample[]>([]);

  useEffect(() => {
    const { data } = health;
    if (data !== undefined) setHistory((before) => addSample(before, data, Date.now()));
  }, [health.data]);

  const onAir = health.data !== undefined && health.data.state !== 'offline';
  // A key that is used now says so, and the checklist ticks by it.
  useEffect(() => {
    if (onAir) keys.reload();
  }, [onAir]);

  return (
    <div class="page dashboard">
      <Status health={health.data} channel={who.channel} />
      <Checklist channel={channel.data} keys={keys.data?.keys} live={onAir} />
      <div class={onAir ? 'dashboard-columns' : 'dashboard-columns not-live'}>
        <div class="stack">
          <section class="preview" aria-label={text.preview}>
            <div class="picture">
              {onAir ? (
                <Player channel={who.channel} muted />
              ) : (
                <div class="picture-cover">
                  <Cover name={who.name} displayName={who.displayName} />
                  <div class="picture-words">
                    <p>{text.previewOffline}</p>
                  </div>
                </div>
              )}
            </div>
          </section>
          {onAir && health.data !== undefined && (
            <HealthPanel health={health.data} history={history} failing={health.error !== undefined} />
          )}
          <ChannelForm channel={channel.data} onSaved={channel.replace} />
        </div>
        <div class="stack">
          <KeyPanel channel={who.channel} keys={keys} secret={secret} onSecret={setSecret} />
          <ConnectGuide secret={secret} />
        </div>
      </div>
    </div>
  );
}

function Status({
  health,
  channel,
}: {
  readonly health: IngestHealth | undefined;
  readonly channel: string;
}) {
  const { dashboard: text } = words();
  const state = health?.state;
  return (
    <header class="dashboard-status">
      <div>
        <h1>
          {state === undefined
            ? text.title
            : state === 'live'
              ? text.liveNow
              : state === 'interrupted'
                ? text.interruptedNow
                : text.offlineNow}
        </h1>
        {health !== undefined && health.state !== 'live' && (
          <p class="soft">{health.state === 'interrupted' ? text.interruptedText : text.offlineText}</p>
        )}
        {health !== undefined && health.state !== 'offline' && (
          <p class="facts">
            <LiveBadge state={health.state} />
            <Viewers count={health.viewers} />
            {health.startedAt !== null && <TimeOnAir since={health.startedAt} />}
          </p>
        )}
      </div>
      <ButtonLink href={`/${channel}`} icon="eye">
        {text.viewChannel}
      </ButtonLink>
    </header>
  );
}
