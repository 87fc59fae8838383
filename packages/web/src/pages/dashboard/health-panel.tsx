/** What arrives from the encoder: two curves, the facts, and what to do better in words. */
import type { IngestHealth } from '@millrace/contract';
import { formatBitrate, formatDecimal } from '../../i18n/format.ts';
import { words } from '../../i18n/index.ts';
import { language } from '../../state/preferences.ts';
import { Icon } from '../../ui/icon.tsx';
import { sayAdvice, sayDrift } from './advice.ts';
import { curveOf, HISTORY_MINUTES, type Sample } from './history.ts';
import { codecName, encoderName } from './names.ts';

const CURVE_WIDTH = 360;
const CURVE_HEIGHT = 56;

export function HealthPanel(props: {
  readonly health: IngestHealth;
  readonly history: readonly Sample[];
  readonly failing: boolean;
}) {
  const { health, history } = props;
  const { dashboard: text } = words();
  const spoken = language.value;
  const fps = (value: number): string => text.framesPerSecond(formatDecimal(value, spoken));
  return (
    <section class="panel health">
      <h2>{text.health}</h2>
      {props.failing && <p class="soft">{text.healthFailed}</p>}
      <Advice health={health} />
      <div class="curves">
        <Curve
          label={text.videoBitrate}
          samples={history.map(({ atMs, bitsPerSecond }) => ({ atMs, value: bitsPerSecond }))}
          say={formatBitrate}
        />
        <Curve
          label={text.frameRate}
          samples={history.map(({ atMs, framesPerSecond }) => ({ atMs, value: framesPerSecond }))}
          say={fps}
        />
      </div>
      <dl class="health-facts">
        <div>
          <dt>{text.picture}</dt>
          <dd>
            {health.video === null
              ? text.none
              : `${codecName(health.video.codec)}, ${health.video.width} × ${health.video.height}`}
          </dd>
        </div>
        <div>
          <dt>{text.sound}</dt>
          <dd>
            {health.audio === null
              ? text.none
              : `${codecName(health.audio.codec)}, ${formatDecimal(health.audio.sampleRate / 1000, spoken)} kHz, ${text.channels(health.audio.channels)}`}
          </dd>
        </div>
        {health.video !== null && health.video.keyFrameIntervalMs > 0 && (
          <div>
            <dt>{text.keyFrames}</dt>
            <dd>{text.everySeconds(formatDecimal(health.video.keyFrameIntervalMs / 1000, spoken))}</dd>
          </div>
        )}
        {health.video !== null && health.audio !== null && (
          <div>
            <dt>{text.drift}</dt>
            <dd>{sayDrift(health.driftMs, text)}</dd>
          </div>
        )}
        <div>
          <dt>{text.dropped}</dt>
          <dd>{health.droppedFrames === 0 ? text.none : formatDecimal(health.droppedFrames, spoken)}</dd>
        </div>
        <div>
          <dt>{text.encoder}</dt>
          <dd>{health.encoder === '' ? text.unknownEncoder : encoderName(health.encoder)}</dd>
        </div>
      </dl>
    </section>
  );
}

function Advice({ health }: { readonly health: IngestHealth }) {
  const { dashboard: text } = words();
  // While nothing arrives, the figures fall for that reason alone.
  if (health.state !== 'live') return null;
  if (health.advice.length === 0) {
    return (
      <p class="advice well">
        <Icon name="check" />
        {text.allWell}
      </p>
    );
  }
  return (
    <ul class="advice-list">
      {health.advice.map((code) => (
        <li key={code} class="advice">
          <Icon name="alert" />
          {sayAdvice(code, health, text, language.value)}
        </li>
      ))}
    </ul>
  );
}

function Curve(props: {
  readonly label: string;
  readonly samples: readonly { readonly atMs: number; readonly value: number }[];
  readonly say: (value: number) => string;
}) {
  const { dashboard: text } = words();
  const shape = curveOf(props.samples, CURVE_WIDTH, CURVE_HEIGHT);
  const { say } = props;
  return (
    <figure class="curve">
      <figcaption>
        <span>{props.label}</span>
        <strong>{shape === undefined ? '–' : say(shape.now)}</strong>
        <span class="soft">{text.lastMinutes(HISTORY_MINUTES)}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${CURVE_WIDTH} ${CURVE_HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={
          shape === undefined
            ? props.label
            : text.curve(props.label, say(shape.now), say(shape.low), say(shape.high))
        }
      >
        <path class="curve-ground" d={`M0 ${CURVE_HEIGHT - 0.5}H${CURVE_WIDTH}`} />
        {shape !== undefined && <path class="curve-line" d={shape.line} />}
      </svg>
    </figure>
  );
}
