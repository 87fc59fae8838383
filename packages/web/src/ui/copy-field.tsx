/** Something to take along: the text in full, selectable, and a button that copies it and says so. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { words } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { toast } from './toast.tsx';

/** How long the button says “Copied”. */
const SAID_MS = 2000;

export function CopyField(props: {
  readonly label: string;
  readonly value: string;
  /** Several lines, as for code; otherwise one line that scrolls. */
  readonly block?: boolean;
  readonly hideLabel?: boolean;
}) {
  const id = useId();
  const text = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  const { copy, copied: saidCopied, copyFailed } = words().site;

  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  async function onCopy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(props.value);
      setCopied(true);
    } catch {
      // No permission, or a page without TLS: select it, so that one key press copies it.
      if (text.current !== null) getSelection()?.selectAllChildren(text.current);
      toast(copyFailed);
    }
  }

  return (
    <div class="copy-field">
      <span class={props.hideLabel === true ? 'hidden-label' : 'copy-label'} id={id}>
        {props.label}
      </span>
      <div class={props.block === true ? 'copy-row block' : 'copy-row'}>
        <code class="copy-text" ref={text} tabIndex={0} aria-labelledby={id}>
          {props.value}
        </code>
        <Button icon={copied ? 'check' : 'copy'} onClick={() => void onCopy()} aria-describedby={id}>
          <span aria-live="polite">{copied ? saidCopied : copy}</span>
        </Button>
      </div>
    </div>
  );
}
