/** The link to a channel and the code that puts its player into any page. */
import type { Channel } from '@millrace/contract';
import { words } from '../i18n/index.ts';
import { CopyField } from './copy-field.tsx';
import { Dialog } from './dialog.tsx';
import { embedCode } from './embed-code.ts';

export function ShareDialog(props: { readonly channel: Channel; readonly onClose: () => void }) {
  const { watch: text } = words();
  const { name, displayName } = props.channel;
  return (
    <Dialog title={text.shareTitle(displayName)} onClose={props.onClose}>
      <CopyField label={text.shareLink} value={`${location.origin}/${name}`} />
      <CopyField label={text.shareEmbed} value={embedCode(location.origin, name)} block />
      <p class="soft">{text.shareEmbedHint}</p>
    </Dialog>
  );
}
