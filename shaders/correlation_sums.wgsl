// Sums for the local correlation: z = y - mean, 0 where it is below threshold * noise; z, z^2 and the products of z with the
// east, south-west, south and south-east neighbours, over the frames of a stack, of listed blocks only.
// One item does one listed block of four pixels. A pixel outside of the field has an endless threshold: its z is 0.
struct Params {
  items: u32,
  frames: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  threshold: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> mean: array<vec4f>;
@group(0) @binding(3) var<storage, read> noise: array<vec4f>;
@group(0) @binding(4) var<storage, read> blocks: array<u32>;
@group(0) @binding(5) var<storage, read_write> sums: array<vec4f>;

const ENDLESS = 3.0e38;

// Thresholds of the four pixels from (x, y) on, x a multiple of 4 (of a block that may lie outside).
fn thresholds(block: u32, x: i32, y: u32) -> vec4f {
  let columns = vec4i(x) + vec4i(0, 1, 2, 3);
  let inside = (columns >= vec4i(0)) & (columns < vec4i(i32(params.width))) & vec4<bool>(y < params.height);
  return select(vec4f(ENDLESS), noise[block] * params.threshold, inside);
}

fn cut(value: vec4f, limit: vec4f) -> vec4f {
  return select(vec4f(), value, value >= limit);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let size = params.row_blocks * params.height;
  let block = blocks[item];
  let y = block / params.row_blocks;
  let column = block % params.row_blocks;
  let x = i32(column * 4u);
  // Blocks outside are read at the block itself (any valid one would do) and then cut away.
  let east = select(block, block + 1u, column + 1u < params.row_blocks);
  let is_below = y + 1u < params.height;
  let south = select(block, block + params.row_blocks, is_below);
  let south_west = select(south, south - 1u, column > 0u);
  let south_east = select(south, south + 1u, column + 1u < params.row_blocks);
  let limit = thresholds(block, x, y);
  let limit_east = thresholds(east, x + 4, y).x;
  let limit_south = thresholds(south, x, y + 1u);
  let limit_south_west = thresholds(south_west, x - 4, y + 1u).w;
  let limit_south_east = thresholds(south_east, x + 4, y + 1u).x;
  let mean_here = mean[block];
  let mean_south = mean[south];
  let mean_sides = vec4f(mean[east].x, mean[south_west].w, mean[south_east].x, 0.0);
  let limit_sides = vec4f(limit_east, limit_south_west, limit_south_east, ENDLESS);
  var sum = vec4f();
  var squares = vec4f();
  var with_east = vec4f();
  var with_south_west = vec4f();
  var with_south = vec4f();
  var with_south_east = vec4f();
  for (var frame = 0u; frame < params.frames; frame++) {
    let first = frame * size;
    let z = cut(stack[first + block] - mean_here, limit);
    let below = cut(stack[first + south] - mean_south, limit_south);
    let sides = cut(
      vec4f(stack[first + east].x, stack[first + south_west].w, stack[first + south_east].x, 0.0) - mean_sides,
      limit_sides,
    );
    sum += z;
    squares = fma(z, z, squares);
    with_east = fma(z, vec4f(z.yzw, sides.x), with_east);
    with_south_west = fma(z, vec4f(sides.y, below.xyz), with_south_west);
    with_south = fma(z, below, with_south);
    with_south_east = fma(z, vec4f(below.yzw, sides.z), with_south_east);
  }
  sums[block] += sum;
  sums[size + block] += squares;
  sums[2u * size + block] += with_east;
  sums[3u * size + block] += with_south_west;
  sums[4u * size + block] += with_south;
  sums[5u * size + block] += with_south_east;
}
