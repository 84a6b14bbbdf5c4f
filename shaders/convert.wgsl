// Integer or float samples of a window of the field, as centred float32 in a padded stack.
// One item makes four pixels of one frame. Samples are packed without padding: a sample may begin at any byte of a word.
struct Params {
  items: u32,
  bits: u32,
  is_signed: u32,
  is_float: u32,
  movie_width: u32,
  movie_height: u32,
  movie_pitch: u32,
  x: u32,
  y: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> samples: array<u32>;
@group(0) @binding(2) var<storage, read> centre: array<f32>;
@group(0) @binding(3) var<storage, read_write> stack: array<vec4f>;

fn sample(index: u32) -> f32 {
  let per_word = 32u / params.bits;
  let word = samples[index / per_word];
  let offset = (index % per_word) * params.bits;
  let whole = select(f32(extractBits(word, offset, params.bits)), f32(extractBits(bitcast<i32>(word), offset, params.bits)),
    params.is_signed == 1u);
  return select(whole, bitcast<f32>(word), params.is_float == 1u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let x = (item % params.row_blocks) * 4u;
  let y = (item / params.row_blocks) % params.height;
  let frame = item / (params.row_blocks * params.height);
  let first = (frame * params.movie_height + params.y + y) * params.movie_width + params.x + x;
  let centre_first = (params.y + y) * params.movie_pitch + params.x + x;
  var value = vec4f();
  for (var c = 0u; c < 4u; c++) {
    if (x + c < params.width) {
      value[c] = sample(first + c) - centre[centre_first + c];
    }
  }
  stack[item] = value;
}
