// Counts, per pixel, how many samples of a stack lie in each of 16 equal steps of an interval of keys. A key is a whole number that is
// ordered as the samples are: made of the sample's value where samples are whole, else of its bits. Samples below the interval count
// for the first step, so that sums of counts from the first on are ranks; of those above it only the least is kept.
// One item does four pixels of a band. Counts are gathered as bytes, four to a word: at most 255 frames.
struct Params {
  items: u32,
  first_frame: u32,
  last_frame: u32,
  frame_blocks: u32,
  first_block: u32,
  band_blocks: u32,
  shift: u32,
  kind: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> low: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> counts: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> above: array<vec4f>;

const IS_WHOLE = {IS_WHOLE}u;

fn key_of(value: vec4f) -> vec4u {
  if (IS_WHOLE == 1u) {
    return vec4u(vec4i(value) + vec4i({WHOLE_OFFSET}));
  }
  // Bits of positive numbers are ordered as the numbers are, those of negative ones the other way round.
  let bits = bitcast<vec4u>(value);
  let is_negative = (bits >> vec4u(31u)) == vec4u(1u);
  return bits ^ select(vec4u(0x80000000u), vec4u(0xffffffffu), is_negative);
}

fn add(bytes: vec4u, first_step: u32, item: u32) {
  for (var k = 0u; k < 4u; k++) {
    counts[(first_step + k) * params.band_blocks + item] += vec4f((bytes >> vec4u(8u * k)) & vec4u(255u));
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let block = params.first_block + item;
  let start = low[block];
  var least = above[block];
  var steps_0 = vec4u();
  var steps_4 = vec4u();
  var steps_8 = vec4u();
  var steps_12 = vec4u();
  for (var frame = params.first_frame; frame < params.last_frame; frame++) {
    let value = stack[frame * params.frame_blocks + block];
    let step = (max(key_of(value), start) - start) >> vec4u(params.shift);
    least = select(least, min(least, value), step > vec4u(15u));
    let one = vec4u(1u) << ((step & vec4u(3u)) * 8u);
    // A step above the interval has a word that there is not.
    let word = step >> vec4u(2u);
    steps_0 += select(vec4u(), one, word == vec4u(0u));
    steps_4 += select(vec4u(), one, word == vec4u(1u));
    steps_8 += select(vec4u(), one, word == vec4u(2u));
    steps_12 += select(vec4u(), one, word == vec4u(3u));
  }
  above[block] = least;
  add(steps_0, 0u, item);
  add(steps_4, 4u, item);
  add(steps_8, 8u, item);
  add(steps_12, 12u, item);
}
