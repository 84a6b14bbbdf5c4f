// Ring fits: one item solves the normal equations of one pixel by a Cholesky factorisation in 4×4 blocks (left-looking), with the
// forward substitution of the right-hand side along with it. Ring pixels outside the field are rows of the identity.
struct Params {
  items: u32,
  first_pixel: u32,
  width: u32,
  height: u32,
  pitch: u32,
  solve_first: u32,
  solve_rows: u32,
  hold_first: u32,
  count: u32,
  blocks: u32,
  ridge: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> residual: array<f32>;
@group(0) @binding(2) var<storage, read> offsets: array<i32>;
// Distance in the Gram from the pixel to the products of ring pixels: per block (I, J), four columns of four rows.
@group(0) @binding(3) var<storage, read> pairs: array<vec4u>;
@group(0) @binding(4) var<storage, read> crosses: array<vec4u>;
// Interleaved by lane: four columns per block of the factor, then one vector per block of the right-hand side.
@group(0) @binding(5) var<storage, read_write> scratch: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> weights: array<f32>;

// 1 where the four ring pixels of a block lie in the field, else 0.
fn inside(x: i32, y: i32, block: u32) -> vec4f {
  let at = block * 8u;
  let v = y + vec4i(offsets[at], offsets[at + 2u], offsets[at + 4u], offsets[at + 6u]);
  let u = x + vec4i(offsets[at + 1u], offsets[at + 3u], offsets[at + 5u], offsets[at + 7u]);
  return select(vec4f(0.0), vec4f(1.0),
    (v >= vec4i(0)) & (v < vec4i(i32(params.height))) & (u >= vec4i(0)) & (u < vec4i(i32(params.width))));
}

// Four values of the Gram; distances outside the field are cut to it (and masked by the caller).
fn gram(pixel: u32, distance: vec4u) -> vec4f {
  let at = min(vec4u(pixel) + distance, vec4u(arrayLength(&residual) - 1u));
  return vec4f(residual[at.x], residual[at.y], residual[at.z], residual[at.w]);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = workgroup.x + workgroup.y * 65535u;
  if (index * 64u + lane >= params.items) {
    return;
  }
  let pixel = params.first_pixel + index * 64u + lane;
  let plane = params.solve_rows * params.pitch;
  let x = i32(pixel % params.pitch);
  let y = i32(params.solve_first + pixel / params.pitch);
  // Where the pixel stands in the Gram.
  let held = pixel + (params.solve_first - params.hold_first) * params.pitch;
  let blocks = params.blocks;
  let factor_vectors = blocks * (blocks + 1u) * 2u;
  let factor = index * 64u * (factor_vectors + blocks) + lane;
  let right = factor + factor_vectors * 64u;

  var trace = 0.0;
  for (var i = 0u; i < blocks; i++) {
    let diagonal = pairs_at(i, i);
    let distances = vec4u(pairs[diagonal].x, pairs[diagonal + 1u].y, pairs[diagonal + 2u].z, pairs[diagonal + 3u].w);
    trace += dot(gram(held, distances), inside(x, y, i));
  }
  if (x >= i32(params.width) || !(trace > 0.0)) {
    for (var j = 0u; j < params.count; j++) {
      weights[j * plane + pixel] = 0.0;
    }
    return;
  }
  let ridge = params.ridge * trace;
  let floor = 1e-7 * trace;

  for (var i = 0u; i < blocks; i++) {
    let row_mask = inside(x, y, i);
    let row = factor + pairs_at(i, 0u) * 64u;
    for (var j = 0u; j < i; j++) {
      let column_mask = inside(x, y, j);
      let at = pairs_at(i, j);
      var s0 = gram(held, pairs[at]) * row_mask * column_mask.x;
      var s1 = gram(held, pairs[at + 1u]) * row_mask * column_mask.y;
      var s2 = gram(held, pairs[at + 2u]) * row_mask * column_mask.z;
      var s3 = gram(held, pairs[at + 3u]) * row_mask * column_mask.w;
      let column = factor + pairs_at(j, 0u) * 64u;
      // Subtract the product of the blocks to the left, one of their columns at a time.
      for (var k = 0u; k < j * 256u; k += 64u) {
        let a = scratch[row + k];
        let b = scratch[column + k];
        s0 -= a * b.x;
        s1 -= a * b.y;
        s2 -= a * b.z;
        s3 -= a * b.w;
      }
      // Divide by the diagonal block (its diagonal is stored inverted).
      let diagonal = column + j * 256u;
      let d0 = scratch[diagonal];
      let d1 = scratch[diagonal + 64u];
      let d2 = scratch[diagonal + 128u];
      let d3 = scratch[diagonal + 192u];
      s0 *= d0.x;
      s1 = (s1 - s0 * d0.y) * d1.y;
      s2 = (s2 - s0 * d0.z - s1 * d1.z) * d2.z;
      s3 = (s3 - s0 * d0.w - s1 * d1.w - s2 * d2.w) * d3.w;
      let to = row + j * 256u;
      scratch[to] = s0;
      scratch[to + 64u] = s1;
      scratch[to + 128u] = s2;
      scratch[to + 192u] = s3;
    }
    let at = pairs_at(i, i);
    let unit = vec4f(1.0) - row_mask;
    var s0 = gram(held, pairs[at]) * row_mask * row_mask.x + vec4f(ridge + unit.x, 0.0, 0.0, 0.0);
    var s1 = gram(held, pairs[at + 1u]) * row_mask * row_mask.y + vec4f(0.0, ridge + unit.y, 0.0, 0.0);
    var s2 = gram(held, pairs[at + 2u]) * row_mask * row_mask.z + vec4f(0.0, 0.0, ridge + unit.z, 0.0);
    var s3 = gram(held, pairs[at + 3u]) * row_mask * row_mask.w + vec4f(0.0, 0.0, 0.0, ridge + unit.w);
    var c = gram(held, crosses[i]) * row_mask;
    for (var k = 0u; k < i; k++) {
      let y_k = scratch[right + k * 64u];
      let source = row + k * 256u;
      let a0 = scratch[source];
      let a1 = scratch[source + 64u];
      let a2 = scratch[source + 128u];
      let a3 = scratch[source + 192u];
      s0 -= a0 * a0.x + a1 * a1.x + a2 * a2.x + a3 * a3.x;
      s1 -= a0 * a0.y + a1 * a1.y + a2 * a2.y + a3 * a3.y;
      s2 -= a0 * a0.z + a1 * a1.z + a2 * a2.z + a3 * a3.z;
      s3 -= a0 * a0.w + a1 * a1.w + a2 * a2.w + a3 * a3.w;
      c -= a0 * y_k.x + a1 * y_k.y + a2 * y_k.z + a3 * y_k.w;
    }
    // The 4×4 factor: columns scaled by the inverse of the pivot, whose place then holds that inverse.
    let i0 = inverseSqrt(max(s0.x, floor));
    s0 *= i0;
    s1 -= s0 * s0.y;
    let i1 = inverseSqrt(max(s1.y, floor));
    s1 *= i1;
    s2 -= s0 * s0.z + s1 * s1.z;
    let i2 = inverseSqrt(max(s2.z, floor));
    s2 *= i2;
    s3 -= s0 * s0.w + s1 * s1.w + s2 * s2.w;
    let i3 = inverseSqrt(max(s3.w, floor));
    let to = row + i * 256u;
    scratch[to] = vec4f(i0, s0.yzw);
    scratch[to + 64u] = vec4f(0.0, i1, s1.zw);
    scratch[to + 128u] = vec4f(0.0, 0.0, i2, s2.w);
    scratch[to + 192u] = vec4f(0.0, 0.0, 0.0, i3);
    let y0 = c.x * i0;
    let y1 = (c.y - s0.y * y0) * i1;
    let y2 = (c.z - s0.z * y0 - s1.z * y1) * i2;
    let y3 = (c.w - s0.w * y0 - s1.w * y1 - s2.w * y2) * i3;
    scratch[right + i * 64u] = vec4f(y0, y1, y2, y3);
  }

  for (var back = blocks; back > 0u; back--) {
    let i = back - 1u;
    var s = scratch[right + i * 64u];
    for (var k = back; k < blocks; k++) {
      let w = scratch[right + k * 64u];
      let source = factor + (pairs_at(k, i)) * 64u;
      s -= vec4f(
        dot(scratch[source], w),
        dot(scratch[source + 64u], w),
        dot(scratch[source + 128u], w),
        dot(scratch[source + 192u], w),
      );
    }
    let diagonal = factor + pairs_at(i, i) * 64u;
    let d0 = scratch[diagonal];
    let d1 = scratch[diagonal + 64u];
    let d2 = scratch[diagonal + 128u];
    let w3 = s.w * scratch[diagonal + 192u].w;
    let w2 = (s.z - d2.w * w3) * d2.z;
    let w1 = (s.y - d1.z * w2 - d1.w * w3) * d1.y;
    let w0 = (s.x - d0.y * w1 - d0.z * w2 - d0.w * w3) * d0.x;
    let w = vec4f(w0, w1, w2, w3);
    scratch[right + i * 64u] = w;
    let mask = inside(x, y, i);
    for (var r = 0u; r < min(4u, params.count - i * 4u); r++) {
      weights[(i * 4u + r) * plane + pixel] = select(0.0, w[r], mask[r] > 0.0);
    }
  }
}

// First vector of block (i, j ≤ i), in `pairs` and in the factor.
fn pairs_at(i: u32, j: u32) -> u32 {
  return (i * (i + 1u) / 2u + j) * 4u;
}
