// Subtracts a bilinearly upsampled stack from a stack, in place. One item makes four pixels of one frame.
struct Params {
  items: u32,
  width: u32,
  height: u32,
  blocks_across: u32,
  low_width: u32,
  low_height: u32,
  low_pitch: u32,
  factor: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> low: array<f32>;
@group(0) @binding(2) var<storage, read_write> stack: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (workgroup.x + workgroup.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let row = item / params.blocks_across;
  let x = item % params.blocks_across * 4u;
  let y = row % params.height;
  let frame = row / params.height;
  let scale = 1.0 / f32(params.factor);

  let v = clamp((f32(y) + 0.5) * scale - 0.5, 0.0, f32(params.low_height - 1u));
  let v0 = u32(v);
  let above = (frame * params.low_height + v0) * params.low_pitch;
  let below = (frame * params.low_height + min(v0 + 1u, params.low_height - 1u)) * params.low_pitch;

  // Four successive pixels lie between at most four successive columns of the grid.
  let last = params.low_width - 1u;
  let u = clamp((vec4f(vec4u(x) + vec4u(0u, 1u, 2u, 3u)) + 0.5) * scale - 0.5, vec4f(0.0), vec4f(f32(last)));
  let left = floor(u);
  let column = min(vec4u(u32(left.x)) + vec4u(0u, 1u, 2u, 3u), vec4u(last));
  let upper = vec4f(low[above + column.x], low[above + column.y], low[above + column.z], low[above + column.w]);
  let lower = vec4f(low[below + column.x], low[below + column.y], low[below + column.z], low[below + column.w]);
  let values = mix(upper, lower, v - f32(v0));
  let step = vec4u(left) - vec4u(u32(left.x));
  let part = u - left;
  let next = min(step + 1u, vec4u(3u));
  let background = vec4f(
    mix(values[step.x], values[next.x], part.x),
    mix(values[step.y], values[next.y], part.y),
    mix(values[step.z], values[next.z], part.z),
    mix(values[step.w], values[next.w], part.w),
  );
  // Padding stays 0.
  stack[item] -= select(vec4f(0.0), background, vec4u(x) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.width));
}
