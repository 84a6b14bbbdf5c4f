// Block means over s×s pixels of every frame of a stack; edge blocks average what they hold.
// One item makes four output pixels of a run of frames: integer divisions are paid once per run. The four pixels are made of s blocks of
// each of s rows; every pixel read is added to the lane it belongs to. Padding is 0 and adds nothing.
struct Params {
  items: u32,
  frames: u32,
  run: u32,
  width: u32,
  height: u32,
  row_blocks: u32,
  factor: u32,
  out_height: u32,
  out_row_blocks: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> binned: array<vec4f>;

const LANES = vec4u(0u, 1u, 2u, 3u);

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let factor = params.factor;
  let out_size = params.out_row_blocks * params.out_height;
  let first_frame = item / out_size * params.run;
  let last_frame = min(first_frame + params.run, params.frames);
  let block = item % out_size;
  let y = block / params.out_row_blocks;
  let x = block - y * params.out_row_blocks;
  let rows = min(factor, params.height - y * factor);
  let blocks = min(factor, params.row_blocks - x * factor);
  let first_columns = min((vec4u(x * 4u) + LANES) * factor, vec4u(params.width));
  let columns = min(first_columns + factor, vec4u(params.width)) - first_columns;
  let scale = vec4f(1.0) / vec4f(max(columns * rows, vec4u(1u)));
  var corner = (first_frame * params.height + y * factor) * params.row_blocks + x * factor;
  for (var frame = first_frame; frame < last_frame; frame++) {
    var sum = vec4f();
    // Which output lane the next pixel belongs to, and how many of that lane's pixels went by.
    var to = 0u;
    var gone = 0u;
    for (var b = 0u; b < blocks; b++) {
      var column = vec4f();
      for (var v = 0u; v < rows; v++) {
        column += stack[corner + v * params.row_blocks + b];
      }
      for (var c = 0u; c < 4u; c++) {
        sum += select(vec4f(), vec4f(column.x), LANES == vec4u(to));
        column = column.yzwx;
        gone++;
        if (gone == factor) {
          gone = 0u;
          to++;
        }
      }
    }
    binned[frame * out_size + block] = sum * scale;
    corner += params.height * params.row_blocks;
  }
}
