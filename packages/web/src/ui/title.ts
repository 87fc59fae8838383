/** The title of the document: the page first, then the site. */
import { useEffect } from 'preact/hooks';
import { site } from '../state/session.ts';

export function useTitle(page: string | undefined): void {
  const siteName = site.value?.name ?? 'Millrace';
  useEffect(() => {
    document.title = page === undefined ? siteName : `${page} · ${siteName}`;
  }, [page, siteName]);
}
