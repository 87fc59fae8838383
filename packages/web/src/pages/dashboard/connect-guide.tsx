/** How to push: OBS in five lines, ffmpeg in one. A key that was just made is put in its place. */
import { words } from '../../i18n/index.ts';
import { site } from '../../state/session.ts';
import { CopyField } from '../../ui/copy-field.tsx';
import { ffmpegLine } from './ffmpeg-line.ts';

export function ConnectGuide({ secret }: { readonly secret: string | undefined }) {
  const { dashboard: text } = words();
  return (
    <section class="panel" id="guide">
      <h2>{text.obsTitle}</h2>
      <ol class="obs-steps">
        {text.obsSteps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <h2>{text.ffmpegTitle}</h2>
      {site.value !== undefined && (
        <CopyField
          label={text.ffmpegTitle}
          hideLabel
          block
          value={ffmpegLine(site.value.ingestUrl, secret)}
        />
      )}
      <p class="soft small">{secret === undefined ? text.ffmpegHint : text.ffmpegHintWithKey}</p>
    </section>
  );
}
