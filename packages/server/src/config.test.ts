import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ConfigError, describeConfig, loadConfig, SETTINGS } from './config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'millrace-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const load = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  loadConfig({ argv, env, cwd });

function problemsOf(argv: readonly string[], env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    load(argv, env);
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.problems;
  }
  return assert.fail('the settings were accepted');
}

describe('where a setting comes from', () => {
  test('without anything, the defaults', () => {
    const { config, sources } = load([]);
    assert.equal(config.httpPort, 8000);
    assert.equal(config.rtmpPort, 1935);
    assert.equal(config.dataDir, join(cwd, 'data'));
    assert.equal(config.publicUrl, undefined);
    assert.equal(sources.httpPort, 'default');
    assert.equal(sources.publicUrl, 'not set');
  });

  test('flag before variable before file', () => {
    writeFileSync(join(cwd, 'millrace.toml'), 'http-port = 1\nrtmp-port = 2\nchunk-ms = 0\n');
    const { config, sources } = load(['--http-port', '11'], {
      MILLRACE_HTTP_PORT: '12',
      MILLRACE_RTMP_PORT: '22',
    });
    assert.deepEqual([config.httpPort, config.rtmpPort, config.chunkMs], [11, 22, 0]);
    assert.equal(sources.httpPort, 'flag --http-port');
    assert.equal(sources.rtmpPort, 'variable MILLRACE_RTMP_PORT');
    assert.equal(sources.chunkMs, `file ${join(cwd, 'millrace.toml')}`);
  });

  test('JSON does as well as TOML, under any name given by --config or MILLRACE_CONFIG', () => {
    writeFileSync(
      join(cwd, 'site.json'),
      '{"site-name": "Weir", "trusted-proxies": ["10.0.0.0/8"], "demo": true}',
    );
    for (const { config } of [load(['--config', 'site.json']), load([], { MILLRACE_CONFIG: 'site.json' })]) {
      assert.equal(config.siteName, 'Weir');
      assert.deepEqual(config.trustedProxies, ['10.0.0.0/8']);
      assert.equal(config.demo, true);
    }
  });

  test('a folder in a file is relative to the file, elsewhere to the working folder', () => {
    writeFileSync(join(tmpdir(), 'millrace-elsewhere.toml'), 'data-dir = "store"');
    try {
      const file = load(['--config', join(tmpdir(), 'millrace-elsewhere.toml')]);
      assert.equal(file.config.dataDir, join(tmpdir(), 'store'));
      assert.equal(load(['--data-dir', 'store']).config.dataDir, join(cwd, 'store'));
    } finally {
      rmSync(join(tmpdir(), 'millrace-elsewhere.toml'));
    }
  });

  test('switches: --demo, --no-demo, --demo=false; an empty variable is not set', () => {
    assert.equal(load(['--demo']).config.demo, true);
    assert.equal(load(['--no-demo'], { MILLRACE_DEMO: '1' }).config.demo, false);
    assert.equal(load(['--demo=false']).config.demo, false);
    assert.equal(load([], { MILLRACE_DEMO: 'yes' }).config.demo, true);
    assert.equal(load([], { MILLRACE_HTTP_PORT: '' }).config.httpPort, 8000);
  });

  test('a list in a flag is separated by commas; a public address loses its slash', () => {
    const { config } = load(['--trusted-proxies=::1, 10.0.0.1', '--public-url=https://Live.example.org/']);
    assert.deepEqual(config.trustedProxies, ['::1', '10.0.0.1']);
    assert.equal(config.publicUrl, 'https://live.example.org');
  });
});

describe('what is wrong is said with its name, its source and what may stand there', () => {
  const cases: readonly (readonly [what: string, argv: readonly string[], says: RegExp])[] = [
    [
      'no number',
      ['--http-port', 'abc'],
      /^http-port \(flag --http-port\) is "abc": .*whole number from 0 to 65535/,
    ],
    ['out of range', ['--http-port', '65536'], /is 65536: .*from 0 to 65535/],
    ['no such choice', ['--log-format=xml'], /one of pretty, json/],
    ['no such flag', ['--http-prot', '3'], /no flag --http-prot\. Did you mean --http-port\?/],
    ['negated value', ['--no-http-port'], /no flag --no-http-port/],
    ['missing value', ['--http-port'], /--http-port needs a value: a whole number/],
    ['address with a path', ['--public-url', 'https://a/b'], /address without a path/],
    ['same ports', ['--http-port=9', '--rtmp-port=9'], /two different ports/],
    [
      'chunk longer than part',
      ['--chunk-ms=600'],
      /chunk-ms \(600\) must not be longer than part-ms \(500\)/,
    ],
    [
      'no proxy’s address',
      ['--trusted-proxies=10.0.0.0/8,nginx'],
      /trusted-proxies has "nginx": .*network like/,
    ],
    ['a stray word', ['serve'], /“serve” is not understood/],
    ['a missing file', ['--config', 'none.toml'], /none\.toml cannot be read/],
  ];
  for (const [what, argv, says] of cases) {
    test(what, () => assert.match(problemsOf(argv).join('\n'), says));
  }

  test('all at once, not one a start', () => {
    assert.equal(problemsOf(['--http-port=x', '--part-ms=1'], { MILLRACE_LOG_LEVEL: 'loud' }).length, 3);
  });

  test('a file with a mistake: the line, or the key and its likely meaning', () => {
    writeFileSync(join(cwd, 'millrace.toml'), 'host = "::"\nhttp-port = = 3\n');
    assert.match(problemsOf([])[0] ?? '', /millrace\.toml cannot be read \(line 2/);
    writeFileSync(join(cwd, 'millrace.toml'), 'http_port = 3\n');
    assert.match(problemsOf([])[0] ?? '', /unknown setting “http_port”\. Did you mean http-port\?/);
    writeFileSync(join(cwd, 'millrace.json'), '{}');
    assert.match(problemsOf([])[0] ?? '', /Both .* exist/);
  });
});

test('what is shown of a secret is only that it is set', () => {
  const loaded = load(['--site-name', 'hush']);
  const secret = SETTINGS.filter((setting) => setting.name === 'siteName').map((setting) => ({
    ...setting,
    secret: true,
  }));
  assert.equal(describeConfig(loaded, secret)[0]?.value, '***');
  assert.equal(describeConfig(loaded).length, SETTINGS.length);
});
