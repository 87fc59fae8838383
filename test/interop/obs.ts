/**
 * OBS Studio as a person would use it, without the person: a prepared profile and scene in a home of its own, started
 * with `--startstreaming`. The scene plays a clip with picture and sound in a loop; everything else is OBS's default
 * (x264, a key frame when x264 wants one).
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Encoder } from '../harness/encoder.ts';
import type { Display } from './display.ts';
import { startProgram } from './programs.ts';

const NAME = 'interop';
const WIDTH = 640;
const HEIGHT = 360;

export interface ObsOptions {
  /** `rtmp://HOST:PORT/live`, OBS's "Server". */
  readonly server: string;
  /** OBS's "Stream Key". */
  readonly key: string;
  /** A clip that the scene shows in a loop. */
  readonly clip: string;
  readonly display: Display;
}

const GLOBAL_INI = `[General]
FirstRun=true
LastVersion=486539266
EnableAutoUpdates=false

[Basic]
Profile=${NAME}
ProfileDir=${NAME}
SceneCollection=${NAME}
SceneCollectionFile=${NAME}
`;

const BASIC_INI = `[General]
Name=${NAME}

[Output]
Mode=Simple

[SimpleOutput]
VBitrate=800
ABitrate=96
StreamEncoder=x264
Preset=ultrafast
UseAdvanced=true

[Video]
BaseCX=${WIDTH}
BaseCY=${HEIGHT}
OutputCX=${WIDTH}
OutputCY=${HEIGHT}
FPSType=0
FPSCommon=30

[Audio]
SampleRate=48000
ChannelSetup=Stereo
`;

function sceneCollection(clip: string): unknown {
  return {
    name: NAME,
    current_scene: 'Scene',
    current_program_scene: 'Scene',
    scene_order: [{ name: 'Scene' }],
    sources: [
      {
        id: 'ffmpeg_source',
        versioned_id: 'ffmpeg_source',
        name: 'Clip',
        enabled: true,
        volume: 1,
        mixers: 255,
        settings: { local_file: clip, is_local_file: true, looping: true, hw_decode: false },
      },
      {
        id: 'scene',
        versioned_id: 'scene',
        name: 'Scene',
        enabled: true,
        settings: {
          id_counter: 1,
          items: [{ name: 'Clip', id: 1, visible: true, pos: { x: 0, y: 0 }, scale: { x: 1, y: 1 } }],
        },
      },
    ],
  };
}

/** Resolves when OBS runs; its home is removed when it has ended. */
export async function pushWithObs({ server, key, clip, display }: ObsOptions): Promise<Encoder> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-obs-'));
  const config = join(home, 'obs-studio');
  const profile = join(config, 'basic/profiles', NAME);
  const scenes = join(config, 'basic/scenes');
  await mkdir(profile, { recursive: true });
  await mkdir(scenes, { recursive: true });
  await mkdir(join(home, 'runtime'), { mode: 0o700 });
  await writeFile(join(config, 'global.ini'), GLOBAL_INI);
  await writeFile(join(profile, 'basic.ini'), BASIC_INI);
  const service = { type: 'rtmp_custom', settings: { server, key, use_auth: false, bwtest: false } };
  await writeFile(join(profile, 'service.json'), JSON.stringify(service));
  await writeFile(join(scenes, `${NAME}.json`), JSON.stringify(sceneCollection(clip)));
  const encoder = startProgram(
    'obs',
    [
      ...'--startstreaming --minimize-to-tray --disable-updater --multi'.split(' '),
      ...`--profile ${NAME} --collection ${NAME}`.split(' '),
    ],
    {
      env: {
        ...display.env,
        HOME: home,
        XDG_CONFIG_HOME: home,
        XDG_RUNTIME_DIR: join(home, 'runtime'),
        QT_QPA_PLATFORM: 'xcb',
      },
    },
  );
  return {
    ...encoder,
    async kill() {
      await encoder.kill();
      await rm(home, { recursive: true, force: true });
    },
  };
}
