// Moves every frame of a stack as a whole: moved(p) = frame(p + d), by bicubic interpolation (Keys 1981, a = −1/2), d
// its own for each frame. One item slides down a strip of rows, eight pixels wide: a row is read and interpolated along
// x once, and the last four wait in registers. Places that lie outside of the frame are taken from the nearest place
// inside, or become a given value; where the displacement is a whole number the sample is taken as it is. `unroll`
// writes the pixels out.
struct Params {
  items: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  columns: u32,
  strips: u32,
  strip: u32,
  is_filled: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<f32>;
@group(0) @binding(2) var<storage, read> displacements: array<vec2f>;
@group(0) @binding(3) var<storage, read> fill: array<f32>;
@group(0) @binding(4) var<storage, read_write> moved: array<vec4f>;

const LANES = vec4i(0, 1, 2, 3);

// Weights of the samples at −1, 0, 1, 2 for a place t between 0 and 1.
fn cubic(t: f32) -> vec4f {
  let inner = vec2f((3.0 * t - 5.0) * t * t + 2.0, ((4.0 - 3.0 * t) * t + 1.0) * t);
  return vec4f(((2.0 - t) * t - 1.0) * t, inner, (t - 1.0) * t * t) * 0.5;
}

fn weighted(a: vec4f, b: vec4f, c: vec4f, d: vec4f, w: vec4f) -> vec4f {
  return fma(d, w.wwww, fma(c, w.zzzz, fma(b, w.yyyy, a * w.x)));
}

fn is_outside(at: vec4f, size: u32) -> vec4<bool> {
  return (at < vec4f()) | (at > vec4f(f32(size - 1u)));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let rest = item / params.columns;
  let frame = rest / params.strips;
  let block = (item - rest * params.columns) * 2u;
  let first_row = i32((rest - frame * params.strips) * params.strip);
  let rows = min(i32(params.strip), i32(params.height) - first_row);
  let d = displacements[frame];
  let whole = floor(d);
  let part = d - whole;
  let across = cubic(part.x);
  let down = cubic(part.y);
  let fill_value = vec4f(fill[frame]);
  let is_filled = vec4<bool>(params.is_filled == 1u);
  // The eight places, and the columns of the eleven samples around them.
  let places_0 = i32(block * 4u) + LANES;
  let places_1 = places_0 + 4;
  let outside_0 = is_outside(vec4f(places_0) + d.x, params.width);
  let outside_1 = is_outside(vec4f(places_1) + d.x, params.width);
  let exact_0 = outside_0 | vec4<bool>(part.x == 0.0);
  let exact_1 = outside_1 | vec4<bool>(part.x == 0.0);
  let padding_0 = places_0 >= vec4i(i32(params.width));
  let padding_1 = places_1 >= vec4i(i32(params.width));
  let first_column = i32(block * 4u) + i32(whole.x) - 1;
  let last_column = i32(params.width) - 1;
  // repeat k 0 10
  let column_{k} = u32(clamp(first_column + {k}, 0, last_column));
  // end
  let has_second = block + 1u < params.row_blocks;
  let frame_row = frame * params.height;
  let pitch = params.row_blocks * 4u;
  var a_0 = vec4f();
  var b_0 = vec4f();
  var c_0 = vec4f();
  var a_1 = vec4f();
  var b_1 = vec4f();
  var c_1 = vec4f();
  for (var step = -3; step < rows; step++) {
    let y = first_row + step;
    let row = (frame_row + u32(clamp(y + i32(whole.y) + 2, 0, i32(params.height) - 1))) * pitch;
    // repeat k 0 10
    let e_{k} = stack[row + column_{k}];
    // end
    // repeat k 0 7
    let s_{k} = vec4f(e_{k}, e_{k+1}, e_{k+2}, e_{k+3});
    // end
    let d_0 = select(weighted(s_0, s_1, s_2, s_3, across), s_1, exact_0);
    let d_1 = select(weighted(s_4, s_5, s_6, s_7, across), s_5, exact_1);
    if (step >= 0) {
      let outside = is_outside(vec4f(f32(y) + d.y), params.height);
      let exact = outside | vec4<bool>(part.y == 0.0);
      let to = (frame_row + u32(y)) * params.row_blocks + block;
      let inside_0 = select(weighted(a_0, b_0, c_0, d_0, down), b_0, exact);
      let filled_0 = select(inside_0, fill_value, (outside | outside_0) & is_filled);
      moved[to] = select(filled_0, vec4f(), padding_0);
      if (has_second) {
        let inside_1 = select(weighted(a_1, b_1, c_1, d_1, down), b_1, exact);
        let filled_1 = select(inside_1, fill_value, (outside | outside_1) & is_filled);
        moved[to + 1u] = select(filled_1, vec4f(), padding_1);
      }
    }
    a_0 = b_0;
    b_0 = c_0;
    c_0 = d_0;
    a_1 = b_1;
    b_1 = c_1;
    c_1 = d_1;
  }
}
