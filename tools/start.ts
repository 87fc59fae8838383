/** `npm start`: builds the pages when their sources changed, then runs the program with the same arguments. */
import { buildWeb } from './build-web.ts';

await buildWeb({ force: false });
await import('../packages/server/src/main.ts');
