/** What viewers read about the channel: title, category, tags, about. Keeps what is being typed until it is saved. */
import type { Channel } from '@millrace/contract';
import { CHANNEL_LIMITS } from '@millrace/contract/limits';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import { words } from '../../i18n/index.ts';
import { Button } from '../../ui/button.tsx';
import { Field, FormError, TextArea } from '../../ui/field.tsx';
import { useForm, type FieldErrors } from '../../ui/form.ts';
import { toast } from '../../ui/toast.tsx';
import { checkTags, splitTags } from './tags.ts';

type ChannelField = 'title' | 'category' | 'tags' | 'description';
const FIELDS = ['title', 'category', 'tags', 'description'] as const;

interface Draft {
  readonly title: string;
  readonly category: string;
  readonly tags: string;
  readonly description: string;
}

const draftOf = (channel: Channel): Draft => ({
  title: channel.title,
  category: channel.category,
  tags: channel.tags.join(', '),
  description: channel.description,
});

export function ChannelForm(props: {
  readonly channel: Channel | undefined;
  readonly onSaved: (channel: Channel) => void;
}) {
  const { channel } = props;
  const { dashboard: text, site } = words();
  const [draft, setDraft] = useState<Draft>({ title: '', category: '', tags: '', description: '' });
  const form = useForm<ChannelField>(FIELDS);
  useEffect(() => {
    if (channel !== undefined) setDraft(draftOf(channel));
  }, [channel]);

  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    if (channel === undefined) return;
    const tags = splitTags(draft.tags);
    const check = (): FieldErrors<ChannelField> => {
      const wrong = checkTags(tags);
      return wrong === undefined ? {} : { tags: wrong };
    };
    await form.submit(check, async () => {
      props.onSaved(
        await api.editChannel(channel.name, {
          title: draft.title.trim(),
          category: draft.category.trim(),
          tags,
          description: draft.description.trim(),
        }),
      );
      toast(site.saved);
    });
  }

  const changed = channel !== undefined && JSON.stringify(draftOf(channel)) !== JSON.stringify(draft);
  const field = (name: ChannelField) => ({
    value: draft[name],
    onValue: (value: string) => {
      setDraft((before) => ({ ...before, [name]: value }));
      form.clear(name);
    },
    error: form.errors[name],
  });

  return (
    <section class="panel" id="channel">
      <h2>{text.channel}</h2>
      <form class="stack" onSubmit={(event) => void onSubmit(event)}>
        <Field
          label={text.channelTitle}
          hint={text.channelTitleHint}
          maxLength={CHANNEL_LIMITS.titleCharacters}
          autoComplete="off"
          {...field('title')}
        />
        <div class="two-fields">
          <Field
            label={text.category}
            hint={text.categoryHint}
            maxLength={CHANNEL_LIMITS.categoryCharacters}
            autoComplete="off"
            {...field('category')}
          />
          <Field label={text.tags} hint={text.tagsHint} autoComplete="off" {...field('tags')} />
        </div>
        <TextArea
          label={text.description}
          hint={text.descriptionHint}
          maxLength={CHANNEL_LIMITS.descriptionCharacters}
          {...field('description')}
        />
        <FormError text={form.formError} />
        <div class="row">
          <Button type="submit" kind="primary" busy={form.busy} disabled={!changed}>
            {text.saveChannel}
          </Button>
          {changed && <span class="soft">{text.unsaved}</span>}
        </div>
      </form>
    </section>
  );
}
