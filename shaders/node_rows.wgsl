// Sums along rows of what frames have more than the third image, limited, times an image times the share each column of
// nodes has in a pixel. One item per row of a frame and column of nodes; it does three images at once. A node only has
// a share between its first and last block.
struct Params {
  items: u32,
  height: u32,
  row_blocks: u32,
  nodes: u32,
  size: u32,
  limit: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stack: array<vec4f>;
@group(0) @binding(2) var<storage, read> images: array<vec4f>;
@group(0) @binding(3) var<storage, read> shares: array<vec4f>;
@group(0) @binding(4) var<storage, read> spans: array<vec2u>;
@group(0) @binding(5) var<storage, read_write> sums: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let row = item / params.nodes;
  let node = item - row * params.nodes;
  let y = row % params.height;
  let span = spans[node];
  var a = vec4f();
  var b = vec4f();
  var c = vec4f();
  for (var block = span.x; block < span.y; block++) {
    let at = y * params.row_blocks + block;
    let image = images[at + 2u * params.size];
    let more = clamp(stack[row * params.row_blocks + block] - image, vec4f(-params.limit), vec4f(params.limit));
    let value = more * shares[node * params.row_blocks + block];
    a = fma(value, images[at], a);
    b = fma(value, images[at + params.size], b);
    c = fma(value, image, c);
  }
  let one = vec4f(1.0);
  sums[item] = vec4f(dot(a, one), dot(b, one), dot(c, one), 0.0);
}
