/** FFmpeg's command lines. Source: ffmpeg(1), ffprobe(1), ffmpeg-codecs(1). */
import type { FilmCodec } from '@plexus/protocol';
import type { Wishes } from './request.ts';

/** Encoders of a codec, the better one first. */
export const ENCODERS: Readonly<Record<FilmCodec, readonly string[]>> = {
  h264: ['libx264'],
  h265: ['libx265'],
  vp9: ['libvpx-vp9'],
  av1: ['libsvtav1', 'libaom-av1'],
};

const ENCODER_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  libx264: words('-preset medium'),
  libx265: words('-preset medium -tag:v hvc1 -x265-params log-level=error'),
  'libvpx-vp9': words('-b:v 0 -row-mt 1 -deadline good -cpu-used 4'),
  libsvtav1: words('-preset 8'),
  'libaom-av1': words('-b:v 0 -cpu-used 6 -row-mt 1'),
};

/**
 * Formats that are files by themselves. Playlists (hls, dash, concat, sdp) are none: they name other files and hosts.
 * Source: ffmpeg -demuxers.
 */
const INPUT_FORMATS = words(`
  mov mp4 m4a 3gp 3g2 mj2 matroska webm avi flv live_flv mpeg mpegts mpegvideo asf wmv mxf nut rm dv vob swf
  ogg wav w64 mp3 aac flac aiff amr caf ac3 eac3 dts au opus
  gif apng h264 hevc m4v h263 ivf obu av1 yuv4mpegpipe
`).join(',');

/** Only this file, and only as what it is itself. */
function inputOf(path: string): readonly string[] {
  return ['-protocol_whitelist', 'file', '-format_whitelist', INPUT_FORMATS, '-i', `file:${path}`];
}

/** Tells what is in a file, as JSON. */
export function probeCommand(ffprobe: string, path: string): readonly string[] {
  return [ffprobe, ...words('-v error -print_format json -show_format -show_streams'), ...inputOf(path)];
}

/** Opus has no other places of loudspeakers; sound of a DVD, say, is 5.1(side). Source: libavcodec/libopusenc.c. */
const OPUS_LAYOUTS = '7.1|6.1|5.1|5.0|quad|3.0|stereo|mono';

interface Transcoding {
  readonly ffmpeg: string;
  readonly encoder: string;
  readonly from: string;
  readonly to: string;
  readonly threads: number;
}

/** Writes a film anew, with its first sound; progress goes to standard output. */
export function transcodeCommand(
  { ffmpeg, encoder, from, to, threads }: Transcoding,
  wishes: Wishes,
): readonly string[] {
  const { format, crf, fps, size } = wishes;
  return [
    ...quiet(ffmpeg),
    ...words('-progress pipe:1 -nostats'),
    ...inputOf(from),
    // V is what moves: no cover of a record.
    ...words('-map 0:V:0 -map 0:a:0? -sn -dn -map_chapters -1'),
    ...words(`-c:v ${encoder} -crf ${crf} -pix_fmt yuv420p -threads ${threads}`),
    ...(ENCODER_OPTIONS[encoder] ?? []),
    ...words(
      size
        ? `-vf scale=${size.width}:${size.height},setsar=1`
        : '-vf scale=max(2\\,trunc(iw/2)*2):max(2\\,trunc(ih/2)*2)',
    ),
    ...words(fps === undefined ? '' : `-r ${fps}`),
    ...words(
      format === 'webm' ? `-c:a libopus -b:a 128k -af aformat=channel_layouts=${OPUS_LAYOUTS}` : '-c:a aac -b:a 160k',
    ),
    ...words(format === 'mp4' || format === 'mov' ? '-movflags +faststart' : ''),
    ...words(`-f ${format === 'mkv' ? 'matroska' : format}`),
    `file:${to}`,
  ];
}

/** A second of test film, which needs no input. */
export function trialCommand(ffmpeg: string, encoder: string, to: string): readonly string[] {
  const source = words('-f lavfi -i testsrc=size=64x48:rate=10:duration=1');
  return [...quiet(ffmpeg), ...source, ...words(`-c:v ${encoder} -pix_fmt yuv420p -f matroska`), `file:${to}`];
}

/** Writes the sound of a file as speech recognition wants it. */
export function soundCommand(ffmpeg: string, from: string, to: string): readonly string[] {
  const sound = words('-map 0:a:0 -vn -ac 1 -ar 16000 -c:a pcm_s16le -f wav');
  return [...quiet(ffmpeg), ...inputOf(from), ...sound, `file:${to}`];
}

export function listEncodersCommand(ffmpeg: string): readonly string[] {
  return [ffmpeg, '-hide_banner', '-encoders'];
}

function quiet(ffmpeg: string): readonly string[] {
  return [ffmpeg, ...words('-nostdin -hide_banner -loglevel error -y')];
}

/** The words of a text of our own: nothing of a client has a blank, because it is a number or one of our words. */
function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
