// The ring background of every frame of a downsampled stack: weighted sum over the ring pixels inside the field.
// One item makes one pixel of eight successive frames, so that a weight is read once for eight products.
struct Params {
  items: u32,
  frames: u32,
  width: u32,
  height: u32,
  pitch: u32,
  count: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> low: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<i32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (workgroup.x + workgroup.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let plane = params.height * params.pitch;
  let pixel = item % plane;
  let first = item / plane * 8u;
  let x = i32(pixel % params.pitch);
  let y = i32(pixel / params.pitch);
  let inside = x < i32(params.width);
  // Frames past the end read the last frame and are not stored.
  let last = params.frames - 1u;
  let low_frames = min(vec4u(first) + vec4u(0u, 1u, 2u, 3u), vec4u(last)) * plane;
  let high_frames = min(vec4u(first) + vec4u(4u, 5u, 6u, 7u), vec4u(last)) * plane;
  var a = vec4f();
  var b = vec4f();
  for (var j = 0u; j < params.count; j++) {
    let v = y + offsets[j * 2u];
    let u = x + offsets[j * 2u + 1u];
    if (inside && v >= 0 && v < i32(params.height) && u >= 0 && u < i32(params.width)) {
      let weight = weights[j * plane + pixel];
      let at = u32(v) * params.pitch + u32(u);
      let p = low_frames + at;
      let q = high_frames + at;
      a += weight * vec4f(low[p.x], low[p.y], low[p.z], low[p.w]);
      b += weight * vec4f(low[q.x], low[q.y], low[q.z], low[q.w]);
    }
  }
  let count = min(8u, params.frames - first);
  for (var f = 0u; f < count; f++) {
    out[(first + f) * plane + pixel] = select(b[f & 3u], a[f & 3u], f < 4u);
  }
}
