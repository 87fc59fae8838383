/**
 * The icons: one set, drawn for these pages on a 24-unit grid as open strokes of one width with round ends.
 * An icon never stands alone for its meaning: a button with nothing but an icon carries an `aria-label`.
 */
const PATHS = {
  alert: 'M12 4 21 19.5H3zM12 10v4.2M12 17v.1',
  back: 'M14.5 5.5 8 12l6.5 6.5',
  check: 'm5 12.5 4.6 4.6L19 7.5',
  chevron: 'm7 10 5 5 5-5',
  close: 'm6 6 12 12M18 6 6 18',
  copy: 'M9 9h10.5v10.5H9zM5.5 15H4.5V4.5H15v1',
  dashboard: 'M4 19.5a9 9 0 1 1 16 0M12 15l4-5M12 15v.1',
  device: 'M4 5h16v10.5H4zM9 19.5h6M12 15.5v4',
  edit: 'M4.5 19.5 5.5 15 16 4.5l3.5 3.5L9 18.5zM13.5 7l3.5 3.5',
  eye: 'M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z',
  eyeOff:
    'M4 4l16 16M9.5 6c.8-.3 1.6-.5 2.5-.5 3.7 0 7 2 9.5 6.5a16 16 0 0 1-2.8 3.7M6.5 7.3A14.5 14.5 0 0 0 2.5 12C5 16.5 8.3 18.5 12 18.5c1.8 0 3.4-.5 5-1.3M10 10.2a2.8 2.8 0 0 0 3.9 3.9',
  globe:
    'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM3.5 12h17M12 3.5c-5 5.5-5 11.5 0 17 5-5.5 5-11.5 0-17z',
  key: 'M8 11.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12.7 19.5 4.5M16 8l3 3M13.5 10.3l2 2',
  keyboard: 'M3.5 6.5h17v11h-17zM7 10v.1M10.3 10v.1M13.7 10v.1M17 10v.1M8 14h8',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1',
  plus: 'M12 5v14M5 12h14',
  renew: 'M19.5 12a7.5 7.5 0 1 1-2.3-5.4L19.5 9M19.5 4v5h-5',
  settings:
    'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4zM9 14.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z',
  share: 'M12 15V4M7.5 8 12 3.5 16.5 8M5 12v8h14v-8',
  signOut: 'M10 4H5v16h5M9.5 12H20M16 8l4 4-4 4',
  sound: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.5 4.5 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 12.5h9l1-12.5M10 10.5v5.5M14 10.5v5.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark: a wheel that is a play button, on running water. */
export function Mark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg class="mark" viewBox="0 0 28 28" width={size} height={size} aria-hidden="true" focusable="false">
      <circle cx="14" cy="11.5" r="7.6" />
      <path class="mark-play" d="M11.8 8.2v6.6l5.7-3.3z" />
      <path d="M2.5 23c2.3 0 2.3 2 4.6 2s2.3-2 4.6-2 2.3 2 4.6 2 2.3-2 4.6-2 2.3 2 4.6 2" />
    </svg>
  );
}
