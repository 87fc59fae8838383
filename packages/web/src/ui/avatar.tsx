/** A round avatar made from the name; decoration only, the name stands beside it. */
import { hueOf, initialOf } from './identity.ts';

export function Avatar(props: {
  readonly name: string;
  readonly displayName: string;
  readonly size?: number;
}) {
  const size = props.size ?? 36;
  return (
    <span
      class="avatar"
      aria-hidden="true"
      style={{ '--hue': String(hueOf(props.name)), '--size': `${size}px` }}
    >
      {initialOf(props.displayName)}
    </span>
  );
}
