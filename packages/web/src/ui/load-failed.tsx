/** In the place of what did not load: what happened, and a way to try again. */
import { words } from '../i18n/index.ts';
import { Button } from './button.tsx';

export function LoadFailed(props: {
  readonly title: string;
  readonly text: string;
  readonly onRetry: () => void;
}) {
  return (
    <div class="load-failed" role="alert">
      <p>
        <strong>{props.title}</strong> {props.text}
      </p>
      <Button icon="renew" onClick={props.onRetry}>
        {words().site.retry}
      </Button>
    </div>
  );
}
