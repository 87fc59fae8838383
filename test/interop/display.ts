/** A screen for programs that need one: Xvfb on a free display number, drawn in memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Display {
  /** Environment for programs that shall draw there, in software and without a sound card. */
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

export async function openDisplay(): Promise<Display> {
  // -displayfd: Xvfb picks a free number and writes it to that descriptor when it is ready.
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const pipe = child.stdio[3];
  if (pipe === null || pipe === undefined || !('readable' in pipe))
    throw new Error('Xvfb has no fourth pipe');
  const lines = createInterface({ input: pipe });
  const [number] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('Xvfb did not start'))),
  ])) as [string];
  return {
    env: { ...process.env, DISPLAY: `:${number}`, LIBGL_ALWAYS_SOFTWARE: '1' },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
