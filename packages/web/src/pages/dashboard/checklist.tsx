/** A first broadcast as four steps that tick themselves. Gone for good when it is put away, and for those who
 * have streamed before. */
import type { Channel, StreamKey } from '@millrace/contract';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../../i18n/index.ts';
import { recall, remember } from '../../state/preferences.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';

const HIDDEN_KEY = 'millrace.checklist-hidden';

export function Checklist(props: {
  readonly channel: Channel | undefined;
  readonly keys: readonly StreamKey[] | undefined;
  readonly live: boolean;
}) {
  const { dashboard: text } = words();
  const [hidden, setHidden] = useState(recall(HIDDEN_KEY) === 'yes');
  const used = props.keys?.some((key) => key.lastUsedAt !== null) ?? false;
  const known = props.channel !== undefined && props.keys !== undefined;

  const steps = [
    { label: text.checkKey, done: (props.keys?.length ?? 0) > 0, href: '#connect' },
    { label: text.checkTitle, done: (props.channel?.title ?? '') !== '', href: '#channel' },
    { label: text.checkEncoder, done: used || props.live, href: '#guide' },
    { label: text.checkLive, done: props.live, href: '#guide' },
  ];

  function hide(): void {
    setHidden(true);
    remember(HIDDEN_KEY, 'yes');
  }
  // Who comes here having streamed before needs no list; who does it for the first time sees the last tick come.
  useEffect(() => {
    if (known && used) hide();
  }, [known]);

  if (hidden || !known) return null;
  return (
    <section class="panel checklist">
      <div class="row between">
        <h2>{text.checklist}</h2>
        <Button kind="quiet" onClick={hide}>
          {text.checklistHide}
        </Button>
      </div>
      <ol>
        {steps.map((step) => (
          <li key={step.label} class={step.done ? 'done' : ''}>
            <span class="check-mark">{step.done && <Icon name="check" size={16} />}</span>
            {step.done ? <span>{step.label}</span> : <a href={step.href}>{step.label}</a>}
            <span class="hidden-label">{step.done ? text.checkDone : text.checkOpen}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
