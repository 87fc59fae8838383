/** Node-Media-Server from npm, run by the same Node as everything else, with its log turned down. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Protocol } from '../load/protocols.ts';
import {
  freePort,
  HOST,
  startProcess,
  temporaryFolder,
  waitForPort,
  type RunningServer,
  type ServerKind,
} from './server.ts';

const PROGRAM = fileURLToPath(new URL('node-media-server-child.ts', import.meta.url));

export const nodeMediaServer: ServerKind = {
  name: 'node-media-server',
  protocols: ['http-flv', 'ws-flv', 'rtmp'],
  async probe() {
    try {
      const manifest = createRequire(import.meta.url).resolve('node-media-server/package.json');
      const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
      return { version };
    } catch {
      return { missing: 'needs the npm package node-media-server' };
    }
  },
  start,
};

async function start(): Promise<RunningServer> {
  const folder = await temporaryFolder('nms');
  const [rtmpPort, httpPort] = [await freePort(), await freePort()];
  const configuration = join(folder, 'config.json');
  await writeFile(
    configuration,
    JSON.stringify({
      bind: HOST,
      rtmp: { port: rtmpPort },
      http: { port: httpPort },
      store: { path: join(folder, 'data') },
      webadmin: { enable: false },
      notify: { url: '' },
      record: { auto: false, path: join(folder, 'record') },
    }),
  );
  const started = await startProcess(process.execPath, [PROGRAM, configuration], folder);
  await waitForPort(rtmpPort);
  await waitForPort(httpPort);
  return {
    name: 'node-media-server',
    pid: started.pid,
    publishTarget: (index) => ({ host: HOST, port: rtmpPort, app: 'live', name: `s${index}` }),
    viewTarget: (protocol, index) => ({
      protocol,
      host: HOST,
      port: protocol === 'rtmp' ? rtmpPort : httpPort,
      path: viewPath(protocol, index),
    }),
    stop: () => started.stop(),
  };
}

function viewPath(protocol: Protocol, index: number): string {
  return protocol === 'rtmp' ? `live/s${index}` : `/live/s${index}.flv`;
}
