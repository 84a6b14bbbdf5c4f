// One pass of a Fourier transform along one axis of every plane of a batch, by Stockham's self-sorting algorithm:
// butterflies of radix R = A·B, whose points keep their order from pass to pass. `unroll` writes the radix out, and
// leaves the twiddle factors, which are all 1, out of the FIRST pass. One item does one butterfly; neighbouring items
// are neighbours in memory along either axis.
struct Params {
  items: u32,
  // Butterflies of a plane, which is also the distance of a butterfly's inputs; and numbers of a plane.
  butterflies: u32,
  plane: u32,
  // The distance of a butterfly's outputs, which is also the size of a transform that is done already; and of
  // neighbouring points.
  done: u32,
  point: u32,
  // Where the pass's twiddle factors begin.
  first_twiddle: u32,
  // Imaginary parts are multiplied by these on reading and writing: −1 makes the conjugate, with which the inverse is a
  // transform.
  sign_in: f32,
  sign_out: f32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> data: array<vec2f>;
@group(0) @binding(2) var<storage, read> twiddles: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> result: array<vec2f>;

fn times(x: vec2f, w: vec2f) -> vec2f {
  return fma(x.yx, vec2f(-w.y, w.y), x * w.x);
}

// −i·x
fn turned(x: vec2f) -> vec2f {
  return vec2f(x.y, -x.x);
}

fn transform_1(x: array<vec2f, 1>) -> array<vec2f, 1> {
  return x;
}

fn transform_2(x: array<vec2f, 2>) -> array<vec2f, 2> {
  return array<vec2f, 2>(x[0] + x[1], x[0] - x[1]);
}

fn transform_3(x: array<vec2f, 3>) -> array<vec2f, 3> {
  let sum = x[1] + x[2];
  let middle = fma(sum, vec2f(-0.5), x[0]);
  let side = turned(x[1] - x[2]) * 0.8660254037844386;
  return array<vec2f, 3>(x[0] + sum, middle + side, middle - side);
}

fn transform_4(x: array<vec2f, 4>) -> array<vec2f, 4> {
  let a = x[0] + x[2];
  let b = x[0] - x[2];
  let c = x[1] + x[3];
  let d = turned(x[1] - x[3]);
  return array<vec2f, 4>(a + c, b + d, a - c, b - d);
}

fn transform_5(x: array<vec2f, 5>) -> array<vec2f, 5> {
  let a = x[1] + x[4];
  let b = x[2] + x[3];
  let c = turned(x[1] - x[4]);
  let d = turned(x[2] - x[3]);
  // cos 72°, cos 144°, sin 72°, sin 144°
  let e = fma(a, vec2f(0.30901699437494745), fma(b, vec2f(-0.8090169943749475), x[0]));
  let f = fma(a, vec2f(-0.8090169943749475), fma(b, vec2f(0.30901699437494745), x[0]));
  let g = fma(c, vec2f(0.9510565162951535), d * 0.5877852522924731);
  let h = fma(c, vec2f(0.5877852522924731), d * -0.9510565162951535);
  return array<vec2f, 5>(x[0] + a + b, e + g, f + h, f - h, e - g);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let plane = item / params.butterflies;
  let butterfly = item - plane * params.butterflies;
  let part = butterfly / params.done;
  let within = butterfly - part * params.done;
  let first = plane * params.plane + butterfly;
  let conjugate_in = vec2f(1.0, params.sign_in);
  let last = vec2f(params.scale, params.scale * params.sign_out);
  // repeat k 0 R-1
  let x_{k} = data[first + {k}u * params.butterflies] * conjugate_in;
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
  let s_{b} = transform_{A}(array<vec2f, {A}>(
    // repeat a 0 A-1
    v_{a*B+b},
    // end
  ));
  // end
  // repeat k 0 A-1
  let t_{k} = transform_{B}(array<vec2f, {B}>(
    s_0[{k}],
    // repeat b 1 B-1
    times(s_{b}[{k}], vec2f({COS_{b*k}}, {SIN_{b*k}})),
    // end
  ));
  // repeat m 0 B-1
  let y_{k+A*m} = t_{k}[{m}] * last;
  // end
  // end
  let to = plane * params.plane + part * {R}u * params.done + within;
  // repeat k 0 R-1
  result[to + {k}u * params.done] = y_{k};
  // end
}
