/**
 * What a person reads when the server is up. In: the settings and the bound ports. Out: a few lines of text: where to
 * watch, where to push, and what to do next.
 */
import type { Config } from './config.ts';

export interface BannerFacts {
  readonly httpPort: number;
  readonly rtmpPort: number;
  readonly setupUrl: string | undefined;
  readonly demoChannel: string | undefined;
}

export function banner(
  config: Pick<Config, 'host' | 'publicUrl'>,
  facts: BannerFacts,
  version: string,
): string {
  const anyAddress = config.host === '0.0.0.0' || config.host === '::';
  const host = anyAddress ? 'localhost' : config.host.includes(':') ? `[${config.host}]` : config.host;
  const site = config.publicUrl ?? `http://${host}:${facts.httpPort}`;
  const publicHost = config.publicUrl === undefined ? host : new URL(config.publicUrl).hostname;
  const rows: readonly (readonly [string, string])[] = [
    ['Watch', `${site}/`],
    ...(facts.demoChannel === undefined ? [] : [['Demo', `${site}/${facts.demoChannel}`] as const]),
    ['Push', `rtmp://${publicHost}:${facts.rtmpPort}/live  (stream key: from your dashboard)`],
    ...(facts.setupUrl === undefined
      ? []
      : [['Set up', `${facts.setupUrl}  (makes the first administrator; works once)`] as const]),
  ];
  const lines = rows.map(([name, text]) => `  ${name.padEnd(7)} ${text}`);
  return ['', `  Millrace ${version}`, '', ...lines, '', '  Stop with Ctrl+C.', '', ''].join('\n');
}
