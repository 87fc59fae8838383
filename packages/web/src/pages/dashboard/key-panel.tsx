/** Server address and stream keys: what to type into the encoder, and who may. A secret is shown once, at its making. */
import type { NewStreamKey, StreamKey, StreamKeyList } from '@millrace/contract';
import { KEY_LABEL_CHARACTERS } from '@millrace/contract/limits';
import { useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import { explain } from '../../api/errors.ts';
import type { Loaded } from '../../api/load.ts';
import { formatAgo } from '../../i18n/format.ts';
import { words } from '../../i18n/index.ts';
import { nowMs } from '../../state/clock.ts';
import { language } from '../../state/preferences.ts';
import { site } from '../../state/session.ts';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy-field.tsx';
import { ConfirmDialog, Dialog } from '../../ui/dialog.tsx';
import { Field, FormError } from '../../ui/field.tsx';
import { useForm } from '../../ui/form.ts';
import { Icon } from '../../ui/icon.tsx';
import { LoadFailed } from '../../ui/load-failed.tsx';
import { toast } from '../../ui/toast.tsx';

type Asking = { readonly what: 'create' } | { readonly what: 'rotate' | 'revoke'; readonly key: StreamKey };

export function KeyPanel(props: {
  readonly channel: string;
  readonly keys: Loaded<StreamKeyList>;
  readonly secret: string | undefined;
  readonly onSecret: (secret: string | undefined) => void;
}) {
  const { channel, keys, secret, onSecret } = props;
  const { dashboard: text } = words();
  const [asking, setAsking] = useState<Asking>();
  const close = (): void => setAsking(undefined);

  function onMade(made: NewStreamKey): void {
    onSecret(made.secret);
    keys.reload();
  }

  return (
    <section class="panel" id="connect">
      <h2>{text.connect}</h2>
      {site.value === undefined ? (
        <span class="skeleton line tall" />
      ) : (
        <CopyField label={text.serverAddress} value={site.value.ingestUrl} />
      )}
      <h3>{text.keys}</h3>
      {secret !== undefined && (
        <div class="new-key" role="status">
          <h4>{text.newKeyTitle}</h4>
          <p>{text.newKeyText}</p>
          <CopyField label={text.streamKey} hideLabel value={secret} />
          <Button onClick={() => onSecret(undefined)}>{text.newKeyDone}</Button>
        </div>
      )}
      {keys.data === undefined && keys.error !== undefined && (
        <LoadFailed title={text.keys} text={explain(keys.error)} onRetry={keys.reload} />
      )}
      {keys.data?.keys.length === 0 && <p class="soft">{text.noKeys}</p>}
      {keys.data !== undefined && keys.data.keys.length > 0 && (
        <ul class="list">
          {keys.data.keys.map((key) => (
            <KeyRow key={key.id} streamKey={key} onAsk={(what) => setAsking({ what, key })} />
          ))}
        </ul>
      )}
      <p class="soft small">{text.keysLead}</p>
      <div class="row">
        <Button
          icon="plus"
          kind={keys.data?.keys.length === 0 ? 'primary' : 'plain'}
          onClick={() => setAsking({ what: 'create' })}
        >
          {text.createKey}
        </Button>
      </div>

      {asking?.what === 'create' && <CreateKeyDialog channel={channel} onMade={onMade} onClose={close} />}
      {asking?.what === 'rotate' && (
        <ConfirmDialog
          title={text.rotateTitle(nameOf(asking.key))}
          text={text.rotateText}
          action={text.rotateAction}
          onConfirm={async () => onMade(await api.rotateKey(channel, asking.key.id))}
          onClose={close}
        />
      )}
      {asking?.what === 'revoke' && (
        <ConfirmDialog
          title={text.revokeTitle(nameOf(asking.key))}
          text={text.revokeText}
          action={text.revokeAction}
          onConfirm={async () => {
            await api.revokeKey(channel, asking.key.id);
            if (secret?.startsWith(asking.key.prefix.replace(/…$/, '')) === true) onSecret(undefined);
            keys.reload();
            toast(text.revoked(nameOf(asking.key)));
          }}
          onClose={close}
        />
      )}
    </section>
  );
}

/** What a dialog calls a key: its label and its first characters, since labels may be alike or missing. */
function nameOf(key: StreamKey): string {
  return `${key.label || words().dashboard.unnamedKey} ${shownPrefix(key)}`;
}

const shownPrefix = (key: StreamKey): string => `${key.prefix.replace(/…$/, '')}…`;

/** Goes on by itself with the clock. */
const ago = (time: string): string => formatAgo(Date.parse(time), nowMs.value, language.value);

function KeyRow(props: {
  readonly streamKey: StreamKey;
  readonly onAsk: (what: 'rotate' | 'revoke') => void;
}) {
  const { dashboard: text } = words();
  const { streamKey: key } = props;
  return (
    <li class="list-row">
      <Icon name="key" />
      <div class="list-words">
        <strong>
          {key.label || text.unnamedKey} <code>{shownPrefix(key)}</code>
        </strong>
        <span class="soft">
          {text.keyCreated(ago(key.createdAt))} ·{' '}
          {key.lastUsedAt === null ? text.keyNeverUsed : text.keyUsed(ago(key.lastUsedAt))}
        </span>
      </div>
      <div class="list-actions">
        <Button
          kind="quiet"
          icon="renew"
          aria-label={text.rotateTitle(nameOf(key))}
          title={text.rotate}
          onClick={() => props.onAsk('rotate')}
        />
        <Button
          kind="quiet"
          icon="trash"
          aria-label={text.revokeTitle(nameOf(key))}
          title={text.revoke}
          onClick={() => props.onAsk('revoke')}
        />
      </div>
    </li>
  );
}

function CreateKeyDialog(props: {
  readonly channel: string;
  readonly onMade: (made: NewStreamKey) => void;
  readonly onClose: () => void;
}) {
  const { dashboard: text, site: siteText } = words();
  const [label, setLabel] = useState('');
  const form = useForm(['label']);

  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    const made = await form.submit(
      () => ({}),
      async () => {
        const trimmed = label.trim();
        props.onMade(await api.createKey(props.channel, trimmed === '' ? {} : { label: trimmed }));
      },
    );
    if (made) props.onClose();
  }

  return (
    <Dialog title={text.createKey} onClose={props.onClose}>
      <form class="stack" onSubmit={(event) => void onSubmit(event)}>
        <Field
          label={text.keyLabel}
          hint={text.keyLabelHint}
          autoComplete="off"
          maxLength={KEY_LABEL_CHARACTERS}
          value={label}
          onValue={setLabel}
          error={form.errors['label']}
        />
        <FormError text={form.formError} />
        <div class="row end">
          <Button onClick={props.onClose}>{siteText.cancel}</Button>
          <Button type="submit" kind="primary" busy={form.busy}>
            {text.createKeyAction}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
