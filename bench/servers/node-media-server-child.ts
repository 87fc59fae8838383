/** Runs Node-Media-Server with the configuration file named on the command line. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

interface NodeMediaServer {
  run(): Promise<void>;
}

const require = createRequire(import.meta.url);
const logger = require('node-media-server/src/core/logger.js') as { level: string };
const Server = require('node-media-server') as new (configuration: unknown, path: string) => NodeMediaServer;

const path = process.argv[2];
if (path === undefined) throw new Error('usage: node-media-server-child.ts CONFIG');
const server = new Server(JSON.parse(readFileSync(path, 'utf8')), path);
logger.level = 'error';
await server.run();
