// Correlation of every frame with a kernel that is the same under left-right and up-down mirroring and 0 beyond RADIUS of its
// middle; the field's border is replicated. `unroll` writes the repeats out for one radius.
// One item slides down a strip of rows, eight pixels wide. Of each row it makes, with mirrored pixels added first, the RADIUS + 1
// different weighted sums, and adds them to the output rows they belong to, which wait in registers: a row is read once.
struct Params {
  items: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  columns: u32,
  strips: u32,
  strip: u32,
  radius: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> filtered: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let block = i32(item % params.columns) * 2;
  let first_row = i32((item / params.columns) % params.strips * params.strip);
  let frame_row = i32(item / (params.columns * params.strips) * params.height);
  let last_row = min(first_row + i32(params.strip), i32(params.height)) - 1;
  let row_blocks = i32(params.row_blocks);
  let last_block = row_blocks - 1;
  let last_lane = (params.width - 1u) % 4u;
  let is_padding = vec4u(0u, 1u, 2u, 3u) > vec4u(last_lane);
  // repeat j 0 RADIUS
  // repeat d 0 REACH_{j}
  let w_{j}_{d} = weights[{SIDE*RADIUS+SIDE*j+RADIUS+d}];
  // end
  // end
  // Output rows that still wait for input rows, the next one to be complete first.
  // repeat k 1 TWICE
  var p_{k} = vec4f();
  var q_{k} = vec4f();
  // end
  for (var y = first_row - {RADIUS}; y <= last_row + {RADIUS}; y++) {
    let row = (frame_row + clamp(y, 0, i32(params.height) - 1)) * row_blocks;
    let edge = stack[row + last_block][last_lane];
    // The pixels around the eight, replicated beyond the border.
    // repeat b 0 LAST_BLOCK
    let at_{b} = block + {b} - {SIDE_BLOCKS};
    let raw_{b} = stack[row + clamp(at_{b}, 0, last_block)];
    let left_{b} = select(raw_{b}, raw_{b}.xxxx, at_{b} < 0);
    let v_{b} = select(left_{b}, vec4f(edge), vec4<bool>(at_{b} > last_block) | (vec4<bool>(at_{b} == last_block) & is_padding));
    let e_{4*b} = v_{b}.x;
    let e_{4*b+1} = v_{b}.y;
    let e_{4*b+2} = v_{b}.z;
    let e_{4*b+3} = v_{b}.w;
    // end
    // repeat d 1 RADIUS
    let s_{d} = vec4f(e_{MIDDLE-d}, e_{MIDDLE-d+1}, e_{MIDDLE-d+2}, e_{MIDDLE-d+3})
      + vec4f(e_{MIDDLE+d}, e_{MIDDLE+d+1}, e_{MIDDLE+d+2}, e_{MIDDLE+d+3});
    let t_{d} = vec4f(e_{MIDDLE+4-d}, e_{MIDDLE+5-d}, e_{MIDDLE+6-d}, e_{MIDDLE+7-d})
      + vec4f(e_{MIDDLE+4+d}, e_{MIDDLE+5+d}, e_{MIDDLE+6+d}, e_{MIDDLE+7+d});
    // end
    let s_0 = v_{SIDE_BLOCKS};
    let t_0 = v_{SIDE_BLOCKS+1};
    // repeat j 0 RADIUS
    let g_{j}_0 = s_0 * w_{j}_0;
    let h_{j}_0 = t_0 * w_{j}_0;
    // repeat d 1 REACH_{j}
    let g_{j}_{d} = fma(s_{d}, vec4f(w_{j}_{d}), g_{j}_{d-1});
    let h_{j}_{d} = fma(t_{d}, vec4f(w_{j}_{d}), h_{j}_{d-1});
    // end
    let g_{j} = g_{j}_{REACH_{j}};
    let h_{j} = h_{j}_{REACH_{j}};
    // end
    let out_row = y - {RADIUS};
    if (out_row >= first_row) {
      let to = (frame_row + out_row) * row_blocks + block;
      filtered[to] = select(p_1 + g_{RADIUS}, vec4f(), vec4<bool>(block == last_block) & is_padding);
      if (block < last_block) {
        filtered[to + 1] = select(q_1 + h_{RADIUS}, vec4f(), vec4<bool>(block + 1 == last_block) & is_padding);
      }
    }
    // repeat j 1 RADIUS
    p_{j} = p_{j+1} + g_{RADIUS-j};
    q_{j} = q_{j+1} + h_{RADIUS-j};
    // end
    // repeat j 1 RADIUS-1
    p_{RADIUS+j} = p_{RADIUS+j+1} + g_{j};
    q_{RADIUS+j} = q_{RADIUS+j+1} + h_{j};
    // end
    p_{TWICE} = g_{RADIUS};
    q_{TWICE} = h_{RADIUS};
  }
}
