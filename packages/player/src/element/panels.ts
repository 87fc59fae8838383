/**
 * What opens over the picture: the settings menu, the help on shortcuts, the statistics.
 *
 * In: which one the viewer asks for, and the `ViewModel` with what is chosen now. Out: the choices, as `ViewActions`.
 * Menu and help close each other and give the focus back to the settings button; the statistics stay open beside them.
 */
import type { LatencyMode, Protocol, WordKey, Words } from '../core/index.ts';
import { iconButton } from './buttons.ts';
import { h } from './dom.ts';
import { sheet } from './sheet.ts';
import { Statistics } from './statistics.ts';
import { PROTOCOL_NAMES, type ViewActions, type ViewModel } from './view-model.ts';

export type Panel = 'settings' | 'help';

const SHORTCUTS: readonly (readonly [string, WordKey])[] = [
  ['Space / K', 'keyPlay'],
  ['M', 'keyMute'],
  ['↑ ↓', 'keyVolume'],
  ['F', 'keyFullScreen'],
  ['P', 'keyPip'],
  ['L', 'keyLive'],
  ['I', 'keyStats'],
  ['?', 'keyHelp'],
];

interface Choice<Value> {
  readonly button: HTMLButtonElement;
  readonly value: Value;
}

export class Panels {
  /** The button of the bar that opens the menu. */
  readonly gear: HTMLButtonElement;
  readonly menu: HTMLDivElement;
  readonly help: HTMLElement;
  readonly statistics: Statistics;
  readonly #latencyChoices: readonly Choice<LatencyMode>[];
  readonly #protocolChoices: readonly Choice<Protocol | undefined>[];

  constructor(words: Words, actions: ViewActions, protocols: readonly Protocol[]) {
    const { say } = words;
    this.gear = iconButton('settings', say('settings'), () => this.toggle('settings'));
    this.gear.setAttribute('aria-haspopup', 'true');
    this.#latencyChoices = [
      choice<LatencyMode>('normal', say('latencyNormal'), actions.setLatencyMode),
      choice<LatencyMode>('low', say('latencyLow'), actions.setLatencyMode),
    ];
    this.#protocolChoices = [
      choice<Protocol | undefined>(undefined, say('protocolAuto'), actions.setProtocol),
      ...protocols.map((value) =>
        choice<Protocol | undefined>(value, PROTOCOL_NAMES[value], actions.setProtocol),
      ),
    ];
    this.statistics = new Statistics(words);
    this.menu = this.#buildMenu(words);
    this.help = this.#buildHelp(words);
  }

  /** Whether one that closes with Escape or a press on the picture is open. */
  get open(): boolean {
    return !this.menu.hidden || !this.help.hidden;
  }

  toggle(panel: Panel): void {
    const element = panel === 'settings' ? this.menu : this.help;
    const open = element.hidden;
    this.close();
    element.hidden = !open;
    this.gear.setAttribute('aria-expanded', String(!this.menu.hidden));
    if (open)
      element
        .querySelector<HTMLElement>('button[aria-checked="true"], button')
        ?.focus({ preventScroll: true });
  }

  /** True when something was open. */
  close(): boolean {
    const { open } = this;
    const hadFocus = this.menu.matches(':focus-within') || this.help.matches(':focus-within');
    this.menu.hidden = true;
    this.help.hidden = true;
    this.gear.setAttribute('aria-expanded', 'false');
    if (hadFocus) this.gear.focus({ preventScroll: true });
    return open;
  }

  render(model: ViewModel): void {
    check(this.#latencyChoices, model.latencyMode);
    check(this.#protocolChoices, model.protocol);
    this.statistics.render(model.stats);
  }

  #buildMenu({ say }: Words): HTMLDivElement {
    const stats = h('button', { type: 'button' }, say('statistics'), h('kbd', {}, 'I'));
    stats.addEventListener('click', () => {
      this.close();
      this.statistics.toggle();
    });
    const keys = h('button', { type: 'button', class: 'keys' }, say('shortcuts'), h('kbd', {}, '?'));
    keys.addEventListener('click', () => this.toggle('help'));
    return h(
      'div',
      { class: 'menu', role: 'dialog', 'aria-label': say('settings'), hidden: '' },
      fieldset(say('latency'), this.#latencyChoices),
      fieldset(say('protocol'), this.#protocolChoices),
      h('hr'),
      stats,
      keys,
    );
  }

  #buildHelp(words: Words): HTMLElement {
    const list = h('dl');
    for (const [keys, what] of SHORTCUTS) {
      list.append(h('dt', {}, words.say(what)), h('dd', {}, h('kbd', {}, keys)));
    }
    return sheet(words, 'help', 'shortcuts', list, () => this.close());
  }
}

function choice<Value>(value: Value, label: string, choose: (value: Value) => void): Choice<Value> {
  const button = h('button', { type: 'button', role: 'radio', 'aria-checked': 'false' }, label);
  button.addEventListener('click', () => choose(value));
  return { button, value };
}

function fieldset(title: string, choices: readonly Choice<unknown>[]): HTMLFieldSetElement {
  const row = h('div', { class: 'choices', role: 'radiogroup', 'aria-label': title });
  row.append(...choices.map(({ button }) => button));
  return h('fieldset', {}, h('legend', {}, title), row);
}

function check<Value>(choices: readonly Choice<Value>[], value: Value): void {
  for (const choice of choices) choice.button.setAttribute('aria-checked', String(choice.value === value));
}
