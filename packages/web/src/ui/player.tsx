/**
 * The player on a page. Its code comes on its own, asked for as soon as the page's address is known, so that it
 * travels beside the data of the page and not after it.
 */
import type { HTMLAttributes, RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../i18n/index.ts';
import { language } from '../state/preferences.ts';
import { Button } from './button.tsx';

declare module 'preact' {
  // Custom elements are declared to JSX by merging into this namespace; there is no other way.
  namespace JSX {
    interface IntrinsicElements {
      'millrace-player': HTMLAttributes<HTMLElement> & {
        src: string;
        autoplay?: boolean;
        muted?: boolean;
        inert?: boolean;
        lang?: string;
        protocol?: string;
        latency?: string;
        ref?: RefObject<HTMLElement | null>;
      };
    }
  }
}

let loading: Promise<unknown> | undefined;

/** `?protocol=hls` and `?latency=low` in the page's address, for those who look for a fault: passed on as they are. */
export function playerQuery(): Readonly<Record<string, string>> {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(
    ['protocol', 'latency'].flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** Begins once; a failed try is forgotten, so that the next one asks again. */
export function loadPlayer(): Promise<unknown> {
  loading ??= import('@millrace/player').catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

export function Player(props: {
  readonly channel: string;
  readonly muted?: boolean;
  /** Something lies over the picture: keyboard and screen reader pass it by. */
  readonly covered?: boolean;
  readonly element?: RefObject<HTMLElement | null>;
}) {
  const [state, setState] = useState<'loading' | 'ready' | 'failed'>('loading');
  const [tries, setTries] = useState(0);

  useEffect(() => {
    let here = true;
    setState('loading');
    loadPlayer().then(
      () => here && setState('ready'),
      () => here && setState('failed'),
    );
    return () => {
      here = false;
    };
  }, [tries]);

  if (state === 'failed') {
    return (
      <div class="picture-note">
        <p>{words().watch.playerFailed}</p>
        <Button icon="renew" onClick={() => setTries(tries + 1)}>
          {words().site.retry}
        </Button>
      </div>
    );
  }
  if (state === 'loading') return null;
  return (
    <millrace-player
      key={props.channel}
      src={`/live/${props.channel}`}
      lang={language.value}
      autoplay
      muted={props.muted === true}
      inert={props.covered === true}
      {...playerQuery()}
      {...(props.element === undefined ? {} : { ref: props.element })}
    />
  );
}
