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
render.image_settings.file_format = 'PNG'
render.image_settings.color_mode = 'RGB'
render.threads_mode, render.threads = 'FIXED', asked['threads']
if asked['engine'] == 'cycles':
    scene.cycles.device = 'CPU'
    scene.cycles.samples = asked['samples']
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
else:
    scene.eevee.taa_render_samples = asked['samples']
if scene.camera is None:
    sys.exit('the scene has no camera')
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
  return [...start, ...(scene === undefined ? [] : [scene]), '--python-expr', PROGRAM, '--', JSON.stringify(rendering)];
}

/** How far a rendering is, read from what Blender prints. */
export function createRenderProgress({ start, end }: Rendering, onPercent: (percent: number) => void) {
  const frames = end - start + 1;
  let done = -1;
  return (line: string): void => {
    if (line.startsWith('PLEXUS frame ')) done = Math.min(frames - 1, done + 1);
    const [, sample, samples] = /\bSample (\d+)\/(\d+)/.exec(line) ?? [];
    if (done < 0) return;
    const share = sample === undefined ? 0 : Number(sample) / Math.max(1, Number(samples));
    onPercent(((done + Math.min(1, share)) / frames) * 100);
  };
}
