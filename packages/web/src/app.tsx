/** The frame of every page: skip link, header, the page of the address, messages. */
import { ErrorBoundary, LocationProvider, Route, Router } from 'preact-iso';
import { useRef } from 'preact/hooks';
import { words } from './i18n/index.ts';
import { ADDRESSES, pages } from './routes.ts';
import { Header } from './shell/header.tsx';
import { Toasts } from './ui/toast.tsx';

/** Links to other things of this server than its pages are the browser's business. */
const PAGE_LINKS = /^\/(?!(?:api|live|embed|vod|stat|metrics|player\.js)(?:[/?#]|$))/;

export function App() {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);

  /** A new page begins at its top, and the keyboard and the screen reader go there too. */
  function onRouteChange(): void {
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }

  return (
    <LocationProvider scope={PAGE_LINKS}>
      <a class="skip-link" href="#main">
        {words().site.skipToContent}
      </a>
      <Header />
      <main id="main" tabIndex={-1} ref={main}>
        <ErrorBoundary>
          <Router onRouteChange={onRouteChange}>
            {Object.entries(ADDRESSES).map(([path, page]) => (
              <Route key={path} path={path} component={pages[page]} />
            ))}
            <Route path="/:channel" component={pages.watch} />
            <Route default component={pages.notFound} />
          </Router>
        </ErrorBoundary>
      </main>
      <Toasts />
    </LocationProvider>
  );
}
