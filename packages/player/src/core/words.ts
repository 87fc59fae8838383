/**
 * Every sentence of the player, in English and Simplified Chinese. A sentence says what happened and what to do.
 */
import type { PlayerErrorCode } from './errors.ts';

const ENGLISH = {
  player: 'Live video',
  play: 'Play',
  pause: 'Pause',
  mute: 'Mute',
  unmute: 'Unmute',
  volume: 'Volume',
  tapToUnmute: 'Tap to unmute',
  tapToPlay: 'Play',
  live: 'LIVE',
  liveHint: 'You are {latency} s behind the camera',
  backToLive: 'Back to live',
  latency: 'Latency',
  latencyNormal: 'Normal',
  latencyLow: 'Low',
  protocol: 'Protocol',
  protocolAuto: 'Automatic',
  settings: 'Settings',
  pictureInPicture: 'Picture in picture',
  fullScreen: 'Full screen',
  leaveFullScreen: 'Leave full screen',
  statistics: 'Statistics',
  shortcuts: 'Keyboard shortcuts',
  close: 'Close',
  retry: 'Try again',
  connecting: 'Connecting…',
  buffering: 'Waiting for data…',
  reconnecting: 'Connection lost. Reconnecting…',
  waiting: 'Not live yet',
  waitingHint: 'The picture starts by itself when the channel goes live.',
  interrupted: 'The streamer’s connection was lost',
  interruptedHint: 'It may come back. Stay here, the picture goes on by itself.',
  ended: 'The broadcast is over',
  endedHint: 'Thank you for watching.',
  noSound: 'This browser cannot play the sound of this broadcast.',
  errorTitle: 'The video cannot be played',
  keyPlay: 'Play or pause',
  keyMute: 'Mute',
  keyVolume: 'Volume',
  keyFullScreen: 'Full screen',
  keyPip: 'Picture in picture',
  keyLive: 'Back to live',
  keyStats: 'Statistics',
  keyHelp: 'This list',
  statVideo: 'Video',
  statAudio: 'Audio',
  statResolution: 'Resolution',
  statFps: 'Frames/s',
  statBuffer: 'Buffer',
  statTarget: 'Target',
  statRate: 'Speed',
  statDropped: 'Dropped',
  statStalls: 'Stalls',
  statBitrate: 'Bitrate',
  none: 'none',
} as const;

export type WordKey = keyof typeof ENGLISH;

const CHINESE: Readonly<Record<WordKey, string>> = {
  player: '直播画面',
  play: '播放',
  pause: '暂停',
  mute: '静音',
  unmute: '取消静音',
  volume: '音量',
  tapToUnmute: '点击取消静音',
  tapToPlay: '播放',
  live: '直播中',
  liveHint: '比现场晚 {latency} 秒',
  backToLive: '回到直播',
  latency: '延迟',
  latencyNormal: '标准',
  latencyLow: '低延迟',
  protocol: '协议',
  protocolAuto: '自动',
  settings: '设置',
  pictureInPicture: '画中画',
  fullScreen: '全屏',
  leaveFullScreen: '退出全屏',
  statistics: '播放统计',
  shortcuts: '键盘快捷键',
  close: '关闭',
  retry: '重试',
  connecting: '连接中…',
  buffering: '正在缓冲…',
  reconnecting: '连接已断开，正在重连…',
  waiting: '尚未开播',
  waitingHint: '开播后画面会自动出现。',
  interrupted: '主播的连接中断了',
  interruptedHint: '可能很快恢复。请稍候，画面会自动继续。',
  ended: '直播已结束',
  endedHint: '感谢观看。',
  noSound: '此浏览器无法播放本场直播的声音。',
  errorTitle: '无法播放',
  keyPlay: '播放或暂停',
  keyMute: '静音',
  keyVolume: '音量',
  keyFullScreen: '全屏',
  keyPip: '画中画',
  keyLive: '回到直播',
  keyStats: '播放统计',
  keyHelp: '本列表',
  statVideo: '视频',
  statAudio: '音频',
  statResolution: '分辨率',
  statFps: '帧率',
  statBuffer: '缓冲',
  statTarget: '目标',
  statRate: '速度',
  statDropped: '丢帧',
  statStalls: '卡顿',
  statBitrate: '码率',
  none: '无',
};

const ERRORS: Readonly<Record<'en' | 'zh', Readonly<Record<PlayerErrorCode, string>>>> = {
  en: {
    'no-source': 'No channel was named. The page must set the address of a channel.',
    'browser-too-old': 'This browser has no way to play live video. Update it, or use a current browser.',
    'no-such-channel': 'There is no channel of this name. Check the address.',
    'not-authorised': 'You may not watch this broadcast, or your permission ran out. Sign in and try again.',
    'codec-not-playable': 'This browser cannot decode this broadcast. Try another browser.',
    'unsupported-version': 'This page is older than the server. Reload it.',
    'media-broken': 'The picture could not be decoded. Try again; if it stays, tell the streamer.',
    network: 'The server cannot be reached. Check your connection and try again.',
  },
  zh: {
    'no-source': '没有指定频道。请在页面中设置频道地址。',
    'browser-too-old': '此浏览器无法播放直播。请更新浏览器或换用新版浏览器。',
    'no-such-channel': '没有这个频道。请检查地址。',
    'not-authorised': '你无权观看这场直播，或授权已过期。请登录后重试。',
    'codec-not-playable': '此浏览器无法解码这场直播。请换用其他浏览器。',
    'unsupported-version': '页面版本过旧。请刷新页面。',
    'media-broken': '画面无法解码。请重试；如仍不行，请告知主播。',
    network: '无法连接服务器。请检查网络后重试。',
  },
};

export interface Words {
  readonly language: 'en' | 'zh-CN';
  readonly say: (key: WordKey, values?: Readonly<Record<string, string>>) => string;
  readonly sayError: (code: PlayerErrorCode) => string;
}

/** `languages`: preferred first, as BCP 47 tags. Anything that starts with zh is Chinese, the rest English. */
export function wordsFor(languages: readonly string[]): Words {
  const first = languages.find((tag) => /^(zh|en)\b/i.test(tag)) ?? 'en';
  const chinese = /^zh/i.test(first);
  const catalogue: Readonly<Record<WordKey, string>> = chinese ? CHINESE : ENGLISH;
  return {
    language: chinese ? 'zh-CN' : 'en',
    say: (key, values) =>
      catalogue[key].replace(/\{(\w+)\}/g, (whole, name: string) => values?.[name] ?? whole),
    sayError: (code) => ERRORS[chinese ? 'zh' : 'en'][code],
  };
}
