/**
 * The browser's own dialog: it keeps the focus and closes by Escape. It begins at its first field, if it has one, and
 * gives the focus back to what opened it, or to the page when that is gone with what the dialog was about.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { explain } from '../api/errors.ts';
import { words } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { FormError } from './field.tsx';

export function Dialog(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const opener = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>('input, textarea')?.focus();
    return () => {
      dialog?.close();
      // The element leaves the page with its component, before the browser could give the focus back itself.
      requestAnimationFrame(() => giveFocusBack(opener));
    };
  }, []);
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onPointerDown={(event) => {
        // The content fills the box: a press on the element itself is one on the backdrop. Where the press begins
        // counts, so that selecting text to beyond the edge closes nothing.
        if (event.target === element.current) props.onClose();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={titleId}>{props.title}</h2>
          <Button kind="quiet" icon="close" aria-label={words().site.close} onClick={props.onClose} />
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

function giveFocusBack(opener: Element | null): void {
  if (document.activeElement !== document.body && document.activeElement !== null) return;
  const target =
    opener instanceof HTMLElement && opener.isConnected ? opener : document.querySelector('main');
  target?.focus({ preventScroll: true });
}

/** Asks once before something that cannot be undone; the title names the object. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();

  async function confirm(): Promise<void> {
    setBusy(true);
    setError(undefined);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (failure) {
      setError(explain(failure));
      setBusy(false);
    }
  }

  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <p class="soft">{props.text}</p>
      <FormError text={error} />
      <div class="row end">
        <Button onClick={props.onClose}>{words().site.cancel}</Button>
        <Button kind="danger" busy={busy} onClick={() => void confirm()}>
          {props.action}
        </Button>
      </div>
    </Dialog>
  );
}
