/** Which page is at which address, and what to load for it. Each page is a file of its own, loaded when it is opened. */
import { lazy } from 'preact-iso';
import { loadPlayer } from './ui/player.tsx';

export const pages = {
  home: lazy(() => import('./pages/home.tsx')),
  signUp: lazy(() => import('./pages/sign-up.tsx')),
  signIn: lazy(() => import('./pages/sign-in.tsx')),
  setup: lazy(() => import('./pages/setup.tsx')),
  dashboard: lazy(() => import('./pages/dashboard/dashboard.tsx')),
  settings: lazy(() => import('./pages/settings.tsx')),
  watch: lazy(() => import('./pages/watch.tsx')),
  notFound: lazy(() => import('./pages/not-found.tsx')),
};

/** The pages with an address of their own; any other single word is a channel. */
export const ADDRESSES = {
  '/': 'home',
  '/signup': 'signUp',
  '/signin': 'signIn',
  '/setup': 'setup',
  '/dashboard': 'dashboard',
  '/settings': 'settings',
} as const satisfies Record<string, keyof typeof pages>;

export function pageAt(path: string): keyof typeof pages {
  const address = path.replace(/\/+$/, '') || '/';
  if (Object.hasOwn(ADDRESSES, address)) return ADDRESSES[address as keyof typeof ADDRESSES];
  return /^\/[^/]+$/.test(address) ? 'watch' : 'notFound';
}

/** Starts what the first page needs, in parallel, before the frame around it is drawn. */
export function preloadPage(path: string): void {
  const page = pageAt(path);
  // A failed load shows where it is waited for; here it would only be said twice.
  if (page === 'watch') loadPlayer().catch(() => undefined);
  Promise.resolve(pages[page].preload()).catch(() => undefined);
}
