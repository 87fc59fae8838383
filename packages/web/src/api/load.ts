/**
 * Data a page shows, asked for once or again and again: a small hook around one API call. What was loaded stays on
 * the page while a later try fails; polling rests while the tab is hidden.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<T> {
  readonly data: T | undefined;
  /** The last try's error; cleared by the next success. */
  readonly error: unknown;
  readonly reload: () => void;
  /** Puts an answer in place that another call brought, such as the one of a save. */
  readonly replace: (data: T) => void;
}

export interface LoadOptions {
  /** Asks again this long after each answer; 0 = once. */
  readonly everyMs?: number;
  /** A change forgets the data and asks anew. */
  readonly key?: string;
}

export function useLoad<T>(ask: (signal: AbortSignal) => Promise<T>, options: LoadOptions = {}): Loaded<T> {
  const { everyMs = 0, key = '' } = options;
  const [state, setState] = useState<{ key: string; data: T | undefined; error: unknown }>({
    key,
    data: undefined,
    error: undefined,
  });
  const latestAsk = useRef(ask);
  latestAsk.current = ask;
  const again = useRef<() => void>(() => undefined);

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking = false;

    const run = async (): Promise<void> => {
      if (asking) return;
      asking = true;
      clearTimeout(timer);
      try {
        const data = await latestAsk.current(stop.signal);
        if (!stop.signal.aborted) setState({ key, data, error: undefined });
      } catch (error) {
        if (!stop.signal.aborted) {
          setState((before) => ({ key, data: before.key === key ? before.data : undefined, error }));
        }
      }
      asking = false;
      if (everyMs > 0 && !stop.signal.aborted && !document.hidden) timer = setTimeout(start, everyMs);
    };
    const start = (): void => void run();
    const onVisible = (): void => {
      if (!document.hidden && everyMs > 0) start();
    };

    again.current = start;
    document.addEventListener('visibilitychange', onVisible);
    start();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [key, everyMs]);

  const reload = useCallback(() => again.current(), []);
  const replace = useCallback((data: T) => setState({ key, data, error: undefined }), [key]);
  const current = state.key === key;
  return {
    data: current ? state.data : undefined,
    error: current ? state.error : undefined,
    reload,
    replace,
  };
}
