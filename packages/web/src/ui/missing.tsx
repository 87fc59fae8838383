/** A page that has nothing to show: says what is missing, and where else to go. */
import type { ComponentChildren } from 'preact';
import { words } from '../i18n/index.ts';
import { ButtonLink } from './button.tsx';
import { useTitle } from './title.ts';

export function Missing(props: {
  readonly title: string;
  readonly text?: string;
  /** Where to go from here; the front page unless something else is said. */
  readonly children?: ComponentChildren;
}) {
  useTitle(props.title);
  return (
    <div class="page missing">
      <h1>{props.title}</h1>
      {props.text !== undefined && <p class="lead">{props.text}</p>}
      <div class="row">
        {props.children ?? (
          <ButtonLink href="/" kind="primary">
            {words().notFound.home}
          </ButtonLink>
        )}
      </div>
    </div>
  );
}
