/** No page at this address. */
import { words } from '../i18n/index.ts';
import { Missing } from '../ui/missing.tsx';

export default function NotFound() {
  const { notFound: text } = words();
  return <Missing title={text.title} text={text.text} />;
}
