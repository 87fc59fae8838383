/**
 * How the player looks. A page changes it with the custom properties of `:host`; nothing else leaks in or out.
 * Space goes in steps of 4 px, motion takes 120 or 200 ms and none under reduced motion.
 */
export const STYLES = `
:host {
  --accent: var(--millrace-accent, #ff5c38);
  --ink: #f7f5f3;
  --ink-soft: #c9c4bf;
  --panel: rgb(22 20 19 / 94%);
  --scrim: rgb(12 11 10 / 62%);
  --line: rgb(255 255 255 / 14%);
  --target: 40px;
  display: block;
  position: relative;
  aspect-ratio: 16 / 9;
  overflow: hidden;
  background: #0c0b0a;
  color: var(--ink);
  font: 500 14px/1.4 var(--millrace-font, system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif);
  container-type: inline-size;
  -webkit-tap-highlight-color: transparent;
}
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
@media (pointer: coarse) { :host { --target: 44px; } }

.frame, video, .still, .poster, .overlay { position: absolute; inset: 0; width: 100%; height: 100%; }
.frame { outline: none; user-select: none; -webkit-user-select: none; touch-action: manipulation; }
.frame:focus-visible::after, button:focus-visible, input:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px;
}
.frame:focus-visible::after { content: ""; position: absolute; inset: 0; outline-offset: -3px; pointer-events: none; z-index: 9; }
video, .still, .poster { object-fit: contain; }
.still, .poster, .overlay { pointer-events: none; }
.frame[data-idle] { cursor: none; }

button {
  font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0; cursor: pointer;
  border-radius: 8px; transition: background-color 120ms, opacity 120ms;
}
.bar button.round { display: grid; place-items: center; width: var(--target); height: var(--target); flex: none; }
@media (hover: hover) { .bar button:hover, .menu button:hover { background: rgb(255 255 255 / 14%); } }

.bar {
  position: absolute; left: 0; right: 0; bottom: 0; display: flex; align-items: center; gap: 4px;
  padding: 40px 8px max(8px, env(safe-area-inset-bottom)); z-index: 3;
  background: linear-gradient(to top, rgb(0 0 0 / 78%), rgb(0 0 0 / 46%) 50%, transparent);
  transition: opacity 200ms;
}
.frame[data-idle] .bar { opacity: 0; pointer-events: none; }
.space { flex: 1; }

.volume { display: flex; align-items: center; }
.volume input {
  -webkit-appearance: none; appearance: none; width: 72px; height: 24px; margin: 0 8px 0 4px; background: none; cursor: pointer;
}
.volume input::-webkit-slider-runnable-track {
  height: 4px; border-radius: 2px;
  background: linear-gradient(to right, var(--ink) var(--level, 100%), rgb(255 255 255 / 34%) var(--level, 100%));
}
.volume input::-moz-range-track { height: 4px; border-radius: 2px; background: rgb(255 255 255 / 34%); }
.volume input::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--ink); }
.volume input::-webkit-slider-thumb { -webkit-appearance: none; width: 12px; height: 12px; margin-top: -4px; border-radius: 50%; background: var(--ink); }
.volume input::-moz-range-thumb { width: 12px; height: 12px; border: 0; border-radius: 50%; background: var(--ink); }
@media (pointer: coarse) { .volume input { display: none; } }
@container (max-width: 480px) { .volume input { display: none; } }

.live { display: flex; align-items: center; gap: 8px; min-height: var(--target); padding: 0 8px; white-space: nowrap; font-weight: 650; }
.live i { width: 8px; height: 8px; border-radius: 50%; background: var(--accent); flex: none; }
.live[data-off] i { background: none; box-shadow: inset 0 0 0 2px var(--ink-soft); }
.live[data-off] { color: var(--ink-soft); }
.live .figure { font-weight: 500; font-variant-numeric: tabular-nums; color: var(--ink-soft); min-width: 3.6em; text-align: left; }
.live .back { padding: 2px 10px; border-radius: 999px; background: var(--ink); color: #171412; font-weight: 650; }
button.live { cursor: pointer; }
button.live:disabled { cursor: default; background: none !important; opacity: 1; }

.unmute {
  position: absolute; top: 12px; left: 12px; z-index: 4; display: flex; align-items: center; gap: 8px;
  min-height: 44px; padding: 0 16px 0 12px; border-radius: 999px; background: var(--ink); color: #171412; font-weight: 650;
  box-shadow: 0 2px 12px rgb(0 0 0 / 40%);
}

.centre { position: absolute; inset: 0; display: grid; place-items: center; z-index: 2; pointer-events: none; padding: 16px 16px 56px; text-align: center; }
.frame[data-shade] .centre { background: var(--scrim); }
.say { display: grid; justify-items: center; gap: 8px; max-width: 34em; }
.say strong { font-size: clamp(16px, 4.4cqi, 22px); font-weight: 650; line-height: 1.3; text-wrap: balance; }
.say span { color: #ddd8d3; text-wrap: balance; }
.say button { pointer-events: auto; margin-top: 8px; min-height: 44px; padding: 0 20px; border-radius: 999px; background: var(--accent); color: #1d0d07; font-weight: 650; }
.big { pointer-events: auto; width: 72px; height: 72px; border-radius: 50%; background: var(--accent); color: #1d0d07; display: grid; place-items: center; }
.big svg { width: 36px; height: 36px; }
.spinner { width: 40px; height: 40px; border-radius: 50%; border: 3px solid rgb(255 255 255 / 24%); border-top-color: var(--ink); animation: turn 900ms linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }

.menu, .sheet {
  position: absolute; z-index: 5; background: var(--panel); border: 1px solid var(--line); border-radius: 12px; box-shadow: 0 8px 28px rgb(0 0 0 / 46%);
}
.menu { right: 8px; bottom: calc(var(--target) + 20px); min-width: 232px; max-width: calc(100% - 16px); max-height: calc(100% - var(--target) - 32px); overflow: auto; padding: 8px; }
.menu fieldset { border: 0; margin: 0; padding: 0; }
.menu legend { padding: 6px 10px 2px; font-size: 12px; color: var(--ink-soft); }
.menu .choices { display: flex; gap: 4px; padding: 2px 6px 6px; }
.menu .choices button { flex: 1; min-height: var(--target); padding: 0 12px; white-space: nowrap; }
.menu .choices button[aria-checked="true"] { background: rgb(255 255 255 / 16%); box-shadow: inset 0 0 0 1.5px var(--accent); }
.menu > button { display: flex; justify-content: space-between; align-items: center; width: 100%; min-height: var(--target); padding: 0 10px; }
.menu kbd, .sheet kbd { font: inherit; font-size: 12px; color: var(--ink-soft); border: 1px solid var(--line); border-radius: 5px; padding: 0 6px; }
@media (pointer: coarse) { .menu > button kbd, .menu > button.keys { display: none; } }
.menu hr { border: 0; border-top: 1px solid var(--line); margin: 4px 6px; }

.sheet { top: 12px; right: 12px; padding: 10px 14px 12px; max-width: calc(100% - 24px); max-height: calc(100% - 24px); overflow: auto; }
.sheet header { display: flex; align-items: center; justify-content: space-between; gap: 24px; font-weight: 650; margin: -4px -8px 2px 0; }
.sheet header button { display: grid; place-items: center; width: var(--target); height: var(--target); }
.sheet header svg { width: 18px; height: 18px; }
.sheet dl { display: grid; grid-template-columns: auto auto; gap: 3px 20px; margin: 0; font-size: 13px; font-variant-numeric: tabular-nums; }
.sheet dt { color: var(--ink-soft); }
.sheet dd { margin: 0; text-align: right; white-space: nowrap; }
.sheet.help dl { gap: 6px 24px; }
.sheet.stats { background: rgb(22 20 19 / 82%); font-size: 13px; }
@container (max-width: 480px) {
  .sheet { top: 8px; right: 8px; padding: 6px 10px 8px; }
  .sheet dl { font-size: 12px; gap: 1px 14px; line-height: 1.3; }
  .sheet header { font-size: 13px; }
  .sheet.stats header { margin: 0; height: 20px; }
  .sheet.stats header button { margin: -4px -8px 0 0; }
  .bar { gap: 0; padding: 32px 4px 4px; }
  .unmute { top: 8px; left: 8px; }
  .bar:has(.back:not([hidden])) .pip { display: none; }
  .menu { bottom: 8px; max-height: calc(100% - 16px); }
  .menu fieldset { display: flex; align-items: center; }
  .menu legend { float: left; width: 64px; padding: 0 0 0 10px; }
  .menu .choices { flex: 1; padding: 2px; }
  .menu .choices button { padding: 0 10px; }
  .sheet.stats { right: 8px; }
  .sheet.stats dl { grid-template-columns: repeat(2, auto auto); }
  .sheet.help dl { grid-template-columns: repeat(2, auto auto); gap: 4px 14px; }
  .big { width: 64px; height: 64px; }
}
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) {
  * { transition: none !important; }
  .spinner { animation-duration: 2.4s; }
}
`;
