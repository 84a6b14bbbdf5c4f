// One pass of a Fourier transform along one axis of every plane of a batch, by Stockham's self-sorting algorithm: butterflies of
// radix R = A·B, whose points keep their order from pass to pass. `unroll` writes the radix out.
// Numbers are complex, two to a vector: (re, im, re, im). One item does the same butterfly on both. Along the columns the two are
// neighbouring columns. Along the rows they are butterflies of neighbouring points; only before the first pass along the rows (PAIRS)
// points that belong together afterwards are not yet neighbours, and the item puts them in order while it stores them.
struct Params {
  items: u32,
  // Butterflies (vectors) of a plane, and vectors of a plane.
  butterflies: u32,
  plane: u32,
  // Vectors between the inputs of a butterfly; between its outputs, which is also the size of a finished part; within one point.
  in_step: u32,
  out_step: u32,
  point: u32,
  // Where the pass's twiddle factors begin.
  first_twiddle: u32,
  // Imaginary parts are multiplied by these on reading and writing: −1 makes the conjugate, with which the inverse is a transform.
  sign_in: f32,
  sign_out: f32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> data: array<vec4f>;
@group(0) @binding(2) var<storage, read> twiddles: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;

fn times(x: vec4f, w: vec4f) -> vec4f {
  return fma(x.yxwz, w.yyww * vec4f(-1.0, 1.0, -1.0, 1.0), x * w.xxzz);
}

// −i·x
fn turned(x: vec4f) -> vec4f {
  return vec4f(x.y, -x.x, x.w, -x.z);
}

fn transform_1(x: array<vec4f, 1>) -> array<vec4f, 1> {
  return x;
}

fn transform_2(x: array<vec4f, 2>) -> array<vec4f, 2> {
  return array<vec4f, 2>(x[0] + x[1], x[0] - x[1]);
}

fn transform_3(x: array<vec4f, 3>) -> array<vec4f, 3> {
  let sum = x[1] + x[2];
  let middle = fma(sum, vec4f(-0.5), x[0]);
  let side = turned(x[1] - x[2]) * 0.8660254037844386;
  return array<vec4f, 3>(x[0] + sum, middle + side, middle - side);
}

fn transform_4(x: array<vec4f, 4>) -> array<vec4f, 4> {
  let a = x[0] + x[2];
  let b = x[0] - x[2];
  let c = x[1] + x[3];
  let d = turned(x[1] - x[3]);
  return array<vec4f, 4>(a + c, b + d, a - c, b - d);
}

fn transform_5(x: array<vec4f, 5>) -> array<vec4f, 5> {
  let a = x[1] + x[4];
  let b = x[2] + x[3];
  let c = turned(x[1] - x[4]);
  let d = turned(x[2] - x[3]);
  // cos 72°, cos 144°, sin 72°, sin 144°
  let e = fma(a, vec4f(0.30901699437494745), fma(b, vec4f(-0.8090169943749475), x[0]));
  let f = fma(a, vec4f(-0.8090169943749475), fma(b, vec4f(0.30901699437494745), x[0]));
  let g = fma(c, vec4f(0.9510565162951535), d * 0.5877852522924731);
  let h = fma(c, vec4f(0.5877852522924731), d * -0.9510565162951535);
  return array<vec4f, 5>(x[0] + a + b, e + g, f + h, f - h, e - g);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let plane = item / params.butterflies;
  let butterfly = item - plane * params.butterflies;
  let part = butterfly / params.out_step;
  let within = butterfly - part * params.out_step;
  let first = plane * params.plane + butterfly;
  let conjugate_in = vec4f(1.0, params.sign_in, 1.0, params.sign_in);
  let last = vec4f(params.scale, params.scale * params.sign_out, params.scale, params.scale * params.sign_out);
  // repeat k 0 R-1
  let x_{k} = data[first + {k}u * params.in_step] * conjugate_in;
  // end
  // repeat one 1 FIRST
  // repeat k 0 R-1
  let v_{k} = x_{k};
  // end
  // end
  // repeat one 1 LATER
  let w_1 = twiddles[params.first_twiddle + within / params.point];
  // repeat k 2 R-1
  let w_{k} = times(w_{HALF_{k}}, w_{REST_{k}});
  // end
  let v_0 = x_0;
  // repeat k 1 R-1
  let v_{k} = times(x_{k}, w_{k});
  // end
  // end
  // repeat b 0 B-1
  let s_{b} = transform_{A}(array<vec4f, {A}>(
    // repeat a 0 A-1
    v_{a*B+b},
    // end
  ));
  // end
  // repeat k 0 A-1
  let t_{k} = transform_{B}(array<vec4f, {B}>(
    s_0[{k}],
    // repeat b 1 B-1
    times(s_{b}[{k}], vec4f({COS_{b*k}}, {SIN_{b*k}}, {COS_{b*k}}, {SIN_{b*k}})),
    // end
  ));
  // repeat m 0 B-1
  let y_{k+A*m} = t_{k}[{m}] * last;
  // end
  // end
  // repeat one 1 APART
  let to = plane * params.plane + part * {R}u * params.out_step + within;
  // repeat k 0 R-1
  result[to + {k}u * params.out_step] = y_{k};
  // end
  // end
  // repeat one 1 PAIRS
  let to = plane * params.plane + butterfly * {R}u;
  // repeat k 0 R-1
  let z_{k} = y_{k}.xy;
  let z_{R+k} = y_{k}.zw;
  // end
  // repeat k 0 R-1
  result[to + {k}u] = vec4f(z_{2*k}, z_{2*k+1});
  // end
  // end
}
