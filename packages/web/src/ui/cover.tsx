/**
 * A channel's cover where there is no picture of it: a mill race seen from above – water that parts around a disc
 * with the channel's letter. Hue, place and size of the disc and the run of the water follow from the name.
 *
 * The lines are the streamlines of a potential flow around a cylinder, y · (1 − a² / (x² + y²)) = ψ, solved for y.
 */
import { useMemo } from 'preact/hooks';
import { hashName, hueOf, initialOf, seeded } from './identity.ts';

const WIDTH = 320;
const HEIGHT = 180;
/** Half the length of the lines: they reach past the edges, so that the tilt leaves no empty corner. */
const REACH = 260;
/** Between the disc and the water. */
const MARGIN = 7;
/** The lines bend near the disc, and only there they need many points. */
const FINE_STEP = 4;
const COARSE_STEP = 16;

export interface Flow {
  readonly centre: { readonly x: number; readonly y: number };
  readonly radius: number;
  readonly tiltDegrees: number;
  /** One SVG path a streamline. */
  readonly lines: readonly string[];
}

export function flowOf(name: string): Flow {
  const random = seeded(hashName(name));
  const radius = 30 + random() * 8;
  return {
    centre: { x: WIDTH * (0.4 + random() * 0.2), y: HEIGHT * (0.42 + random() * 0.1) },
    radius,
    tiltDegrees: -14 + random() * 28,
    lines: streamlines(radius, 11 + random() * 5, REACH),
  };
}

function streamlines(radius: number, spacing: number, reach: number): readonly string[] {
  const lines: string[] = [];
  for (let psi = spacing * 0.3; psi < REACH; psi += spacing) {
    for (const side of [1, -1]) {
      const points: string[] = [];
      let x = -reach;
      while (x <= reach) {
        points.push(`${x} ${(side * heightAt(x, psi, radius + MARGIN)).toFixed(1)}`);
        x += Math.abs(x) < 3 * radius ? FINE_STEP : COARSE_STEP;
      }
      lines.push(`M${points.join('L')}`);
    }
  }
  return lines;
}

/** y > 0 on the streamline ψ at x. The left side grows with y outside the disc, so halving the interval finds it. */
function heightAt(x: number, psi: number, radius: number): number {
  let low = Math.sqrt(Math.max(0, radius * radius - x * x));
  let high = psi + radius;
  for (let round = 0; round < 14; round++) {
    const y = (low + high) / 2;
    if (y * (1 - (radius * radius) / (x * x + y * y)) < psi) low = y;
    else high = y;
  }
  return (low + high) / 2;
}

/** The same water for the site itself: a wide band, around a play button, in the accent's colours. */
export function SiteCover() {
  const lines = useMemo(() => streamlines(BAND.radius, BAND.spacing, BAND.width), []);
  return (
    <svg
      class="cover site"
      viewBox={`0 0 ${BAND.width} ${BAND.height}`}
      preserveAspectRatio="xMinYMid slice"
      aria-hidden="true"
      focusable="false"
    >
      <g transform={`translate(${BAND.x} ${BAND.y}) rotate(-4)`}>
        {lines.map((line) => (
          <path key={line} class="cover-line" d={line} />
        ))}
      </g>
      <circle class="cover-disc" cx={BAND.x} cy={BAND.y} r={BAND.radius} />
      <path class="cover-letter" d={`M${BAND.x - 10} ${BAND.y - 16}v32l27-16z`} />
    </svg>
  );
}

const BAND = { width: 920, height: 190, x: 190, y: 96, radius: 42, spacing: 13 } as const;

export function Cover(props: { readonly name: string; readonly displayName: string }) {
  const flow = useMemo(() => flowOf(props.name), [props.name]);
  return (
    <svg
      class="cover"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
      style={{ '--hue': String(hueOf(props.name)) }}
    >
      <rect class="cover-ground" width={WIDTH} height={HEIGHT} />
      <g transform={`translate(${flow.centre.x} ${flow.centre.y}) rotate(${flow.tiltDegrees})`}>
        {flow.lines.map((line) => (
          <path key={line} class="cover-line" d={line} />
        ))}
      </g>
      <circle class="cover-disc" cx={flow.centre.x} cy={flow.centre.y} r={flow.radius} />
      <text
        class="cover-letter"
        x={flow.centre.x}
        y={flow.centre.y}
        font-size={flow.radius * 0.95}
        dy="0.36em"
      >
        {initialOf(props.displayName)}
      </text>
    </svg>
  );
}
