// Minima over some chords of a disk, from minima over runs of `length` pixels: a chord of up to twice that length is two runs, one at
// either end. Rows of the disk outside the field do not count. One item makes the same pixel of a run of frames.
struct Params {
  items: u32,
  frames: u32,
  run: u32,
  width: u32,
  height: u32,
  pitch: u32,
  margin: u32,
  wide_pitch: u32,
  length: u32,
  chords: u32,
  is_first: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> minima: array<f32>;
// Row offset and half length of each chord.
@group(0) @binding(2) var<storage, read> chords: array<i32>;
@group(0) @binding(3) var<storage, read_write> eroded: array<f32>;

const HUGE = 3.4e38;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.pitch * params.height;
  let first_frame = item / size * params.run;
  let last_frame = min(first_frame + params.run, params.frames);
  let place = item % size;
  let y = i32(place / params.pitch);
  let x = i32(place % params.pitch);
  let is_padding = x >= i32(params.width);
  let wide_size = i32(params.wide_pitch * params.height);
  let middle = min(x, i32(params.width) - 1) + i32(params.margin);
  for (var frame = first_frame; frame < last_frame; frame++) {
    var least = HUGE;
    if (params.is_first == 0u) {
      least = eroded[frame * size + place];
    }
    for (var i = 0; i < i32(params.chords); i++) {
      let row = y + chords[2 * i];
      if (row >= 0 && row < i32(params.height)) {
        let half = chords[2 * i + 1];
        let at = i32(frame) * wide_size + row * i32(params.wide_pitch) + middle;
        least = min(least, min(minima[at - half], minima[at + half + 1 - i32(params.length)]));
      }
    }
    eroded[frame * size + place] = select(least, 0.0, is_padding);
  }
}
