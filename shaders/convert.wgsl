// Integer or float samples of a window of the field, as centred float32 in a padded stack.
// One item makes the same four pixels of a run of frames: integer divisions and the centre are paid once per run. Samples are packed
// without padding, so the first of the four may begin inside a word. BITS and SIGNED are written in for the sample type.
struct Params {
  items: u32,
  frames: u32,
  run: u32,
  movie_width: u32,
  movie_height: u32,
  movie_pitch: u32,
  x: u32,
  y: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  type_index: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> samples: array<u32>;
@group(0) @binding(2) var<storage, read> centre: array<f32>;
@group(0) @binding(3) var<storage, read_write> stack: array<vec4f>;

const BITS = {BITS}u;
const SIGNED = {SIGNED}u;

// Bits 0 to 31 of two successive words from bit `shift` on.
fn joined(low: u32, high: u32, shift: u32) -> u32 {
  return (low >> shift) | select(high << ((32u - shift) & 31u), 0u, shift == 0u);
}

// Four samples from sample `first` on.
fn four(first: u32) -> vec4f {
  if (BITS == 8u) {
    let word = first / 4u;
    let bytes = joined(samples[word], samples[word + 1u], (first % 4u) * 8u);
    return vec4f((vec4u(bytes) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu));
  }
  if (BITS == 16u) {
    let word = first / 2u;
    let shift = (first % 2u) * 16u;
    let middle = samples[word + 1u];
    let low = joined(samples[word], middle, shift);
    let high = joined(middle, samples[word + 2u], shift);
    let left = vec4u(low << 16u, low, high << 16u, high);
    if (SIGNED == 1u) {
      return vec4f(bitcast<vec4i>(left) >> vec4u(16u));
    }
    return vec4f(left >> vec4u(16u));
  }
  // float32
  let words = vec4u(samples[first], samples[first + 1u], samples[first + 2u], samples[first + 3u]);
  return bitcast<vec4f>(words);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.row_blocks * params.height;
  let first_frame = item / size * params.run;
  let last_frame = min(first_frame + params.run, params.frames);
  let block = item % size;
  let y = block / params.row_blocks;
  let x = (block - y * params.row_blocks) * 4u;
  let is_inside = vec4u(x) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.width);
  let c = (params.y + y) * params.movie_pitch + params.x + x;
  let middle = vec4f(centre[c], centre[c + 1u], centre[c + 2u], centre[c + 3u]);
  let movie_size = params.movie_width * params.movie_height;
  var first = first_frame * movie_size + (params.y + y) * params.movie_width + params.x + x;
  for (var frame = first_frame; frame < last_frame; frame++) {
    stack[frame * size + block] = select(vec4f(), four(first) - middle, is_inside);
    first += movie_size;
  }
}
