/**
 * The page at `/embed/CHANNEL`: the player and nothing else, for frames on other sites. It uses no framework; the
 * player speaks the language of the visitor's browser, and says itself when there is no such channel.
 * `?muted` starts without sound; `?protocol=` and `?latency=` are the player's attributes.
 */
import './styles/embed.css';
import '@millrace/player';

// The player takes the language from the nearest `lang`: here that is the document's.
if (/^zh/i.test(navigator.languages.find((tag) => /^(?:zh|en)\b/i.test(tag)) ?? ''))
  document.documentElement.lang = 'zh-CN';

const [, , channel = ''] = location.pathname.split('/');
const player = document.createElement('millrace-player');
player.setAttribute('src', `/live/${channel}`);
player.setAttribute('autoplay', '');
const query = new URLSearchParams(location.search);
for (const name of ['muted', 'protocol', 'latency']) {
  const value = query.get(name);
  if (value !== null) player.setAttribute(name, value);
}
document.title = decodeURIComponent(channel);
const main = document.createElement('main');
main.append(player);
document.body.append(main);
