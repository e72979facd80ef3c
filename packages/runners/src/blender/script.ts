const NO_CAMERA = 'the scene has no camera';
/** Tiles across a frame, and the least that one measures in pixels. */
const TILES_ACROSS = 8;
const MIN_TILE_SIDE = 64;

/**
 * What Blender is told in Python: our own program, in which a client has nothing but numbers. Scripts inside a scene are
 * off (-Y). Source: Blender 3.4 Python API, "bpy.types.RenderSettings".
 */
const PROGRAM = `
import bpy, json, sys
asked = json.loads(sys.argv[sys.argv.index('--') + 1])
scene = bpy.context.scene
render = scene.render
names = ['CYCLES'] if asked['engine'] == 'cycles' else ['BLENDER_EEVEE', 'BLENDER_EEVEE_NEXT']
for name in names:
    try:
        render.engine = name
        break
    except TypeError:
        pass
if render.engine not in names:
    sys.exit('this Blender has no ' + asked['engine'])
render.resolution_x, render.resolution_y = asked['width'], asked['height']
render.resolution_percentage = 100
render.use_border = False
render.use_sequencer = False
render.use_multiview = False
render.image_settings.file_format = 'PNG'
render.image_settings.color_mode = 'RGB'
render.threads_mode, render.threads = 'FIXED', asked['threads']
if asked['engine'] == 'cycles':
    scene.cycles.device = 'CPU'
    scene.cycles.samples = asked['samples']
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
    scene.cycles.use_auto_tile, scene.cycles.tile_size = True, asked['tile']
else:
    scene.eevee.taa_render_samples = asked['samples']
if scene.camera is None:
    sys.exit('${NO_CAMERA}')
for frame in range(asked['start'], asked['end'] + 1):
    scene.frame_set(frame)
    render.filepath = '/output/frame_%04d.png' % frame
    print('PLEXUS frame %d' % frame, flush=True)
    bpy.ops.render.render(write_still=True)
`;

/** Figures of one rendering. */
export interface Rendering {
  readonly engine: 'cycles' | 'eevee';
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly start: number;
  readonly end: number;
  readonly threads: number;
}

/** @param scene the path of a .blend file; Blender's own start scene where it is not given */
export function renderCommand(blender: string, scene: string | undefined, rendering: Rendering): readonly string[] {
  const start = [
    blender,
    '--background',
    '-noaudio',
    '--factory-startup',
    '--disable-autoexec',
    '--python-exit-code',
    '9',
  ];
  const asked = JSON.stringify({ ...rendering, tile: tileSide(rendering) });
  return [...start, ...(scene === undefined ? [] : [scene]), '--python-expr', PROGRAM, '--', asked];
}

/** Pixels. Without a window Cycles tells of its samples every half minute only, but of each tile that it has finished. */
function tileSide({ width, height }: Rendering): number {
  return Math.max(MIN_TILE_SIDE, Math.ceil(Math.max(width, height) / TILES_ACROSS));
}

/** How far a rendering is, read from what Blender prints. */
export function createRenderProgress({ start, end }: Rendering, onPercent: (percent: number) => void) {
  const frames = end - start + 1;
  let done = -1;
  return (line: string): void => {
    if (line.startsWith('PLEXUS frame ')) done = Math.min(frames - 1, done + 1);
    if (done >= 0) onPercent(((done + shareOfFrame(line)) / frames) * 100);
  };
}

/** Samples are counted anew in each tile. */
function shareOfFrame(line: string): number {
  const [, tile = 0, tiles = 1] = /\bRendered (\d+)\/(\d+) Tiles/.exec(line) ?? [];
  const [, sample = 0, samples = 1] = /\bSample (\d+)\/(\d+)/.exec(line) ?? [];
  const share = Math.min(1, Number(sample) / Math.max(1, Number(samples)));
  return Math.min(1, (Number(tile) + share) / Math.max(1, Number(tiles)));
}

/** What Blender has against a scene, in words for whoever sent it; undefined where it failed otherwise. */
export function sceneReason(said: string, printed: string): string | undefined {
  const detail = /Error: (?:Failed to read blend file|Cannot read file) '[^']*': (.+)/.exec(printed)?.[1];
  if (detail !== undefined) return `The input is damaged, or no scene: ${detail}`;
  return said.includes(NO_CAMERA) ? `It cannot be rendered: ${NO_CAMERA}` : undefined;
}
