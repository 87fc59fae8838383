/**
 * Makes channels and keys with Millrace's command line, many in one process: starting the program twice a channel would
 * take minutes. In: a data folder and names. Out: a JSON array of keys on standard output, in the order of the names.
 */
import { randomUUID } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { runCli } from '../../packages/server/src/cli/index.ts';

async function run(args: readonly string[], input: string): Promise<string> {
  let output = '';
  const stdout = new Writable({
    write(bytes: Buffer, _encoding, done) {
      output += bytes.toString();
      done();
    },
  });
  const stdin = Readable.from([Buffer.from(input)]);
  const code = await runCli(args, { stdin, stdout, stderr: process.stderr, env: {}, cwd: process.cwd() });
  if (code !== 0) throw new Error(`millrace ${args.join(' ')} ended with ${code}`);
  return output.trim();
}

const [dataFolder, ...names] = process.argv.slice(2);
if (dataFolder === undefined) throw new Error('usage: millrace-channels.ts DATA_FOLDER NAME…');
const keys: string[] = [];
for (const name of names) {
  const onData = ['--data-dir', dataFolder];
  await run(['user', 'add', name, '--password-stdin', ...onData], `${randomUUID()}\n`);
  keys.push(await run(['key', 'create', name, ...onData], ''));
}
process.stdout.write(JSON.stringify(keys));
