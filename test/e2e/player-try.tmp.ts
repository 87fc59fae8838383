import { launchChromium, until } from '/work/main/test/harness/browser.ts';
import { startServer } from '/work/main/test/harness/server.ts';
import { pushClock, READ_CLOCK } from '/work/main/test/harness/clock-source.ts';
import { pushWithFfmpeg } from '/work/main/test/harness/encoder.ts';
import { PlayerOrigin } from '/work/main/test/e2e/player-origin.ts';
const server = await startServer(['--grace-ms', '8000']);
const browser = await launchChromium();
const pageHost = new PlayerOrigin('/work/main/packages/player/dist');
const base = await pageHost.listen();
const page = await browser.newPage({ viewport: { width: 800, height: 450 } });
page.on('console', m => { if (!/favicon|404/.test(m.text())) console.log('   console', m.text().slice(0, 300)); });
page.on('pageerror', m => console.log('pageerror', m));
const sleep = (ms: number) => new Promise(r => setTimeout(r, ms));
const t0 = Date.now();
const open = async (ch: string, attrs = '') => { await page.goto(`${base}/page?attributes=${encodeURIComponent('muted autoplay ' + attrs)}`, { waitUntil: 'commit' }); };
const look = async (label: string) => { const s = await page.evaluate(`(() => { const p = document.querySelector('millrace-player'); if (!p || !p.video) return 'none'; const st = p.stats ?? {}; let age; try { age = (${READ_CLOCK})(p.video); } catch (e) { age = String(e); } return JSON.stringify({ state: p.state, age, ct: +p.video.currentTime.toFixed(2), rs: p.video.readyState, w: st.width, fps: st.framesPerSecond, buf: Math.round(st.bufferMs), tgt: Math.round(st.targetMs), lat: Math.round(st.latencyMs), rate: st.playbackRate, drop: st.droppedFrames, stalls: st.stalls, join: Math.round(st.joinMs), v: st.videoCodec, a: st.audioCodec, ab: p.video.webkitAudioDecodedByteCount }); })()`); console.log(((Date.now() - t0)/1000).toFixed(1), label, s); };
const attrs = (ch: string, more = '') => `muted autoplay ${more}" data-x="`;
const goto = (ch: string, more = '') => page.goto(`${base}/page?src=${encodeURIComponent(server.origin + '/live/' + ch)}&attributes=${encodeURIComponent('muted autoplay ' + more)}`, { waitUntil: 'commit' });
const scenes: Record<string, () => Promise<void>> = {
  async clock() { const { pushUrl } = await server.addChannel('clock'); const enc = pushClock({ url: pushUrl }); await sleep(4000);
    await goto('clock'); for (let i=0;i<5;i++) { await sleep(1500); await look('ws'); }
    await goto('clock', 'latency="low"'); for (let i=0;i<5;i++) { await sleep(1500); await look('low'); }
    await goto('clock', 'protocol="hls"'); for (let i=0;i<8;i++) { await sleep(1500); await look('hls'); }
    await enc.kill(); },
  async restart() { const { pushUrl } = await server.addChannel('again'); for (const proto of ['ws', 'hls']) { let enc = pushClock({ url: pushUrl }); await sleep(4000); await goto('again', `protocol="${proto}"`); await sleep(5000); await look(proto); await enc.kill(); console.log('killed'); for (let i=0;i<3;i++) { await sleep(1600); await look(proto + ' gone'); } enc = pushClock({ url: pushUrl }); console.log('back', ((Date.now()-t0)/1000).toFixed(1)); for (let i=0;i<8;i++) { await sleep(500); await look(proto + ' back'); } await enc.kill(); for (let i=0;i<8;i++) { await sleep(2000); await look(proto + ' over'); } enc = pushClock({ url: pushUrl }); for (let i=0;i<4;i++) { await sleep(2000); await look(proto + ' new'); } await enc.kill(); await sleep(9000); } },
  async mp3() { const { pushUrl } = await server.addChannel('mp3'); const enc = pushWithFfmpeg(pushUrl, { encoding: 'avcMp3' }); await sleep(3000); for (const proto of ['ws', 'hls']) { await goto('mp3', `protocol="${proto}"`); for (let i=0;i<5;i++) { await sleep(1500); await look('mp3 ' + proto); } } await enc.kill(); },
  async offline() { const { pushUrl } = await server.addChannel('off'); for (const proto of ['ws', 'hls']) { await goto('off', `protocol="${proto}"`); await sleep(1500); await look('off ' + proto); await goto('nobody', `protocol="${proto}"`); await sleep(1500); await look('nobody ' + proto); } await goto('off', 'protocol="hls"'); await sleep(1000); const enc = pushClock({ url: pushUrl }); for (let i=0;i<5;i++) { await sleep(1500); await look('started'); } await enc.kill(); },
};
for (const [name, scene] of Object.entries(scenes)) if (!process.argv[2] || process.argv[2].split(',').includes(name)) { console.log('---', name); await scene(); }
await browser.close(); await server.stop(); await pageHost.close(); process.exit(0);
