/**
 * The program without the launcher: `node src/main.ts` runs as `bin/millrace.js` does, with Node's own settings.
 */
import { run } from './program.ts';

await run(process.argv.slice(2));
