// Moves every pixel of every frame of a stack: moved(p) = frame(p + d(p)), by bicubic interpolation (Keys 1981, a =
// −1/2). d is given at the evenly spaced nodes of a grid, linear along each axis between them and constant beyond the
// outermost. One item does four pixels of a run of frames: which nodes a pixel lies between is the same in all of them.
// Places that lie outside of the frame are taken from the nearest place inside, or become a given value.
struct Params {
  items: u32,
  frames: u32,
  run: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  node_columns: u32,
  node_rows: u32,
  first_x: f32,
  first_y: f32,
  step_x: f32,
  step_y: f32,
  is_filled: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<f32>;
@group(0) @binding(2) var<storage, read> nodes: array<vec2f>;
@group(0) @binding(3) var<storage, read> fill: array<f32>;
@group(0) @binding(4) var<storage, read_write> moved: array<vec4f>;

// Weights of the samples at −1, 0, 1, 2 for a place t between 0 and 1.
fn cubic(t: f32) -> vec4f {
  let inner = vec2f((3.0 * t - 5.0) * t * t + 2.0, ((4.0 - 3.0 * t) * t + 1.0) * t);
  return vec4f(((2.0 - t) * t - 1.0) * t, inner, (t - 1.0) * t * t) * 0.5;
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
  let first_x = (block - y * params.row_blocks) * 4u;
  let pitch = params.row_blocks * 4u;
  let last = vec2i(i32(params.width), i32(params.height)) - 1;
  // Nodes around the pixels: the upper row, how far the next is, and how far towards it the pixels lie.
  let down = clamp((f32(y) - params.first_y) / params.step_y, 0.0, f32(params.node_rows - 1u));
  let node_row = u32(down) * params.node_columns;
  let next_row = select(0u, params.node_columns, u32(down) + 1u < params.node_rows);
  let part_down = down - floor(down);
  for (var frame = first_frame; frame < last_frame; frame++) {
    let frame_row = frame * params.height;
    let first_node = frame * params.node_columns * params.node_rows + node_row;
    let fill_value = fill[frame];
    var result = vec4f();
    for (var c = 0u; c < 4u; c++) {
      let x = first_x + c;
      let across = clamp((f32(x) - params.first_x) / params.step_x, 0.0, f32(params.node_columns - 1u));
      let node = first_node + u32(across);
      let next_column = select(0u, 1u, u32(across) + 1u < params.node_columns);
      let upper_left = nodes[node];
      let upper_right = nodes[node + next_column];
      let lower_left = nodes[node + next_row];
      let lower_right = nodes[node + next_row + next_column];
      let part_across = across - floor(across);
      let upper = fma(upper_right - upper_left, vec2f(part_across), upper_left);
      let lower = fma(lower_right - lower_left, vec2f(part_across), lower_left);
      let d = fma(lower - upper, vec2f(part_down), upper);
      let place = vec2f(f32(x), f32(y)) + d;
      let is_outside = (place < vec2f()) | (place > vec2f(last));
      let whole = floor(d);
      let part = d - whole;
      let corner = vec2i(i32(x), i32(y)) + vec2i(whole);
      // Outside, and where the displacement is a whole number, the nearest sample alone.
      let w_x = select(cubic(part.x), vec4f(0.0, 1.0, 0.0, 0.0), is_outside.x);
      let w_y = select(cubic(part.y), vec4f(0.0, 1.0, 0.0, 0.0), is_outside.y);
      let columns = vec4u(clamp(vec4i(corner.x) + vec4i(-1, 0, 1, 2), vec4i(), vec4i(last.x)));
      var sum = 0.0;
      for (var k = 0; k < 4; k++) {
        let row = (frame_row + u32(clamp(corner.y + k - 1, 0, last.y))) * pitch;
        let at = row + columns;
        sum += w_y[k] * dot(w_x, vec4f(stack[at.x], stack[at.y], stack[at.z], stack[at.w]));
      }
      let is_replaced = params.is_filled == 1u && any(is_outside);
      let value = select(select(sum, fill_value, is_replaced), 0.0, x >= params.width);
      result = vec4f(result.yzw, value);
    }
    moved[frame * size + block] = result;
  }
}
