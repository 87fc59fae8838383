/** nginx with nginx-rtmp-module, as Debian packs them: one worker; HLS, when asked, goes to a folder on disk. */
import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  freePort,
  HOST,
  startProcess,
  temporaryFolder,
  waitForPort,
  type RunningServer,
  type ServerKind,
  type ServerOptions,
} from './server.ts';

const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

export const nginxRtmp: ServerKind = {
  name: 'nginx-rtmp',
  protocols: ['rtmp'],
  async probe() {
    try {
      await access(MODULE);
      const { stderr } = await promisify(execFile)('nginx', ['-v']);
      return { version: `${stderr.trim().replace(/^nginx version: /, '')}, libnginx-mod-rtmp` };
    } catch {
      return { missing: 'needs the Debian packages nginx and libnginx-mod-rtmp' };
    }
  },
  start,
};

async function start(options: ServerOptions): Promise<RunningServer> {
  const folder = await temporaryFolder('nginx');
  const port = await freePort();
  const hlsFolder = join(folder, 'hls');
  await mkdir(hlsFolder);
  const configuration = join(folder, 'nginx.conf');
  await writeFile(configuration, configurationText(port, hlsFolder, options.hls));
  const started = await startProcess(
    'nginx',
    ['-p', folder, '-c', configuration, '-e', join(folder, 'error.log')],
    folder,
  );
  await waitForPort(port);
  return {
    name: 'nginx-rtmp',
    pid: started.pid,
    publishTarget: (index) => ({ host: HOST, port, app: 'live', name: `s${index}` }),
    viewTarget: (protocol, index) => ({ protocol, host: HOST, port, path: `live/s${index}` }),
    stop: () => started.stop(),
  };
}

/** Pings are set far off, as the bench's readers do not look into the stream and so never answer one. */
function configurationText(port: number, hlsFolder: string, hls: boolean): string {
  const asRoot = process.getuid?.() === 0 ? 'user root;' : '';
  return `
load_module ${MODULE};
${asRoot}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log error;
worker_rlimit_nofile 20000;
events { worker_connections 10000; }
rtmp {
  access_log off;
  server {
    listen ${HOST}:${port};
    chunk_size 4096;
    ping 1h;
    application live {
      live on;
      ${hls ? `hls on; hls_path ${hlsFolder}; hls_fragment 2s; hls_playlist_length 12s;` : ''}
    }
  }
}
`;
}
